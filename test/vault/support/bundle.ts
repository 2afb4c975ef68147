// Makes one plain JavaScript file of a TypeScript program, for tests that need it in a process of its own.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { build } from 'vite'

export interface Bundle {
  readonly path: string
  remove(): void
}

/** Inside the project, where the native package is found at run time. */
const FOLDER = resolve(import.meta.dirname, '../../../node_modules/.cache/satm-test')

export async function bundle(entry: string): Promise<Bundle> {
  mkdirSync(FOLDER, { recursive: true })
  const outDir = mkdtempSync(join(FOLDER, `${basename(entry, '.ts')}-`))
  await build({
    configFile: false,
    logLevel: 'error',
    // As the server is built.
    resolve: {
      alias: { 'electron-store': resolve(import.meta.dirname, '../../../scripts/build/plain-store.mjs') },
    },
    ssr: { noExternal: true, external: ['libsql', 'electron'] },
    build: {
      ssr: entry,
      outDir,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'program.mjs', codeSplitting: false } },
    },
  })
  return { path: join(outDir, 'program.mjs'), remove: () => rmSync(outDir, { recursive: true, force: true }) }
}
