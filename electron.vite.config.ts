// What is built: main (CommonJS, for the sake of its code cache), preload (one CommonJS file, as sandboxed preloads must be),
// renderer.
// `scripts/build` builds the programs that run on plain Node beside it.
import path from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { bundledPackages } from './scripts/build/bundled-packages.mjs'
import { nativeModules } from './scripts/build/native-modules.mjs'
import { windowStyles } from './scripts/build/window-styles.mjs'

const from = (file: string) => path.join(import.meta.dirname, file)

const noJsonSchema = from('scripts/build/no-json-schema.mjs')

export default defineConfig({
  main: {
    plugins: [bundledPackages('main')],
    resolve: {
      alias: {
        'ajv/dist/2020.js': noJsonSchema,
        'ajv-formats': noJsonSchema,
        'when-exit': from('scripts/build/when-exit.mjs'),
      },
    },
    build: {
      outDir: 'out/main',
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: from('src/main/entry.ts'), start: from('src/main/index.ts') },
        external: nativeModules,
        output: {
          // V8 takes a code cache for scripts, not for ES modules: see `src/main/base/node/code-cache.ts`.
          format: 'cjs',
          strict: true,
          entryFileNames: '[name].cjs',
          chunkFileNames: 'chunks/[name]-[hash].cjs',
          // Half as much to read at each start. Names stay, for the sake of what is logged.
          minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
        },
      },
    },
  },
  preload: {
    plugins: [bundledPackages('preload')],
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rolldownOptions: {
        input: from('src/preload/index.ts'),
        output: { format: 'cjs', entryFileNames: 'index.cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react(), windowStyles(), bundledPackages('renderer')],
    build: {
      outDir: 'out/renderer',
      assetsInlineLimit: 0,
      minify: true,
      rolldownOptions: {
        input: from('src/renderer/index.html'),
        // The first screen is one file: each is a request of its own to a main process that is busy starting.
        output: { codeSplitting: { groups: [{ name: 'window', tags: ['$initial'] }] } },
      },
    },
  },
})
