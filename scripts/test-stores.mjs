// npm run test:stores: deliveries to secret stores by their official command line tools, against small servers. Arguments are
// vitest's own. The last line is the sum.
import { storeNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { orExplain } from './run/or-explain.mjs'
import { runVitest, sumLine } from './run/vitest.mjs'

await orExplain(async () => {
  const electron = await prepare(storeNeeds)
  const sum = await runVitest(electron, ['--project=stores', ...process.argv.slice(2)])
  console.log(sumLine(sum))
  return sum.failed === 0 ? 0 : 1
})
