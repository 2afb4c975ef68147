// npm run --silent electron-path [-- --person] [--present]: prints the runtime's executable, fetching it first if need be;
// with --person the one of "npm start", which no debugger can be attached to, with --present only one that is here already.
import { resolveElectron } from './electron-runtime/resolve.mjs'
import { ensureNpmPackages } from './prepare/npm-packages.mjs'
import { whatLacks } from './prepare/prepare.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  const isPresent = process.argv.includes('--present')
  if (!isPresent) await ensureNpmPackages()
  const use = process.argv.includes('--person') ? 'person' : 'development'
  const electron = await resolveElectron(process.env, use, isPresent ? 'present' : 'fetched')
  const lacking = await whatLacks(electron)
  if (lacking !== undefined)
    process.stderr.write(`${lacking}\n"npm run demo" and "npm start" install them.\n`)
  console.log(electron)
})
