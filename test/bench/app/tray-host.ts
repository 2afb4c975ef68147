// A panel that shows tray icons, on the session bus: without one the app minimises its window instead of closing it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { call, TRAY_HOST } from '../../e2e/desktop-harness/mock-services.ts'

const mock = { ...TRAY_HOST, interface: 'org.freedesktop.DBus.Mock' }

/** Returns what ends it. */
export async function startTrayHost(): Promise<() => Promise<void>> {
  const { name, path, interface: from } = TRAY_HOST
  const host = spawn('/usr/bin/python3', ['-m', 'dbusmock', name, path, from], { stdio: 'ignore' })
  const ended = once(host, 'exit')
  while (!(await isThere())) {
    if (host.exitCode !== null) throw new Error('No tray host: apt-get install python3-dbusmock')
    await pause(100)
  }
  await call(mock, 'AddMethod', 'sssss', [from, 'RegisterStatusNotifierItem', 's', '', ''])
  await call(mock, 'AddProperty', 'ssv', [from, 'IsStatusNotifierHostRegistered', true])
  return async () => {
    host.kill()
    await ended
  }
}

const isThere = () =>
  call(mock, 'GetCalls').then(
    () => true,
    () => false,
  )
