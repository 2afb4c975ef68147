// npm run test:user: all end-to-end tests as an ordinary user, with Chromium's sandbox; root makes a user for it. Arguments
// are vitest's own, such as a path. The last line is the sum.
import { buildIfStale } from './build/build.mjs'
import { ensureLocalhost } from './prepare/localhost.mjs'
import { privateDesktopNeeds, testNeeds, windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { orExplain } from './run/or-explain.mjs'
import { runAsOrdinaryUser } from './run/ordinary-user.mjs'
import { runVitest, sumLine } from './run/vitest.mjs'

const EVERYTHING = ['--project=e2e', '--project=left-alone']

await orExplain(async () => {
  const electron = await prepare([...windowNeeds, ...privateDesktopNeeds, ...testNeeds])
  await ensureLocalhost()
  await buildIfStale(['app', 'programs'])
  const args = process.argv.slice(2)
  if (process.getuid?.() === 0) return runAsOrdinaryUser(electron, ['scripts/test-user.mjs', ...args])
  const sum = await runVitest(electron, args.length === 0 ? EVERYTHING : args)
  console.log(sumLine(sum))
  return sum.failed === 0 ? 0 : 1
})
