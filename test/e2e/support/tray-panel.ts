// A desktop's panel as the tray's other side: reads icon, words and menu over D-Bus, and picks from the menu.
import { createHash } from 'node:crypto'
import { call, type MockService, type Place } from '../desktop-harness/mock-services.ts'

/** The wire's own form: id, properties, children. */
type MenuNode = readonly [number, { readonly label?: string }, readonly MenuNode[]]

export interface TrayPanel {
  tooltip(): Promise<string>
  /** What the icon looks like: equal for equal pictures. */
  picture(): Promise<string>
  labels(): Promise<readonly string[]>
  /** The labels of one entry's own menu. */
  labelsUnder(name: string): Promise<readonly string[]>
  /** Goes down the menu by the beginnings of the labels. */
  pick(...names: readonly string[]): Promise<void>
}

export function trayPanel(host: MockService): TrayPanel {
  let owner: string | null = null

  const object = async (path: string, from: string): Promise<Place> => {
    owner ??= String((await host.calls('RegisterStatusNotifierItem')).at(-1)?.[0] ?? '')
    if (owner === '') throw new Error('No icon has come to the tray.')
    return { bus: 'session', name: owner, path, interface: from }
  }
  const property = async (name: string) =>
    call(await object('/StatusNotifierItem', 'org.freedesktop.DBus.Properties'), 'Get', 'ss', [
      'org.kde.StatusNotifierItem',
      name,
    ])
  const menu = async () => {
    const place = await object(String(await property('Menu')), 'com.canonical.dbusmenu')
    const [, root] = (await call(place, 'GetLayout', 'iias', [0, -1, []])) as [number, MenuNode]
    return { place, entries: root[2] }
  }
  const found = (entries: readonly MenuNode[], name: string): MenuNode => {
    const entry = entries.find(([, { label }]) => label?.startsWith(name))
    if (entry === undefined) throw new Error(`The menu has no ${name}: ${labelsOf(entries).join(' | ')}`)
    return entry
  }

  return {
    tooltip: async () => JSON.stringify(await property('ToolTip')),
    picture: async () =>
      createHash('sha256')
        .update(JSON.stringify(await property('IconPixmap')))
        .digest('hex'),
    labels: async () => labelsOf((await menu()).entries),
    labelsUnder: async (name) => labelsOf(found((await menu()).entries, name)[2]),
    async pick(...names) {
      const { place, entries } = await menu()
      let level = entries
      let id = 0
      for (const name of names) [id, , level] = found(level, name)
      await call(place, 'Event', 'isvu', [id, 'clicked', 0, 0])
    },
  }
}

/** The menu's protocol marks keys by an underscore, so a true one is doubled on the wire. */
function labelsOf(entries: readonly MenuNode[]): readonly string[] {
  return entries.flatMap(([, { label }]) => (label === undefined ? [] : [label.replaceAll('__', '_')]))
}
