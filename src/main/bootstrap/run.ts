// Run: what happens when, from the loaded code to the shown window, and in which order it all ends.
import { app } from 'electron'
import { dataSourceTotals } from '#application/data-sources.ts'
import { dataSourcesLeft } from '#desktop/notifications/announcements.ts'
import { type PowerReason, watchPower } from '#desktop/system/power.ts'
import { giveUp, quitInOrder, quitsWithUnsaved } from '#desktop/system/quit.ts'
import { watchScreenLock } from '#desktop/system/screen-lock.ts'
import { systemDelay } from '#desktop/system/system-clock.ts'
import { setAppMenu } from '#desktop/window/appearance.ts'
import { type Container, createContainer } from './container.ts'
import type { Begun } from './launch-options.ts'

/** ms. Enough for a debugger's few messages once this process has nothing else to do. */
const DEBUGGER_ATTACHES = 300
/** ms. A vault that takes longer is shown as being opened. */
const OPENS_AT_ONCE = 500
/** ms. Until what was sent is drawn. */
const FIRST_LOOK = 250
/** ms. A page that hangs holds up nothing for longer. */
const LONGEST_FIRST_LOOK = 3_000

export async function run(begun: Begun): Promise<void> {
  const { inTray } = begun
  // Beside a window much can wait until there is something to see in that.
  let viewSent = () => {}
  const firstView = new Promise<void>((resolve) => {
    viewSent = resolve
  })
  const first =
    begun.first === null
      ? Promise.resolve()
      : Promise.all([begun.first.settled, firstView]).then(() => systemDelay(FIRST_LOOK))
  const seen = Promise.race([first, systemDelay(LONGEST_FIRST_LOOK)])
  const container = await createContainer(begun, { seen, viewSent })
  const { vaultAccess, keyringWait, supervisor, window, tray, publisher, answer } = container

  const serve = serveOnce(container)
  vaultAccess.onOpened(() => {
    serve(supervisor.settled()).catch(giveUp)
  })
  watchSystem(begun, container, seen)
  const isQuitting = quitInOrder({
    close: () => closeInOrder(container),
    stays: begun.launches.retry,
    failed: giveUp,
    hasFailed: () => vaultAccess.failure() !== null,
  })
  begun.launches.showBy((wanted) => {
    if (isQuitting()) return false
    if (wanted === 'window') window.show()
    return true
  })

  void seen.then(() => {
    setAppMenu()
    tray.appear()
    publisher.changed()
  })
  const opening = vaultAccess.retry()
  // What is seen first should be the service apps, not for a moment that the vault is being opened.
  const soon = Promise.race([opening.catch(() => undefined), systemDelay(OPENS_AT_ONCE)])
  void soon.then(() => begun.answer({ window: window.webContents, answer }))
  const started = opening.then(() => supervisor.settled())
  const serving = seen.then(() => (begun.lock.take().kind === 'held' ? serve(started) : undefined))
  const showing = async () => {
    await opening
    const failure = vaultAccess.failure()
    if (failure !== null) process.stderr.write(`${failure}\n`)
    if (begun.awaitsDebugger) await systemDelay(DEBUGGER_ATTACHES)
    if (inTray) await keyringWait.wantsPerson()
    // Showing it takes this process a while, in which the page draws what it has.
    if (begun.first !== null) await Promise.race([firstView, systemDelay(OPENS_AT_ONCE)])
    if (!inTray || supervisor.current() === null) window.show()
  }
  await Promise.all([serving, showing()])
  container.updates.started()
}

/**
 * Begins to answer programs, once. For the instance that has the data folder alone: the socket, its note and the port
 * belong to it.
 */
function serveOnce({ satm, endpoint }: Container): (opening: Promise<void>) => Promise<void> {
  let isServing = false
  return async (opening) => {
    if (isServing) return
    isServing = true
    // While a keyring waits for a person, programs that ask get that answer.
    await satm.start(opening)
    await opening
    await endpoint.start()
  }
}

function watchSystem({ clock, log }: Begun, container: Container, seen: Promise<unknown>): void {
  const { vaultAccess, supervisor, lock, buses, clipboard, window, dataRemoval } = container
  const onChange = (reason: PowerReason) => {
    supervisor.current()?.engine.reconsider(reason)
    if (supervisor.current() === null && reason !== 'network-back') void vaultAccess.retryUnasked()
  }
  const onLock = () => {
    void clipboard.clearNow()
    lock.systemLocked()
  }
  watchPower({ clock, onChange, onLock })
  void seen.then(() =>
    watchScreenLock({
      sessionBus: buses.session,
      systemBus: buses.system,
      userId: process.getuid?.() ?? 0,
      onLock,
      onUnlock: () => onChange('unlock'),
      failed: (error) => log.warn('screen-lock.failed', { error }),
    }),
  )
  app.on('activate', window.show)
  // Without this listener Electron quits with the last window; the tokens need no window.
  app.on('window-all-closed', () => undefined)
  // Last of all: the window notes its place while it closes.
  app.once('quit', dataRemoval.finish)
}

/** ms. Until the desktop has a notification of a process that ends. */
const NOTIFICATION_TAKES = 250

/** False when the person would rather stay: with an unsaved token they are asked first. */
async function closeInOrder(container: Container): Promise<boolean> {
  const { supervisor, endpoint, webhook, updates, lock, satm, buses, clipboard, notifier, tray, demo } =
    container
  await endpoint.keep()
  const { kept, firstEnd } = dataSourceTotals(
    supervisor.current()?.engine.dataSources ?? null,
    supervisor.now(),
  )
  // Nothing is deleted while a token could still be stored there.
  if (!(await supervisor.close(quitsWithUnsaved))) {
    container.dataRemoval.withdraw()
    return false
  }
  webhook.stop()
  await updates.stop()
  await endpoint.stop()
  lock.stop()
  await satm.close()
  await clipboard.clearNow()
  notifier.clear()
  if (firstEnd !== null) {
    notifier.announce(dataSourcesLeft(kept, firstEnd - supervisor.now()))
    await systemDelay(NOTIFICATION_TAKES)
  }
  tray.destroy()
  for (const bus of [buses.session, buses.system]) bus.close()
  await demo?.close()
  return true
}
