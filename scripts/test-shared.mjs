// npm run test:shared: workers on one shared vault, with PostgreSQL servers of their own, are killed, paused, cut off and failed
// over, many times. Arguments are vitest's own. The last line is the sum.
import { databaseNeeds, sharedNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { orExplain } from './run/or-explain.mjs'
import { runVitest, sumLine } from './run/vitest.mjs'

await orExplain(async () => {
  const electron = await prepare([...databaseNeeds, ...sharedNeeds])
  const sum = await runVitest(electron, ['--project=shared', ...process.argv.slice(2)])
  console.log(sumLine(sum))
  return sum.failed === 0 ? 0 : 1
})
