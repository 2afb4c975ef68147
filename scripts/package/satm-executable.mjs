// satm as one executable that needs no Node on the machine: Node's own with satm's code in it (Node's documentation,
// "Single executable applications").
import { chmod, copyFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'vite'
import { bundledPackages } from '../build/bundled-packages.mjs'
import { projectRoot } from '../project.mjs'
import { must, tool } from '../run/child.mjs'

/** Where Node looks for the code; its documentation names it. */
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const BUNDLE = 'satm.cjs'
const BLOB = 'satm.blob'

const CONFIG = {
  main: BUNDLE,
  output: BLOB,
  disableExperimentalSEAWarning: true,
  // With the code cache two builds would differ.
  useCodeCache: false,
  useSnapshot: false,
  // A signal would open the debugger. New objects get 1 MiB in place of 16, machine code is made for little memory, and V8
  // has no threads of its own, each with memory set aside: a server with 1,000 service apps takes 38 MB that nobody shares in
  // place of 47. A command takes 5 ms longer for it, and a server is ready 60 ms later, after 0.6 s.
  execArgv: ['--disable-sigusr1', '--max-semi-space-size=1', '--optimize-for-size', '--single-threaded'],
  // NODE_OPTIONS would load code of others.
  execArgvExtension: 'none',
}

/**
 * @param {string} target the file to make
 * @param {{ node: string, version: string, work: string }} parts `version`: satm's; `work`: an empty folder
 */
export async function makeSatm(target, { node, version, work }) {
  await bundle(version, work)
  await writeFile(path.join(work, 'sea.json'), JSON.stringify(CONFIG))
  // The blob contains the bundle's path as it is named here.
  await must(node, ['--experimental-sea-config', 'sea.json'], { cwd: work })
  await copyFile(node, target)
  await chmod(target, 0o755)
  const inject = [target, 'NODE_SEA_BLOB', path.join(work, BLOB), '--sentinel-fuse', SENTINEL]
  if (process.platform === 'darwin') inject.push('--macho-segment-name', 'NODE_SEA')
  await must(...tool('postject/dist/cli.js', inject))
}

/**
 * @param {string} version
 * @param {string} folder
 */
function bundle(version, folder) {
  return build({
    configFile: false,
    root: projectRoot,
    logLevel: 'warn',
    publicDir: false,
    define: { 'process.env.SATM_BUILT_VERSION': JSON.stringify(version) },
    plugins: [bundledPackages('satm')],
    ssr: { noExternal: true },
    build: {
      ssr: path.join(projectRoot, 'src/main/satm/client/main.ts'),
      target: 'node24',
      outDir: folder,
      emptyOutDir: false,
      minify: true,
      rolldownOptions: { output: { format: 'cjs', entryFileNames: BUNDLE, codeSplitting: false } },
    },
  })
}
