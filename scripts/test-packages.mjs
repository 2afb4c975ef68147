// npm run test:packages: makes every kind of package, examines them, and installs and runs them in a Debian of their own.
// It needs root, as an installation does.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  browserNeeds,
  debNeeds,
  imageNeeds,
  packageTestNeeds,
  privateDesktopNeeds,
  rpmNeeds,
  testNeeds,
  windowNeeds,
} from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { projectRoot } from './project.mjs'
import { run } from './run/child.mjs'
import { runWithElectron } from './run/electron.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('This installs packages in a root folder of their own: run it as root, on Linux.')
  const needs = [windowNeeds, privateDesktopNeeds, browserNeeds, testNeeds, debNeeds, rpmNeeds, imageNeeds]
  const electron = await prepare([...needs.flat(), ...packageTestNeeds])
  const out = await mkdtemp(path.join(tmpdir(), 'satm-packages-'))
  try {
    const made = await run(process.execPath, ['scripts/package.mjs', 'all', '--out', out])
    if (made !== 0) return made
    const vitest = path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs')
    const projects = ['packages', 'installed'].map((name) => `--project=${name}`)
    const args = [vitest, 'run', ...projects, ...process.argv.slice(2)]
    return await runWithElectron(electron, args, { SATM_PACKAGES: out })
  } finally {
    await rm(out, { recursive: true, force: true })
  }
})
