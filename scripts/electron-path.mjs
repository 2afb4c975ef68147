// npm run --silent electron-path: prints the runtime's executable, fetching it first if need be.
import { resolveElectron } from './electron-runtime/resolve.mjs'
import { ensureNpmPackages } from './prepare/npm-packages.mjs'

await ensureNpmPackages()
console.log(await resolveElectron())
