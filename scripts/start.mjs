// npm start: the app on the real Webex. Arguments after `--` are the app's.
import { buildIfStale } from './build/build.mjs'
import { codeCacheFor } from './build/code-cache/make.mjs'
import { windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { hasDisplay, runApp } from './run/electron.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  if (!hasDisplay()) throw new Error('There is no display for a window. "npm run demo" needs none.')
  const electron = await prepare(windowNeeds, 'person')
  await buildIfStale(['app'])
  await codeCacheFor(electron)
  return runApp(electron, process.argv.slice(2))
})
