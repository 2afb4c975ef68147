// npm run screenshots: the pictures of the documents, taken of the real app in its demo with the lifetimes Webex really has.
// npm run screenshots -- --all [--out DIR] [--only 3,40-trouble]: every screen, with fleets of several sizes, calm and
// in trouble, in every look, in a small and a large window, at 150 % and 200 %, to be looked at.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildIfStale } from './build/build.mjs'
import { privateDesktopNeeds, windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { projectRoot } from './project.mjs'
import { runWithElectron } from './run/electron.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  const { values } = parseArgs({
    options: { all: { type: 'boolean' }, out: { type: 'string' }, only: { type: 'string' } },
  })
  const { all = false, out = all ? 'test-results/screenshots' : 'docs/screenshots', only = '' } = values
  const electron = await prepare([...windowNeeds, ...privateDesktopNeeds])
  await buildIfStale(['app'])
  const folder = path.resolve(projectRoot, out)
  await mkdir(folder, { recursive: true })
  const program = path.join(projectRoot, 'scripts', 'run', all ? 'gallery.mjs' : 'screenshots.mjs')
  return runWithElectron(electron, [program, folder, only])
})
