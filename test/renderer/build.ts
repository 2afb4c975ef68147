// Builds the window as the app does, into a folder of the tests' own.
import path from 'node:path'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import { windowStyles } from '../../scripts/build/window-styles.mjs'

const root = path.join(import.meta.dirname, '../../src/renderer')

/** Fills `outDir` with index.html and its assets. */
export async function buildRenderer(outDir: string): Promise<void> {
  const { NODE_ENV } = process.env
  // A test runner's own NODE_ENV would bring React's slow development build.
  process.env.NODE_ENV = 'production'
  try {
    await build({
      configFile: false,
      root,
      base: './',
      logLevel: 'error',
      plugins: [react(), windowStyles()],
      build: { outDir, emptyOutDir: true, assetsInlineLimit: 0 },
    })
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
  }
}
