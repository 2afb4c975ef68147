// npm run dev: the app with rebuilding and hot reload. Arguments after `--` are the app's.
import { buildTarget, forgetBuild } from './build/build.mjs'
import { windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { run, tool } from './run/child.mjs'
import { sandboxArguments } from './run/electron.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  const electron = await prepare(windowNeeds)
  await forgetBuild('app')
  const ours = [...sandboxArguments(), ...process.argv.slice(2)]
  const [command, args] = tool('electron-vite/bin/electron-vite.js', ['dev', '--watch', '--', ...ours])
  return run(command, args, { env: { ...process.env, ...buildTarget, ELECTRON_EXEC_PATH: electron } })
})
