// The programs that run on plain Node, each one file in out/: add a line to `programs` for another.
import path from 'node:path'
import { defineConfig } from 'vite'
import { projectRoot } from '../project.mjs'
import { nativeModules } from './native-modules.mjs'

const programs = {
  'simulator/cli': 'src/main/simulator/cli.ts',
}

export default defineConfig({
  root: projectRoot,
  publicDir: false,
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
