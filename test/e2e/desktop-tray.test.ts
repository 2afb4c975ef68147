// The tray on a real session bus: what a panel is told, and what comes back when somebody picks from the menu.
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FleetView, ProfileState, ProfileView } from '#engine/domain/view-model.ts'
import { incident } from '../engine/support/incidents.ts'
import {
  type BuiltHarness,
  buildHarness,
  eventually,
  launchHarness,
  type RunningHarness,
} from './desktop-harness/launch.ts'
import { call, type MockService, startTrayHost } from './desktop-harness/mock-services.ts'

const KDE = { XDG_CURRENT_DESKTOP: 'KDE' }
const NOW = Date.UTC(2026, 0, 2, 12)
const DAY = 86_400_000

/** The wire's own form: id, properties, children. */
type MenuNode = readonly [
  number,
  { readonly label?: string; readonly enabled?: boolean },
  readonly MenuNode[],
]

function fleet(...apps: readonly (readonly [string, ProfileState])[]): FleetView {
  const profiles = apps.map(
    ([name, state]): ProfileView => ({
      id: `id of ${name}`,
      name,
      appId: 'app',
      clientId: 'client',
      targetOrgId: 'org',
      orgName: 'Acme & Sons',
      managerId: null,
      probe: { kind: 'data-sources' },
      state,
      sentence: null,
      fix: null,
      accessToken: {
        fingerprint: 'a1b2c3d4',
        issuedAt: NOW,
        expiresAt: NOW + 9.5 * DAY,
        origin: 'refresh-grant',
      },
      refreshToken: null,
      nextRefresh: null,
      isUnattended: false,
      unattendedUntil: null,
      ladder: [],
      last: null,
      unsaved: false,
    }),
  )
  const incidents = profiles.flatMap(({ id, state }) =>
    state === 'needs-attention' || state === 'expired'
      ? [incident({ key: id, title: 'A problem', deadline: state === 'expired' ? NOW : NOW + DAY })]
      : [],
  )
  return { now: NOW, clockSkew: 0, profiles, managers: [], incidents, allPausedUntil: null }
}

describe.runIf(process.platform === 'linux')('the tray', () => {
  let built: BuiltHarness
  let app: RunningHarness
  let host: MockService

  beforeAll(async () => {
    built = await buildHarness()
  })
  afterAll(() => built.remove())
  afterEach(async () => {
    await app.close()
    await host.stop()
  })

  async function withHost() {
    host = await startTrayHost()
    app = await launchHarness(built, built.folder(), KDE)
  }
  const render = (view: FleetView) => app.run(({ tray }, given) => tray().render(given), view)
  const registered = async () =>
    (await host.calls('RegisterStatusNotifierItem')).map(([name]) => String(name))

  async function item() {
    await eventually(registered).not.toEqual([])
    return {
      bus: 'session',
      name: (await registered()).at(-1) ?? '',
      path: '/StatusNotifierItem',
      interface: 'org.freedesktop.DBus.Properties',
    } as const
  }
  const property = async (name: string) =>
    call(await item(), 'Get', 'ss', ['org.kde.StatusNotifierItem', name])
  const picture = async () =>
    createHash('sha256')
      .update(JSON.stringify(await property('IconPixmap')))
      .digest('hex')
  const tooltip = async () => JSON.stringify(await property('ToolTip'))

  async function menu() {
    const object = {
      ...(await item()),
      path: String(await property('Menu')),
      interface: 'com.canonical.dbusmenu',
    }
    const [revision, root] = (await call(object, 'GetLayout', 'iias', [0, -1, []])) as [number, MenuNode]
    return { object, revision, entries: root[2] }
  }
  const labels = async () =>
    (await menu()).entries.flatMap(([, { label }]) => (label === undefined ? [] : [label]))

  async function pick(...names: readonly string[]) {
    const { object, entries } = await menu()
    let level = entries
    let id = 0
    for (const name of names) {
      const found = level.find(([, { label }]) => label?.startsWith(name))
      if (found === undefined) throw new Error(`The menu has no ${name}: ${JSON.stringify(level)}`)
      id = found[0]
      level = found[2]
    }
    await call(object, 'Event', 'isvu', [id, 'clicked', 0, 0])
  }

  /** Has the runtime itself count, from now on, what the icon is given. */
  const countGiven = () =>
    app.run(({ electron }) => {
      const given = { menus: 0, pictures: 0 }
      Object.assign(globalThis, { given })
      const { setContextMenu, setImage } = electron.Tray.prototype
      electron.Tray.prototype.setContextMenu = function (menu) {
        given.menus += 1
        setContextMenu.call(this, menu)
      }
      electron.Tray.prototype.setImage = function (picture) {
        given.pictures += 1
        setImage.call(this, picture)
      }
    })
  const given = () => app.run((): unknown => Reflect.get(globalThis, 'given'))

  test('is not there on a desktop without a place for it, and moves in when one comes', async () => {
    app = await launchHarness(built, built.folder(), KDE)
    await render(fleet(['One', 'expired']))
    expect(await app.run(({ tray }) => [tray().exists(), tray().exists('fresh')])).toEqual([false, false])
    host = await startTrayHost()
    expect(await app.run(({ tray }) => [tray().exists(), tray().exists('fresh')])).toEqual([false, true])
    await eventually(tooltip).toContain('1 expired')
    await eventually(labels).toContain('One · Acme & Sons: expired')
  })

  test('is given neither menu nor picture by renewals while nobody can show it, and those of now with its place', async () => {
    app = await launchHarness(built, built.folder(), KDE)
    const views = Array.from({ length: 100 }, (_, index) =>
      fleet(['One', index % 2 === 0 ? 'refreshing' : 'healthy'], [`Other ${index}`, 'healthy']),
    )
    await render(fleet(['One', 'healthy']))
    await countGiven()
    await app.run(({ tray }, all) => {
      for (const view of all) tray().render(view)
    }, views)
    expect(await given()).toEqual({ menus: 0, pictures: 0 })
    host = await startTrayHost()
    expect(await app.run(({ tray }) => tray().exists('fresh'))).toBe(true)
    await eventually(labels).toEqual([
      '1 customer, all healthy',
      'One · Acme & Sons: 9 d left',
      'Other 99 · Acme & Sons: 9 d left',
      'Refresh all due',
      'Pause for 1 hour',
      'Open',
      'Quit',
    ])
  })

  test('leaves when its place goes', async () => {
    await withHost()
    expect(await app.run(({ tray }) => tray().exists())).toBe(true)
    await host.stop()
    await eventually(() => app.run(({ tray }) => tray().exists('fresh'))).toBe(false)
  })

  test('has a picture and words of its own for each state', async () => {
    await withHost()
    const seen = new Map<string, string>()
    for (const state of ['healthy', 'refreshing', 'needs-attention', 'expired'] as const) {
      await render(fleet(['One', state]))
      await eventually(picture).not.toBe([...seen.values()].at(-1))
      seen.set(state, await picture())
    }
    expect(new Set(seen.values()).size).toBe(4)
    await eventually(tooltip).toContain('1 customer: 1 expired')
    await render(fleet(['One', 'healthy']))
    await eventually(picture).toBe(seen.get('healthy'))
    await eventually(tooltip).toContain('1 customer, all healthy')
  })

  test('has those who need someone first in its menu, and what is always there last', async () => {
    await withHost()
    await render(fleet(['Fine', 'healthy'], ['Wrong', 'needs-attention']))
    await eventually(labels).toEqual([
      'A problem · 1 customer: 1 needs attention',
      'Wrong · Acme & Sons: needs attention',
      'Fine · Acme & Sons: 9 d left',
      'Refresh all due',
      'Pause for 1 hour',
      'Open',
      'Quit',
    ])
  })

  test('shows a name as it is: an underscore is no key to press', async () => {
    await withHost()
    await render(fleet(['my_app & more', 'expired']))
    // The menu's protocol marks keys by an underscore, so a true one is doubled on the wire.
    await eventually(labels).toContain('my__app & more · Acme & Sons: expired')
  })

  test('follows what changes', async () => {
    await withHost()
    await render(fleet(['One', 'healthy']))
    await render(fleet(['One', 'healthy'], ['Two', 'expired']))
    await eventually(labels).toContain('Two · Acme & Sons: expired')
  })

  test('survives changes while the desktop still takes the icon', async () => {
    // Before menus waited for it, about one start in six crashed.
    for (let start = 0; start < 4; start += 1) {
      await withHost()
      for (let change = 0; change < 6; change += 1) {
        await render(fleet(['One', 'healthy']))
        await render(fleet(['One', 'healthy'], ['Two', 'expired']))
      }
      await eventually(labels).toContain('Two · Acme & Sons: expired')
      if (start < 3) await Promise.all([app.close(), host.stop()])
    }
  })

  test('does not touch the menu when nothing has changed', async () => {
    await withHost()
    await render(fleet(['One', 'healthy']))
    await eventually(labels).toContain('One · Acme & Sons: 9 d left')
    const before = (await menu()).revision
    await render({ ...fleet(['One', 'healthy']), now: NOW + 60_000 })
    expect((await menu()).revision).toBe(before)
    await render(fleet(['One', 'expired']))
    await eventually(async () => (await menu()).revision).not.toBe(before)
  })

  test('does not set the menu again when only the picture changes', async () => {
    await withHost()
    const problem = (deadline: number) => ({
      ...fleet(['One', 'healthy']),
      incidents: [incident({ key: 'one', deadline })],
    })
    await render(problem(NOW + DAY))
    await countGiven()
    // Its deadline has passed.
    await render(problem(NOW))
    await eventually(given).toEqual({ menus: 0, pictures: 1 })
    await render(fleet(['One', 'healthy']))
    await eventually(given).toEqual({ menus: 1, pictures: 2 })
  })

  test('passes on what is picked', async () => {
    await withHost()
    await render(fleet(['One', 'healthy'], ['Two', 'healthy']))
    await eventually(labels).toContain('Two · Acme & Sons: 9 d left')
    await pick('Two', 'Copy token')
    await pick('One', 'Refresh')
    await pick('Refresh all due')
    await pick('Pause for 1 hour')
    await pick('Quit')
    await eventually(() => app.noticed('quit')).toHaveLength(1)
    expect(await app.run(({ noticed }) => noticed)).toEqual([
      { what: 'copy-token', profileId: 'id of Two' },
      { what: 'refresh', profileId: 'id of One' },
      { what: 'refresh-all-due' },
      { what: 'pause-for-hour' },
      { what: 'quit' },
    ])
    await pick('Open')
    await eventually(() => app.noticed('shown')).toHaveLength(1)
  })

  test('is gone when the app says so', async () => {
    await withHost()
    await render(fleet(['One', 'healthy']))
    const was = await item()
    await app.run(({ tray }) => tray().destroy())
    await eventually(() =>
      call(was, 'Get', 'ss', ['org.kde.StatusNotifierItem', 'Title']).then(
        () => 'there',
        () => 'gone',
      ),
    ).toBe('gone')
    await render(fleet(['One', 'expired']))
  })
})
