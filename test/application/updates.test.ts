// When the app looks for a newer version, and what each step and each failure comes to.
import { describe, expect, test } from 'vitest'
import {
  createEngineSupervisor,
  type EngineSession,
  type EngineSupervisor,
} from '#application/engine-supervisor.ts'
import { UserFacingError } from '#application/errors.ts'
import { createUpdates } from '#application/updates.ts'
import type { VaultAccess } from '#application/vault-access.ts'
import type { Toast } from '#contract/contract.ts'
import { type PreferenceValues, readPreferences } from '#desktop/preferences/preference-values.ts'
import type { Releases } from '#desktop/updates/download.ts'
import type { Installation } from '#desktop/updates/installation.ts'
import { type Release, UpdateFailure, type UpdateProblem } from '#desktop/updates/release-feed.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR

interface Given {
  readonly stored?: object
  readonly version?: string
  readonly upgrade?: Installation['upgrade']
  readonly feed?: null
  readonly supervisor?: Pick<EngineSupervisor, 'vault' | 'whileStopped'>
}

function stage(given: Given = {}) {
  const clock = new FakeClock()
  let values = readPreferences(given.stored ?? {})
  const happened: string[] = []
  const toasts: Toast[] = []
  const state = {
    offered: '0.2.0' as string | UpdateProblem,
    downloadFails: null as UpdateProblem | null,
    verifyFails: false,
    replaceFails: null as UpdateProblem | null,
    storeFails: false,
    refusal: null as Error | null,
    vault: {} as OpenVault | null,
    requests: 0,
  }
  const releases: Releases = {
    async newest() {
      state.requests += 1
      if (!/^\d/.test(state.offered)) throw new UpdateFailure(state.offered as UpdateProblem)
      return { version: state.offered, size: 200 } as Release
    },
    async download(_release, file, signal, progress) {
      happened.push(`download to ${file}`)
      progress(100)
      signal.throwIfAborted()
      if (state.downloadFails !== null) throw new UpdateFailure(state.downloadFails)
      progress(200)
    },
    async verify() {
      if (state.verifyFails) throw new UpdateFailure('differs')
      happened.push('verified')
    },
  }
  const installation: Installation = {
    target: { kind: 'appimage', arch: 'x64' },
    upgrade: given.upgrade ?? null,
    staged: '/apps/.staged',
    replace() {
      if (state.replaceFails !== null) throw new UpdateFailure(state.replaceFails)
      happened.push('replaced')
    },
    startAfterEnd: () => undefined,
    settle: (isAfterUpdate) => void happened.push(isAfterUpdate ? 'settled after an update' : 'settled'),
  }
  const updates = createUpdates({
    version: given.version ?? '0.1.0',
    installation,
    feed: given.feed === null ? null : { host: 'updates.example', releases },
    preferences: {
      values: () => values,
      set(patch: Partial<PreferenceValues>) {
        if (state.storeFails) return new Error('ENOSPC')
        values = readPreferences({ ...values, ...patch })
        return null
      },
    },
    supervisor: given.supervisor ?? {
      vault: () => state.vault,
      async whileStopped(task) {
        if (state.refusal !== null) throw state.refusal
        happened.push('stopped')
        const result = await task()
        happened.push('resumed')
        return result
      },
    },
    clock,
    random: () => 0.5,
    log: { info: () => undefined, warn: () => undefined },
    toast: (toast) => void toasts.push(toast),
    changed: () => undefined,
    restart: () => void happened.push('restart'),
  })
  const view = () => {
    const shown = updates.view()
    if (shown === null) throw new Error('There is an update server.')
    return shown
  }
  const found = async () => {
    await updates.check()
    return updates.download()
  }
  return { updates, clock, state, happened, toasts, view, found, values: () => values }
}

describe('the daily check', () => {
  test('begins minutes after the start, comes once a day with jitter, and says a new version once', async () => {
    const { updates, clock, state, toasts, view } = stage()
    updates.started()
    await clock.advance(60_000)
    expect(state.requests).toBe(0)
    await clock.advance(HOUR)
    expect(state.requests).toBe(1)
    expect(view()).toMatchObject({ step: 'available', version: '0.2.0' })
    await clock.advance(10 * DAY)
    expect(state.requests).toBeGreaterThanOrEqual(10)
    expect(state.requests).toBeLessThanOrEqual(12)
    expect(toasts.map(({ text }) => text)).toEqual(['Version 0.2.0 of this app is available.'])
  })

  test('is not repeated by each start, but for a version that was announced', async () => {
    const first = stage({ version: '0.2.0' })
    first.updates.started()
    await first.clock.advance(HOUR)
    expect(first.state.requests).toBe(1)
    const again = stage({ stored: first.values(), version: '0.2.0' })
    again.updates.started()
    await again.clock.advance(HOUR)
    expect(again.state.requests).toBe(0)
    await again.clock.advance(DAY)
    expect(again.state.requests).toBe(1)
    const behind = stage({ stored: { ...first.values(), newestRelease: '0.3.0' }, version: '0.2.0' })
    behind.updates.started()
    await behind.clock.advance(HOUR)
    expect(behind.state.requests).toBe(1)
  })

  test('asks nothing while it is switched off; a person still can', async () => {
    const { updates, clock, state } = stage({ stored: { checkForUpdates: false } })
    updates.started()
    await clock.advance(5 * DAY)
    expect(state.requests).toBe(0)
    await updates.check()
    expect(state.requests).toBe(1)
  })

  test('is tried again within hours when it failed, without a message over the window', async () => {
    const { updates, clock, state, toasts, view } = stage()
    state.offered = 'dns'
    updates.started()
    await clock.advance(HOUR)
    expect(view().problem).toMatch(/could not be resolved/)
    state.offered = '0.1.0'
    await clock.advance(6 * HOUR)
    expect(state.requests).toBe(2)
    expect(view()).toMatchObject({ step: 'newest', problem: null })
    expect(toasts).toEqual([])
  })

  test('does not exist without an update server', async () => {
    const { updates, clock, state } = stage({ feed: null })
    updates.started()
    await clock.advance(5 * DAY)
    expect(updates.view()).toBeNull()
    expect(state.requests).toBe(0)
    expect(clock.armed).toEqual([])
    await expect(updates.check()).rejects.toThrow('no update server')
  })
})

describe('a version', () => {
  test('that is the running one is the newest; an older one is refused', async () => {
    const { updates, state, view } = stage({ version: '0.2.0' })
    await updates.check()
    expect(view()).toMatchObject({ step: 'newest', version: null, problem: null })
    state.offered = '0.1.9'
    await updates.check()
    expect(view()).toMatchObject({ step: 'none', version: null })
    expect(view().problem).toMatch(/0\.1\.9, which is older than this one \(0\.2\.0\)/)
  })

  test('that is older than one that was announced before is refused, also after a restart', async () => {
    const { updates, state, values } = stage()
    state.offered = '0.4.0'
    await updates.check()
    const again = stage({ stored: values() })
    again.state.offered = '0.3.0'
    await again.updates.check()
    expect(again.view()).toMatchObject({ step: 'none', version: null })
    expect(again.view().problem).toMatch(/although it had version 0\.4\.0 before/)
    await expect(again.updates.download()).rejects.toThrow('Check for updates first')
  })

  test('of a package manager is only told', async () => {
    const { updates, happened, view } = stage({ upgrade: { command: 'sudo apt upgrade' } })
    await updates.check()
    expect(view()).toMatchObject({ step: 'available', upgrade: { command: 'sudo apt upgrade' } })
    await expect(updates.download()).rejects.toThrow('not updated by the app')
    expect(happened).toEqual([])
  })
})

describe('an installation', () => {
  test('takes place on a word, in the turn of starts and stops, proved once more', async () => {
    const { updates, happened, view, found, values } = stage()
    await found()
    expect(view()).toMatchObject({ step: 'downloaded', percent: 100 })
    expect(happened).toEqual(['download to /apps/.staged'])
    await updates.install()
    expect(happened.slice(1)).toEqual(['verified', 'stopped', 'replaced', 'resumed', 'restart'])
    expect(view().step).toBe('installed')
    expect(values().updatingTo).toBe('0.2.0')
    await updates.stop()
    expect(happened).not.toContain('settled')
  })

  test('needs no turn while no vault is open', async () => {
    const { updates, happened, state, found } = stage()
    state.vault = null
    await found()
    await updates.install()
    expect(happened.slice(1)).toEqual(['verified', 'replaced', 'restart'])
  })

  test('is refused while a token is unsaved, and can be asked for again', async () => {
    const { updates, happened, state, view, found, values } = stage()
    await found()
    state.refusal = new UserFacingError('busy', 'A renewed token could not be stored yet.')
    await updates.install()
    expect(view()).toMatchObject({ step: 'downloaded', problem: 'A renewed token could not be stored yet.' })
    expect(happened).not.toContain('replaced')
    expect(values().updatingTo).toBeNull()
    state.refusal = null
    await updates.install()
    expect(view().step).toBe('installed')
  })

  test('of a file that was changed meanwhile is refused, and the file is gone', async () => {
    const { updates, happened, state, view, found } = stage()
    await found()
    state.verifyFails = true
    await updates.install()
    expect(view()).toMatchObject({ step: 'available' })
    expect(view().problem).toMatch(/not the file that was released, so it was deleted/)
    expect(happened).not.toContain('replaced')
  })

  test.each([
    ['the disk', { replaceFails: 'disk-full' }, /disk is full: \/apps has no room/],
    ['the rights', { replaceFails: 'not-writable' }, /cannot be written to \/apps/],
    ['the settings', { storeFails: true }, /settings could not be written, so nothing was installed/],
  ] as const)('that fails for %s changes nothing and says what to do', async (_, failing, sentence) => {
    const { updates, happened, state, view, found, values } = stage()
    await found()
    Object.assign(state, failing)
    await updates.install()
    expect(view().step).toBe('downloaded')
    expect(view().problem).toMatch(sentence)
    expect(values().updatingTo).toBeNull()
    expect(happened).not.toContain('restart')
  })

  test('is not begun twice, nor a check or a download beside another step', async () => {
    const { updates, happened, state } = stage()
    await updates.check()
    await Promise.all([updates.download(), updates.download(), updates.check(), updates.install()])
    expect(state.requests).toBe(1)
    await Promise.all([updates.install(), updates.install()])
    expect(happened.filter((one) => one === 'replaced')).toHaveLength(1)
  })
})

describe('an installation over a running engine', () => {
  async function running(hasUnsaved: boolean) {
    const happened: string[] = []
    let endRefresh = () => {}
    const refresh = new Promise<void>((resolve) => {
      endRefresh = resolve
    })
    const supervisor = createEngineSupervisor({
      clock: new FakeClock(),
      vaultAccess: { view: () => ({ level: 'protected', sentence: '' }) } as VaultAccess,
      startSession: async () =>
        ({
          engine: { hasUnsaved: () => hasUnsaved, storeTrouble: () => 'The disk is full.', now: () => 0 },
          begin: () => undefined,
          stop: () => refresh,
          resume: async () => void happened.push('resumed'),
        }) as unknown as EngineSession,
      guard: { trouble: async () => null, choose: async () => undefined },
      seen: null,
      firstChanges: [],
      failed: () => undefined,
      changed: () => undefined,
    })
    const fleet = { serviceApps: new Map(), profiles: new Map(), managers: new Map() }
    await supervisor.start({
      load: async () => ({ fleet, lastAttempts: [], unreadable: [], openTokens: null }),
      renewalHold: { load: async () => null },
    } as unknown as OpenVault)
    const staged = stage({ supervisor })
    await staged.found()
    return { ...staged, endRefresh }
  }

  test('waits until the refresh that is in flight has ended and been stored', async () => {
    const { updates, happened, endRefresh, view, clock } = await running(false)
    const installed = updates.install()
    await clock.advance(HOUR)
    expect(view().step).toBe('installing')
    expect(happened).not.toContain('replaced')
    endRefresh()
    await installed
    expect(happened.slice(-2)).toEqual(['replaced', 'restart'])
  })

  test('is refused when that refresh leaves a pair that could not be stored', async () => {
    const { updates, happened, endRefresh, view, values } = await running(true)
    endRefresh()
    await updates.install()
    expect(view().problem).toBe('A renewed token could not be stored yet. The disk is full.')
    expect(happened).not.toContain('replaced')
    expect(values().updatingTo).toBeNull()
  })
})

describe('a download', () => {
  test('that fails says why and can be begun again', async () => {
    const { state, view, found, updates } = stage()
    state.downloadFails = 'differs'
    await found()
    expect(view()).toMatchObject({ step: 'available', version: '0.2.0' })
    expect(view().problem).toMatch(/not the file that was released, so it was deleted/)
    state.downloadFails = null
    await updates.download()
    expect(view()).toMatchObject({ step: 'downloaded', problem: null })
  })

  test('that was not installed is gone when the app ends', async () => {
    const { happened, updates, found } = stage()
    await found()
    await updates.stop()
    expect(happened.at(-1)).toBe('settled')
  })
})

describe('after an update', () => {
  test('the new version clears up and says which it is, once', () => {
    const { updates, happened, toasts, values, view } = stage({
      version: '0.2.0',
      stored: { updatingTo: '0.2.0' },
    })
    updates.started()
    expect(happened).toEqual(['settled after an update'])
    expect(toasts.map(({ text }) => text)).toEqual(['Updated to version 0.2.0.'])
    expect(values().updatingTo).toBeNull()
    expect(view().problem).toBeNull()
  })

  test('that did not start, the previous version says so', () => {
    const { updates, happened, toasts, values, view } = stage({ stored: { updatingTo: '0.2.0' } })
    updates.started()
    expect(happened).toEqual(['settled after an update'])
    expect(toasts.map(({ level }) => level)).toEqual(['warning'])
    expect(view().problem).toMatch(
      /^Version 0\.2\.0 did not start.* Version 0\.1\.0 is running again; nothing is lost\.$/,
    )
    expect(values().updatingTo).toBeNull()
  })
})

test('every problem has one sentence that says what it means or what to do', async () => {
  const problems: readonly UpdateProblem[] = [
    'dns',
    'refused',
    'reset',
    'timeout',
    'tls',
    'offline',
    'proxy',
    'proxy-login',
    'proxy-rejected',
    'aborted',
    'other',
    'redirected',
    'no-file',
    'not-a-feed',
    'no-package',
    'not-signed',
  ]
  const { updates, state, view } = stage()
  for (const problem of problems) {
    state.offered = problem
    await updates.check()
    expect(view().problem).toMatch(/^(The|Unexpected response|There is no network)\b.*\.$/)
    expect(view()).toMatchObject({ step: 'none', version: null })
  }
})
