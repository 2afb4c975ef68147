// npm run --silent electron-path: prints the runtime's executable, fetching it first if need be.
import { resolveElectron } from './electron-runtime/resolve.mjs'
import { ensureNpmPackages } from './prepare/npm-packages.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  await ensureNpmPackages()
  console.log(await resolveElectron())
})
