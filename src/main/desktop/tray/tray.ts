// Tray icon: shows what `tray-menu.ts` computes where the desktop has a tray, and reports when it has none.
import path from 'node:path'
import { app, Menu, nativeImage, Tray } from 'electron'
import { assertNever } from '#base/common/assert-never.ts'
import type { Duration, ProfileId } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { FleetView } from '#engine/domain/view-model.ts'
import { trayHostIsThere } from '../system/session-bus.ts'
import { FleetSummary } from './fleet-summary.ts'
import {
  hostlessTrayModel,
  type TrayAction,
  type TrayEntry,
  type TrayIcon,
  type TrayModel,
  trayModel,
} from './tray-menu.ts'

export interface TrayDependencies {
  readonly clock: Pick<Clock, 'after'>
  /** The folder with the tray's PNG files, `resources/icons/tray`. */
  readonly icons: string
  /** A locked app shows no names, and offers to open or quit it only. */
  readonly locked: () => boolean
  readonly show: () => void
  readonly showProblems: () => void
  readonly quit: () => void
  readonly refresh: (profileId: ProfileId) => void
  readonly copyToken: (profileId: ProfileId) => void
  readonly refreshAllDue: () => void
  readonly pauseForHour: () => void
  readonly resume: () => void
}

export interface AppTray {
  /** Until then there is no icon: making one, and asking the desktop for a place for it, would hold up the window. */
  appear(): void
  /** Shows the fleet; does nothing when nothing a person could see has changed. */
  render(view: FleetView): void
  /** Whether a person can find the icon. `fresh` asks the desktop again: on Linux a tray may come and go. */
  exists(fresh?: 'fresh'): boolean
  destroy(): void
}

/**
 * ms. On Linux, Chromium crashes when an icon is given a second menu before the desktop has taken the first one, of which
 * it says nothing; that takes about a tenth of a second.
 */
const MENU_SETTLES: Duration = 500

export function createTray(parts: TrayDependencies): AppTray {
  let there = false
  let tray: Tray | null = null
  // Of the icon as it was made: without a host then, it goes to Chromium's fallback and stays there.
  let hasHost = false
  let latest: FleetView | null = null
  const summary = new FleetSummary()
  let over = false
  let settling = false
  let cancelSettling = () => {}
  let shown: { readonly icon: TrayIcon; readonly tooltip: string; readonly menu: string } | null = null

  const standing = () => (tray === null || tray.isDestroyed() ? null : tray)

  const make = (): Tray => {
    const made = new Tray(image(parts.icons, 'healthy'))
    made.setToolTip(app.name)
    // Comes on Windows and most Linux desktops; where it does not, the menu has `Open`.
    if (process.platform !== 'darwin') made.on('click', parts.show)
    return made
  }

  const appear = () => {
    if (over || standing() !== null) return
    there = trayHostIsThere()
    hasHost = there
    tray = make()
    shown = null
    cancelSettling()
    settling = process.platform === 'linux'
    if (settling) cancelSettling = parts.clock.after(MENU_SETTLES, settled)
    if (latest !== null) render(latest)
  }

  const settled = () => {
    settling = false
    if (latest !== null) render(latest)
  }

  const render = (view: FleetView) => {
    latest = view
    const icon = standing()
    if (icon === null) return
    const modelOf = hasHost ? trayModel : hostlessTrayModel
    apply(icon, modelOf(view, app.name, parts.locked(), summary))
  }

  const apply = (tray: Tray, { icon, tooltip, entries }: TrayModel) => {
    // Picture and words wait with the menu, so that all three say the same.
    if (settling && shown !== null) return
    const menu = JSON.stringify(entries)
    if (icon !== shown?.icon) tray.setImage(image(parts.icons, icon))
    if (tooltip !== shown?.tooltip) tray.setToolTip(tooltip)
    if (menu !== shown?.menu) {
      tray.setContextMenu(Menu.buildFromTemplate(entries.map((entry) => menuItem(entry, perform))))
    }
    shown = { icon, tooltip, menu }
  }

  const ofAll = {
    show: parts.show,
    'show-problems': parts.showProblems,
    quit: parts.quit,
    'refresh-all-due': parts.refreshAllDue,
    'pause-for-hour': parts.pauseForHour,
    resume: parts.resume,
  }
  const ofOne = { refresh: parts.refresh, 'copy-token': parts.copyToken }
  const perform = (action: TrayAction) =>
    'profileId' in action ? ofOne[action.kind](action.profileId) : ofAll[action.kind]()

  return {
    appear,
    render,
    exists(fresh) {
      if (fresh !== undefined && tray === null) appear()
      if (fresh === undefined || standing() === null) return there && standing() !== null
      const before = there
      there = trayHostIsThere()
      // An icon created without a host does not appear when a host does.
      if (there && !before) {
        tray?.destroy()
        appear()
      }
      return there
    },
    destroy() {
      over = true
      cancelSettling()
      standing()?.destroy()
    },
  }
}

function menuItem(
  entry: TrayEntry,
  perform: (action: TrayAction) => void,
): Electron.MenuItemConstructorOptions {
  switch (entry.kind) {
    case 'separator':
      return { type: 'separator' }
    case 'words':
      return { label: escaped(entry.label), enabled: false }
    case 'action':
      return { label: escaped(entry.label), enabled: entry.enabled, click: () => perform(entry.action) }
    case 'submenu':
      return { label: escaped(entry.label), submenu: entry.entries.map((inner) => menuItem(inner, perform)) }
    default:
      return assertNever(entry)
  }
}

/** A single `&` would underline the next letter instead of showing. */
function escaped(label: string): string {
  return process.platform === 'darwin' ? label : label.replaceAll('&', '&&')
}

/** macOS colours a template image itself; `@2x` files are found beside the plain ones. */
function image(folder: string, icon: TrayIcon): Electron.NativeImage {
  if (process.platform === 'darwin') {
    const template = nativeImage.createFromPath(path.join(folder, `${icon}Template.png`))
    template.setTemplateImage(true)
    return template
  }
  const size = process.platform === 'win32' ? 16 : 24
  return nativeImage.createFromPath(path.join(folder, `${icon}-${size}.png`))
}
