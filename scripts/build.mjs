// npm run build: fills out/ anew.
import { rebuild } from './build/build.mjs'
import { ensureNpmPackages } from './prepare/npm-packages.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  await ensureNpmPackages()
  await rebuild(['app', 'programs'])
})
