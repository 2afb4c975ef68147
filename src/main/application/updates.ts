// Updates: looks for a newer version of the app, downloads it when a person wants that, and installs it on their word while
// no token is being renewed or unsaved. What goes wrong becomes one sentence and leaves this version as it is.
import path from 'node:path'
import type { Toast, UpdatesView } from '#contract/contract.ts'
import type { Log } from '#desktop/log/log.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'
import type { Releases } from '#desktop/updates/download.ts'
import type { Installation } from '#desktop/updates/installation.ts'
import {
  compareVersions,
  type Release,
  UpdateFailure,
  type UpdateProblem,
} from '#desktop/updates/release-feed.ts'
import { type Clock, type Random, StoreFailure } from '#engine/domain/ports.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'

/** Each resolves when it has ended; the view says how. */
export interface Updates {
  check(): Promise<void>
  download(): Promise<void>
  cancel(): void
  install(): Promise<void>
}

export interface RunningUpdates extends Updates {
  /** null: this build has no update server. */
  view(): UpdatesView | null
  /** This version has started: begins the daily check, and clears up after the update that brought it. */
  started(): void
  /** Nothing goes on, and no download stays. */
  stop(): Promise<void>
}

const HOUR = 60 * 60_000
/** ms. A timer stands still while the computer sleeps, so the wall clock is looked at. */
const LOOK_EVERY = HOUR
/** ms, by the wall clock. */
const CHECK_EVERY = 24 * HOUR
const AFTER_FAILURE = 4 * HOUR
/** ms after the start, at the earliest. */
const FIRST_CHECK = 2 * 60_000
/** So that many installations do not ask at once. */
const JITTER = 0.2

export function createUpdates(dependencies: {
  readonly version: string
  /** null: the app runs from its sources. */
  readonly installation: Installation | null
  /** null: this build has no update server, or the app no installation. */
  readonly feed: { readonly host: string; readonly releases: Releases } | null
  readonly preferences: Pick<Preferences, 'values' | 'set'>
  readonly supervisor: Pick<EngineSupervisor, 'vault' | 'whileStopped'>
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly random: Random
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly toast: (toast: Toast) => void
  readonly changed: () => void
  /** Ends this version, and starts the one that is in place then. */
  readonly restart: (installation: Installation) => void
}): RunningUpdates {
  const { version, installation, feed, preferences, supervisor, clock, random, log, toast } = dependencies
  let step: UpdatesView['step'] = 'none'
  let release: Release | null = null
  let percent = 0
  let problem: string | null = null
  let abort = new AbortController()
  let working: Promise<void> = Promise.resolve()
  let cancelLook = () => {}

  const go = (to: UpdatesView['step'], why: string | null = null) => {
    step = to
    problem = why
    dependencies.changed()
  }
  const server = () => {
    if (feed === null || installation === null) {
      throw new UserFacingError('refused', 'This build of the app has no update server.')
    }
    return { ...feed, installation }
  }
  const newer = () => {
    if (release === null)
      throw new UserFacingError('not-found', 'No newer version is known. Check for updates first.')
    return release
  }
  /** Does `task` if the app is at one of the steps. When it fails, it goes back to the one it was at. */
  const work = (
    from: readonly UpdatesView['step'][],
    during: UpdatesView['step'],
    task: () => Promise<void>,
  ) => {
    if (!from.includes(step)) return working
    const before = step
    abort = new AbortController()
    go(during)
    working = task().catch((error) => {
      const isCanceled = abort.signal.aborted
      if (!isCanceled) log.warn('updates.failed', { step: during, error })
      // The download is gone as well.
      const isGone = before === 'downloaded' && error instanceof UpdateFailure && error.problem === 'differs'
      const why = isCanceled ? null : sentenceOf(error, path.dirname(installation?.staged ?? ''))
      go(isGone ? 'available' : before, why)
    })
    return working
  }

  const check = async () => {
    const { releases } = server()
    await work(['none', 'newest', 'available'], 'checking', async () => {
      const found = await releases.newest(abort.signal)
      preferences.set({ updateCheckedAt: clock.now() })
      const stale = staleness(found.version, version, preferences.values().newestRelease)
      release = stale === null && found.version !== version ? found : null
      if (release !== null) preferences.set({ newestRelease: release.version })
      if (release !== null) go('available')
      else go(stale === null ? 'newest' : 'none', stale)
    })
  }

  const look = async (dueAt: number) => {
    if (clock.now() >= dueAt && preferences.values().checkForUpdates) {
      const before = release?.version
      await check()
      if (release !== null && release.version !== before) toast(availableToast(release.version))
      plan(clock.now() + jittered(problem === null ? CHECK_EVERY : AFTER_FAILURE), LOOK_EVERY)
    } else plan(dueAt, LOOK_EVERY)
  }
  const plan = (dueAt: number, delay: number) => {
    cancelLook = clock.after(delay, () => void look(dueAt))
  }
  const jittered = (time: number) => time * (1 - JITTER / 2 + JITTER * random())

  const replaceInTurn = async (installed: Installation, from: Release) => {
    let isReplaced = false
    const replace = async () => {
      const failure = preferences.set({ updatingTo: from.version })
      if (failure !== null) throw new UserFacingError('storage', NOT_NOTED)
      try {
        installed.replace()
        isReplaced = true
      } catch (error) {
        preferences.set({ updatingTo: null })
        throw error
      }
    }
    try {
      // Waits for what is under way, and refuses while a token is unsaved.
      if (supervisor.vault() === null) await replace()
      else await supervisor.whileStopped(replace)
    } catch (error) {
      if (!isReplaced) throw error
      log.warn('updates.session-not-resumed', { error })
    }
  }

  return {
    view() {
      if (feed === null || installation === null) return null
      const { host } = feed
      const { updateCheckedAt: checkedAt } = preferences.values()
      const { upgrade } = installation
      const offered = { version: release?.version ?? null, size: release?.size ?? 0 }
      return { host, checkedAt, step, ...offered, percent, upgrade, problem }
    },
    check,
    async download() {
      const { releases, installation: installed } = server()
      if (installed.upgrade !== null) {
        throw new UserFacingError(
          'refused',
          'This package is not updated by the app. Upgrade it the way you installed it.',
        )
      }
      const from = newer()
      await work(['available'], 'downloading', async () => {
        percent = 0
        await releases.download(from, installed.staged, abort.signal, (done) => {
          const now = Math.floor((100 * done) / from.size)
          if (now === percent) return
          percent = now
          dependencies.changed()
        })
        go('downloaded')
      })
    },
    cancel() {
      if (step === 'downloading') abort.abort(new Error('Canceled.'))
    },
    async install() {
      const { releases, installation: installed } = server()
      const from = newer()
      await work(['downloaded'], 'installing', async () => {
        await releases.verify(from, installed.staged)
        await replaceInTurn(installed, from)
        log.info('updates.installed', { version: from.version })
        go('installed')
        dependencies.restart(installed)
      })
    },
    started() {
      const { updatingTo, updateCheckedAt, newestRelease } = preferences.values()
      try {
        installation?.settle(updatingTo !== null)
      } catch (error) {
        log.warn('updates.leftovers', { error })
      }
      if (updatingTo !== null) {
        preferences.set({ updatingTo: null })
        const isThere = compareVersions(version, updatingTo) >= 0
        if (!isThere) go('none', notStarted(updatingTo, version))
        toast(isThere ? updatedToast(version) : notStartedToast(updatingTo, version))
      }
      if (feed === null) return
      // What was announced is shown again; and a clock that was set back must not put the check off.
      const isBehind = compareVersions(newestRelease ?? version, version) > 0
      const last = isBehind ? 0 : Math.min(updateCheckedAt ?? 0, clock.now())
      const earliest = FIRST_CHECK * (1 + 4 * random())
      plan(last + jittered(CHECK_EVERY), earliest)
    },
    async stop() {
      cancelLook()
      if (step === 'installed') return
      abort.abort()
      await working
      // What was downloaded and not installed.
      if (step === 'downloaded') installation?.settle(false)
    },
  }
}

/** A signed release can be an old one that somebody offers again. */
function staleness(offered: string, running: string, announced: string | null): string | null {
  if (compareVersions(offered, running) < 0) {
    return `The update server offers version ${offered}, which is older than this one (${running}). It is not installed. Inform the operator of the server.`
  }
  if (announced === null || compareVersions(offered, announced) >= 0) return null
  return `The update server offers version ${offered}, although it had version ${announced} before. It is not installed. Inform the operator of the server.`
}

const NOT_NOTED =
  'The settings could not be written, so nothing was installed. Check the disk and the permissions of the data folder.'
const CHANGED_FILE =
  'Nothing was installed. Try again later. If it happens again, inform the maintainers of this app.'
const PROXY = 'under Settings → Webex cloud and proxy'

/** `folder`: where the download goes. */
const SENTENCES: Readonly<Record<UpdateProblem, (folder: string) => string>> = {
  'not-a-feed': () =>
    'Unexpected response from the update server, such as a sign-in page. Check the network, then try again.',
  'no-package': () => 'The newest release has no package for this computer.',
  'not-signed': () =>
    'The release on the update server is not signed by the maintainers of this app, so it was not downloaded. Do not install it by other means, and inform the maintainers.',
  redirected: () => 'The update server redirects to another address, which is not followed. Try again later.',
  'no-file': () => 'The update server does not have the file at the moment. Try again later.',
  'cut-short': () => 'The download ended early and was deleted. Try again.',
  differs: () => `The download is not the file that was released, so it was deleted. ${CHANGED_FILE}`,
  'disk-full': (folder) =>
    `The disk is full: ${folder} has no room for the update. Free some space, then try again.`,
  'not-writable': (folder) =>
    `The update cannot be written to ${folder}. Make the folder writable for your account, or replace the app there manually.`,
  dns: () => 'The name of the update server could not be resolved. Check the network, then try again.',
  refused: () => 'The update server does not accept connections at the moment. Try again later.',
  reset: () => 'The connection to the update server was lost. Try again.',
  timeout: () => 'The update server does not answer. Try again later.',
  tls: () =>
    'The update server has no certificate this computer trusts. Check the clock of this computer and the proxy.',
  offline: () => 'There is no network. Connect this computer, then try again.',
  proxy: () => `The proxy could not be used. Check it ${PROXY}.`,
  'proxy-login': () => `The proxy requires a sign-in. Enter its user name and password ${PROXY}.`,
  'proxy-rejected': () => `The proxy rejected the saved user name and password. Enter them again ${PROXY}.`,
  aborted: () => 'The request was interrupted. Try again.',
  other: () => 'The update server could not be reached. Try again later.',
}

function sentenceOf(error: unknown, folder: string): string {
  if (error instanceof UserFacingError || error instanceof StoreFailure) return error.message
  if (error instanceof UpdateFailure) return SENTENCES[error.problem](folder)
  return 'An internal error occurred. This version keeps running, and nothing is lost. The diagnostics contain the reason.'
}

function notStarted(wanted: string, running: string): string {
  return `Version ${wanted} did not start, or its installation was interrupted. Version ${running} is running again; nothing is lost.`
}

function notStartedToast(wanted: string, running: string): Toast {
  return aboutToast('not-updated', 'warning', notStarted(wanted, running))
}

function updatedToast(version: string): Toast {
  return aboutToast('updated', 'success', `Updated to version ${version}.`)
}

function availableToast(version: string): Toast {
  return aboutToast(`update-${version}`, 'information', `Version ${version} of this app is available.`)
}

function aboutToast(id: string, level: Toast['level'], text: string): Toast {
  return { id, level, text, place: { kind: 'about' }, fix: null }
}
