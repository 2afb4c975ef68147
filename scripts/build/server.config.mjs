// The program of `satm serve` and the thread in which it reads files: CommonJS, so that an executable that has no loader for
// modules of files (Node's "Single executable applications") can load it from beside itself.
import path from 'node:path'
import { defineConfig } from 'vite'
import { projectRoot } from '../project.mjs'
import { asciiOnly } from './ascii-only.mjs'
import { bundledPackages } from './bundled-packages.mjs'
import { nativeModules } from './native-modules.mjs'

/** @param {string} file */
const beside = (file) => path.join(import.meta.dirname, file)
const noJsonSchema = beside('no-json-schema.mjs')

export default defineConfig({
  root: projectRoot,
  publicDir: false,
  plugins: [bundledPackages('server'), asciiOnly()],
  resolve: {
    alias: [
      { find: 'electron-store', replacement: beside('plain-store.mjs') },
      { find: 'ajv/dist/2020.js', replacement: noJsonSchema },
      { find: 'ajv-formats', replacement: noJsonSchema },
      { find: 'when-exit', replacement: beside('when-exit.mjs') },
      { find: 'semver', replacement: noJsonSchema },
      // Not the files of undici that it names itself.
      { find: /^undici$/, replacement: beside('undici-fetch.mjs') },
    ],
  },
  ssr: { noExternal: true, external: nativeModules },
  build: {
    ssr: true,
    target: 'node20.19',
    outDir: 'out/server',
    emptyOutDir: true,
    rolldownOptions: {
      input: {
        serve: path.join(projectRoot, 'src/main/bootstrap/serve.ts'),
        vault: path.join(projectRoot, 'src/main/bootstrap/vault-command.ts'),
        'reader-thread': path.join(projectRoot, 'src/main/bootstrap/reader-thread.ts'),
      },
      output: {
        format: 'cjs',
        entryFileNames: '[name].cjs',
        chunkFileNames: '[name].cjs',
        // V8 keeps the text in memory. Names stay, for the sake of what is logged.
        minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
      },
    },
  },
})
