// The programs that run on plain Node, each one file in out/: add a line to `programs` for another.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { defineConfig } from 'vite'
import { projectRoot } from '../project.mjs'
import { nativeModules } from './native-modules.mjs'

const programs = {
  'simulator/cli': 'src/main/simulator/cli/cli.ts',
  'satm/index': 'src/main/satm/client/main.ts',
}

const { version } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'))

export default defineConfig({
  root: projectRoot,
  publicDir: false,
  define: { 'process.env.SATM_BUILT_VERSION': JSON.stringify(version) },
  ssr: { noExternal: true, external: nativeModules },
  build: {
    ssr: true,
    target: 'node20.19',
    outDir: 'out',
    emptyOutDir: false,
    rolldownOptions: {
      input: Object.fromEntries(
        Object.entries(programs).map(([name, entry]) => [name, path.join(projectRoot, entry)]),
      ),
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'programs/[name].js' },
    },
  },
})
