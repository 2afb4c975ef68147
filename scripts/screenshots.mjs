// npm run screenshots: the README's pictures, taken of the real app in its demo with the lifetimes Webex really has.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { buildIfStale } from './build/build.mjs'
import { privateDesktopNeeds, windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { projectRoot } from './project.mjs'
import { runWithElectron } from './run/electron.mjs'
import { orExplain } from './run/or-explain.mjs'

const folder = path.join(projectRoot, 'docs', 'screenshots')

await orExplain(async () => {
  const electron = await prepare([...windowNeeds, ...privateDesktopNeeds])
  await buildIfStale(['app'])
  await mkdir(folder, { recursive: true })
  return runWithElectron(electron, [path.join(projectRoot, 'scripts', 'run', 'screenshots.mjs'), folder])
})
