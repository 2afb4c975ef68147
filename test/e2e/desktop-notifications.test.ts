// Notifications on a real session bus, from the first word to the click.
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AlertChanges } from '#desktop/notifications/announcements.ts'
import type { Alert } from '#engine/domain/view-model.ts'
import {
  type BuiltHarness,
  buildHarness,
  eventually,
  launchHarness,
  type RunningHarness,
} from './desktop-harness/launch.ts'
import { type MockService, startNotificationServer } from './desktop-harness/mock-services.ts'

const expired: Alert = {
  key: 'expired:a',
  level: 'warning',
  title: 'Data source has expired',
  about: '',
  body: 'In Acme & Sons <i>since</i> 12:00.',
  profileIds: ['a'],
  fix: null,
}
/** As people name their service apps. */
const NAMES = [
  'R&D <beta>',
  '&amp;',
  'a < b && c > d',
  'O’Brien\'s "app"',
  '🙂 émoji',
  'שירות (beta)',
  '<a href="https://evil.example">Renew</a>',
  '&#60;b&#62;',
]

/** What a server shows that reads each body as XML. */
function readAsMarkup(bodies: readonly string[]): readonly string[] {
  const script = `import json, sys, xml.etree.ElementTree as tree
print(json.dumps([tree.fromstring('<body>' + body + '</body>').text for body in json.loads(sys.argv[1])]))`
  return JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', script, JSON.stringify(bodies)], { encoding: 'utf8' }),
  )
}

const managerDead: Alert = {
  key: 'manager-dead:m',
  level: 'critical',
  title: 'Reconnect the integration',
  about: '',
  body: 'It stops 400 service apps.',
  profileIds: Array.from({ length: 400 }, (_, index) => `p${index}`),
  fix: { kind: 'connect-integration', managerId: 'm' },
}

describe.runIf(process.platform === 'linux')('with a notification server', () => {
  let built: BuiltHarness
  let app: RunningHarness
  let server: MockService

  beforeAll(async () => {
    built = await buildHarness()
  })
  afterAll(() => built.remove())
  beforeEach(async () => {
    server = await startNotificationServer()
    app = await launchHarness(built, built.folder())
  })
  afterEach(async () => {
    await app.close()
    await server.stop()
  })

  const announce = (changes: Partial<AlertChanges>) =>
    app.run(({ notifier }, given) => notifier.announce(given), {
      raise: [],
      recovered: [],
      withdraw: [],
      ...changes,
    })
  const shown = async () =>
    (await server.calls('Notify')).map(([, , , title, body, , hints]) => ({
      title: String(title),
      body: String(body),
      urgency: (hints as { urgency: number }).urgency,
    }))
  const shownTimes = (times: number) => eventually(async () => (await shown()).length).toBe(times)

  test('400 service apps stopped by one cause are one notification', async () => {
    await announce({ raise: [managerDead] })
    await shownTimes(1)
    expect(await shown()).toEqual([{ title: managerDead.title, body: managerDead.body, urgency: 2 }])
  })

  test('a name reads as it is, whether the server knows markup or not, and when another takes over', async () => {
    const named = (round: string) =>
      NAMES.map((name) => ({
        ...expired,
        key: `${round}:${name}`,
        title: name,
        body: `${name} (${name}) has expired.`,
      }))
    const bodies = named('').map(({ body }) => body)
    await announce({ raise: named('text') })
    await shownTimes(NAMES.length)
    expect((await shown()).map(({ title }) => title)).toEqual(NAMES)
    expect((await shown()).map(({ body }) => body)).toEqual(bodies)
    await server.stop()
    server = await startNotificationServer('body body-markup actions')
    await announce({ raise: named('markup') })
    await shownTimes(NAMES.length)
    expect((await shown()).map(({ title }) => title)).toEqual(NAMES)
    expect(readAsMarkup((await shown()).map(({ body }) => body))).toEqual(bodies)
  })

  test('what is over is taken back', async () => {
    await announce({ raise: [expired] })
    await shownTimes(1)
    await announce({ withdraw: [expired.key] })
    await eventually(() => server.calls('CloseNotification')).toEqual([[1]])
    expect(await shown()).toHaveLength(1)
  })

  test('a recovery takes the place of its alert', async () => {
    await announce({ raise: [expired] })
    await shownTimes(1)
    await announce({ recovered: [{ ...expired, level: 'information', title: 'Data source works again' }] })
    await shownTimes(2)
    await eventually(() => server.calls('CloseNotification')).toEqual([[1]])
    expect((await shown())[1]).toMatchObject({ title: 'Data source works again' })
  })

  test('a click opens the profile', async () => {
    await announce({ raise: [expired] })
    await shownTimes(1)
    await server.emit('ActionInvoked', 'us', [1, 'default'])
    await eventually(() => app.noticed('open')).toEqual([
      { what: 'open', place: { kind: 'profile', profileId: 'a' } },
    ])
  })

  test('a click on what concerns many opens the problems', async () => {
    await announce({ raise: [managerDead] })
    await shownTimes(1)
    await server.emit('ActionInvoked', 'us', [1, 'default'])
    await eventually(() => app.noticed('open')).toEqual([{ what: 'open', place: { kind: 'problems' } }])
  })

  test('a window that is being looked at says it itself', async () => {
    await app.run(({ window }) => window.show())
    await eventually(() => app.run(({ window }) => window.isFocused())).toBe(true)
    await announce({ raise: [expired] })
    await eventually(() => app.noticed('toast')).toHaveLength(1)
    expect(await shown()).toEqual([])
  })

  test('nothing stays behind at the end', async () => {
    await announce({ raise: [expired, managerDead] })
    await shownTimes(2)
    await app.run(({ notifier }) => notifier.clear())
    await eventually(async () => (await server.calls('CloseNotification')).length).toBe(2)
  })
})

describe.runIf(process.platform === 'linux')('without a notification server', () => {
  test('the window says it when it is opened', async () => {
    const built = await buildHarness()
    const app = await launchHarness(built, built.folder())
    try {
      await app.run(
        ({ notifier }, alert) => notifier.announce({ raise: [alert], recovered: [], withdraw: [] }),
        expired,
      )
      await eventually(() => app.noticed('toast')).toHaveLength(1)
    } finally {
      await app.close()
      built.remove()
    }
  })
})
