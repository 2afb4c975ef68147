// npm run --silent electron-path: prints the runtime's executable, fetching it first if need be.
import { resolveElectron } from './electron-runtime/resolve.mjs'
import { ensureNpmPackages } from './prepare/npm-packages.mjs'
import { whatLacks } from './prepare/prepare.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  await ensureNpmPackages()
  const electron = await resolveElectron()
  const lacking = await whatLacks(electron)
  if (lacking !== undefined)
    process.stderr.write(`${lacking}\n"npm run demo" and "npm start" install them.\n`)
  console.log(electron)
})
