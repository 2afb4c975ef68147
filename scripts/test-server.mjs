// npm run test:server: the server as its package installs it, run by a systemd of its own in a Debian of its own. It needs
// root, as an installation does. Arguments are vitest's own. The last line is the sum.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { debNeeds, serverTestNeeds, windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { run } from './run/child.mjs'
import { orExplain } from './run/or-explain.mjs'
import { runVitest, sumLine } from './run/vitest.mjs'

await orExplain(async () => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('This installs a package in a root folder of its own: run it as root, on Linux.')
  const electron = await prepare([...windowNeeds, ...debNeeds, ...serverTestNeeds])
  const out = process.env.SATM_PACKAGES || (await mkdtemp(path.join(tmpdir(), 'satm-server-')))
  try {
    if (!process.env.SATM_PACKAGES) {
      const made = await run(process.execPath, ['scripts/package.mjs', 'deb', '--quick', '--out', out])
      if (made !== 0) return made
    }
    process.env.SATM_PACKAGES = out
    const sum = await runVitest(electron, ['--project=deploy', ...process.argv.slice(2)])
    console.log(sumLine(sum))
    return sum.failed === 0 ? 0 : 1
  } finally {
    if (out.startsWith(path.join(tmpdir(), 'satm-server-'))) await rm(out, { recursive: true, force: true })
  }
})
