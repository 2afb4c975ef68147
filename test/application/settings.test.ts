import { describe, expect, test } from 'vitest'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { UserFacingError } from '#application/errors.ts'
import { createSettings, type FixedCloud, fixedCloud } from '#application/settings.ts'
import { createSettingsChange } from '#application/settings-change.ts'
import { readPreferences } from '#desktop/preferences/preference-values.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'
import { makeWorld } from '../engine/support/world.ts'

/** Preferences in memory; `failure` is what a full disk would answer. */
function preferences(stored: Record<string, unknown> = {}, failure: Error | null = null): Preferences {
  let values = readPreferences(stored)
  return {
    values: () => values,
    isSet: (name) => stored[name] === values[name],
    set(patch) {
      values = readPreferences({ ...values, ...patch })
      return failure
    },
    reread: () => false,
    putAside: null,
    isNewer: false,
  }
}

/** `failure`: why it cannot be changed. */
function loginItem(failure?: string) {
  let isOn = false
  return {
    isOn: () => isOn,
    set(on: boolean) {
      if (failure !== undefined) throw new Error(failure)
      isOn = on
    },
  }
}

describe('the Webex cloud', () => {
  test('is the commercial one, and not foreign, unless set otherwise', () => {
    const settings = createSettings(preferences(), null, loginItem())
    expect(settings.baseUrl()).toBe('https://webexapis.com/v1')
    expect(settings.foreignCloud()).toBe(false)
  })

  test('of the environment holds for this run, is said to be foreign and cannot be changed', () => {
    const settings = createSettings(
      preferences(),
      { by: 'variable', baseUrl: 'http://127.0.0.1:9/v1' },
      loginItem(),
    )
    expect(settings.view()).toMatchObject({ baseUrl: 'http://127.0.0.1:9/v1', baseUrlLocked: true })
    expect(settings.foreignCloud()).toBe(true)
    expect(() => settings.save({ baseUrl: 'https://webexapis.com/v1' })).toThrow(
      expect.objectContaining({ field: 'baseUrl' }),
    )
  })

  test('is named with what it comes from, and a refusal names what fixes it', () => {
    const source = (stored: Record<string, unknown>, fixed: FixedCloud | null = null) =>
      createSettings(preferences(stored), fixed, loginItem()).cloudSource()
    const baseUrl = 'https://api-usgov.webex.com/v1'
    expect([
      source({}),
      source({ baseUrl }),
      source({ baseUrl: 'nonsense' }),
      source({ baseUrl: 7 }),
    ]).toEqual(['usual', 'setting', 'invalid-setting', 'usual'])
    for (const unread of [{ putAside: { to: null, cause: null } }, { isNewer: true }]) {
      const settings = createSettings({ ...preferences(), ...unread }, null, loginItem())
      expect(settings.cloudSource()).toBe('unreadable-file')
    }
    for (const [by, named] of [
      ['demo', /without --demo/],
      ['variable', /without SATM_WEBEX_BASE_URL/],
    ] as const) {
      expect(source({ baseUrl }, { by, baseUrl })).toBe(by)
      expect(() => createSettings(preferences(), { by, baseUrl }, loginItem()).save({ baseUrl })).toThrow(
        named,
      )
    }
  })

  test('with plain http to another machine is refused and the old one stays', () => {
    const settings = createSettings(preferences(), null, loginItem())
    expect(() => settings.save({ baseUrl: 'http://webexapis.com/v1' })).toThrow(
      expect.objectContaining({ field: 'baseUrl' }),
    )
    expect(settings.baseUrl()).toBe('https://webexapis.com/v1')
  })

  test('that was tampered with in the file is sent nothing, and no other cloud takes its place', () => {
    const settings = createSettings(preferences({ baseUrl: 'http://evil.example/v1' }), null, loginItem())
    expect(new URL(settings.baseUrl()).hostname).toMatch(/\.invalid$/)
  })

  test('of an environment variable that does not pass stops the start in words', () => {
    expect(fixedCloud(null, null)).toBeNull()
    expect(() => fixedCloud(null, 'http://webex.example')).toThrow(/SATM_WEBEX_BASE_URL .*https/)
  })
})

test('a setting that cannot be written says so and holds for this run', () => {
  const settings = createSettings(preferences({}, new Error('no space left')), null, loginItem())
  expect(() => settings.save({ redirectPort: 4000 })).toThrow(/no space left/)
  expect(settings.view().redirectUri).toBe('http://localhost:4000/callback')
})

test('what was not given in a patch stays', () => {
  const settings = createSettings(preferences({ redirectPort: 4000, theme: 'dark' }), null, loginItem())
  settings.save({ theme: 'light' })
  expect(settings.view()).toMatchObject({ redirectPort: 4000, theme: 'light' })
})

/** `refuses`: the guard allows no other cloud. */
function stage(
  options: { readonly refuses?: boolean; readonly full?: boolean; readonly fixedAtLogin?: string } = {},
) {
  const settings = createSettings(
    preferences({}, options.full === true ? new Error('disk full') : null),
    null,
    loginItem(options.fixedAtLogin),
  )
  const { engine } = makeWorld()
  const happened: string[] = []
  const change = createSettingsChange({
    settings,
    guard: {
      async allow() {
        happened.push('allow')
        if (options.refuses === true) throw new UserFacingError('refused', 'They belong elsewhere.')
      },
      follow: async () => void happened.push('follow'),
    },
    supervisor: {
      current: () =>
        ({
          engine: { ...engine, configure: () => void happened.push('configure') },
        }) as unknown as EngineSession,
      vault: () => null,
      async changeCloud(change) {
        await change().finally(() => happened.push('start if held'))
      },
    },
    applyTheme: (theme) => void happened.push(`theme ${theme}`),
    changed: () => void happened.push('changed'),
  })
  return { change, settings, happened }
}

describe('a change', async () => {
  test('reaches the desktop and the engine', async () => {
    const { change, settings, happened } = stage()
    await change.save({ theme: 'dark', startAtLogin: true })
    expect(settings.view()).toMatchObject({ theme: 'dark', startAtLogin: true })
    expect(happened).toEqual(['theme dark', 'configure', 'changed'])
  })

  test('of the start at login that the system refuses is reported, and sets nothing', async () => {
    const { change, settings } = stage({ fixedAtLogin: 'autostart/x.desktop cannot be written (EACCES).' })
    await expect(change.save({ theme: 'dark', startAtLogin: true })).rejects.toThrow(
      'Start at login could not be turned on. autostart/x.desktop cannot be written (EACCES).',
    )
    expect(settings.view()).toMatchObject({ theme: 'system', startAtLogin: false })
    expect(settings.values().startAtLogin).toBe(false)
  })

  test('to another cloud is allowed first; then an empty vault follows it, and what was held may start', async () => {
    const { change, happened } = stage()
    await change.save({ baseUrl: 'https://api-usgov.webex.com/v1' })
    expect(happened[0]).toBe('allow')
    expect(happened.slice(-3)).toEqual(['changed', 'follow', 'start if held'])
  })

  test('to a cloud that is refused changes nothing', async () => {
    const { change, settings, happened } = stage({ refuses: true })
    const before = settings.baseUrl()
    await expect(change.save({ baseUrl: 'https://other.example/v1' })).rejects.toThrow(
      'They belong elsewhere.',
    )
    expect([settings.baseUrl(), happened]).toEqual([before, ['allow', 'start if held']])
  })

  test('that could not be written is reported, and holds for this run all the same', async () => {
    const { change, settings, happened } = stage({ full: true })
    await expect(change.save({ theme: 'dark' })).rejects.toThrow(
      /applies until you quit the app, but could not be saved/,
    )
    expect([settings.values().theme, happened.at(-1)]).toEqual(['dark', 'changed'])
  })
})
