// npm run demo: the app against the simulated Webex. Without a display, or with --play, the demo plays itself
// on an invisible one, says what happens and leaves screenshots in demo-output/. With --shared, two servers and the window take
// part in one shared vault.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { buildIfStale } from './build/build.mjs'
import { browserNeeds, databaseNeeds, privateDesktopNeeds, windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { projectRoot } from './project.mjs'
import { run } from './run/child.mjs'
import { hasDisplay, runApp, runWithElectron } from './run/electron.mjs'
import { orExplain } from './run/or-explain.mjs'

const output = path.join(projectRoot, 'demo-output')
const player = path.join(projectRoot, 'scripts', 'demo-play.mjs')
const sharedPlayer = path.join(projectRoot, 'scripts', 'demo-shared.mjs')

await orExplain(async () => {
  const args = process.argv.slice(2)
  const plays = args.includes('--play') || !hasDisplay()
  if (args.includes('--shared')) return playShared(plays)
  const electron = await prepare(
    plays ? [...windowNeeds, ...privateDesktopNeeds, ...browserNeeds] : windowNeeds,
  )
  await buildIfStale(['app'])
  if (!plays) return runApp(electron, ['--demo', ...args])
  await mkdir(output, { recursive: true })
  return runWithElectron(electron, [player], { SATM_DEMO_OUTPUT: output })
})

/** @param {boolean} plays */
async function playShared(plays) {
  const needs = [...windowNeeds, ...databaseNeeds, ...(plays ? privateDesktopNeeds : [])]
  const electron = await prepare(needs)
  await buildIfStale(['app', 'programs'])
  if (plays) return runWithElectron(electron, [sharedPlayer], { SATM_DEMO_OUTPUT: output })
  return run(process.execPath, [sharedPlayer], { env: { ...process.env, SATM_ELECTRON: electron } })
}
