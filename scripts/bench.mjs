// npm run bench -- <area> [part…] [--json]: measures one area, which is a file of test/bench, or the parts it names.
// That file exports `bench(parts)`, which resolves to its figures: `[{ name, value, unit }]`.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { buildIfStale } from './build/build.mjs'
import { codeCacheFor } from './build/code-cache/make.mjs'
import { busNeeds, privateDesktopNeeds, windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { projectRoot } from './project.mjs'
import { runWithElectron } from './run/electron.mjs'
import { orExplain } from './run/or-explain.mjs'

const folder = path.join(projectRoot, 'test', 'bench')

await orExplain(async () => {
  const [area = '', ...options] = process.argv.slice(2)
  const file = path.join(folder, `${area}.ts`)
  if (area === '' || !existsSync(file)) throw new Error(`Usage: npm run bench -- ${areas()} [part…] [--json]`)
  const electron = await prepare([...windowNeeds, ...privateDesktopNeeds, ...busNeeds])
  await buildIfStale(['app', 'programs'])
  await codeCacheFor(electron)
  return runWithElectron(electron, [path.join(projectRoot, 'scripts', 'run', 'bench.mjs'), file, ...options])
})

function areas() {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.ts')) : []
  return files.map((file) => path.parse(file).name).join('|') || '<area>'
}
