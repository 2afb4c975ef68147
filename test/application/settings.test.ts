import { describe, expect, test } from 'vitest'
import { createSettings, type FixedCloud, fixedCloud } from '#application/settings.ts'
import { readPreferences } from '#desktop/preferences/preference-values.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'

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
    putAside: null,
  }
}

describe('the Webex cloud', () => {
  test('is the commercial one, and not foreign, unless set otherwise', () => {
    const settings = createSettings(preferences(), null)
    expect(settings.baseUrl()).toBe('https://webexapis.com/v1')
    expect(settings.foreignCloud()).toBe(false)
  })

  test('of the environment holds for this run, is said to be foreign and cannot be changed', () => {
    const settings = createSettings(preferences(), { by: 'variable', baseUrl: 'http://127.0.0.1:9/v1' })
    expect(settings.view()).toMatchObject({ baseUrl: 'http://127.0.0.1:9/v1', baseUrlLocked: true })
    expect(settings.foreignCloud()).toBe(true)
    expect(() => settings.save({ baseUrl: 'https://webexapis.com/v1' })).toThrow(
      expect.objectContaining({ field: 'baseUrl' }),
    )
  })

  test('is named with what it comes from, and a refusal names what fixes it', () => {
    const source = (stored: Record<string, unknown>, fixed: FixedCloud | null = null) =>
      createSettings(preferences(stored), fixed).cloudSource()
    const baseUrl = 'https://api-usgov.webex.com/v1'
    expect([
      source({}),
      source({ baseUrl }),
      source({ baseUrl: 'nonsense' }),
      source({ baseUrl: 7 }),
    ]).toEqual(['usual', 'setting', 'invalid-setting', 'usual'])
    const unreadable = { ...preferences(), putAside: { to: null, cause: null } }
    expect(createSettings(unreadable, null).cloudSource()).toBe('unreadable-file')
    for (const [by, named] of [
      ['demo', /without --demo/],
      ['variable', /without SATM_WEBEX_BASE_URL/],
    ] as const) {
      expect(source({ baseUrl }, { by, baseUrl })).toBe(by)
      expect(() => createSettings(preferences(), { by, baseUrl }).save({ baseUrl })).toThrow(named)
    }
  })

  test('with plain http to another machine is refused and the old one stays', () => {
    const settings = createSettings(preferences(), null)
    expect(() => settings.save({ baseUrl: 'http://webexapis.com/v1' })).toThrow(
      expect.objectContaining({ field: 'baseUrl' }),
    )
    expect(settings.baseUrl()).toBe('https://webexapis.com/v1')
  })

  test('that was tampered with in the file is sent nothing, and no other cloud takes its place', () => {
    const settings = createSettings(preferences({ baseUrl: 'http://evil.example/v1' }), null)
    expect(new URL(settings.baseUrl()).hostname).toMatch(/\.invalid$/)
  })

  test('of an environment variable that does not pass stops the start in words', () => {
    expect(fixedCloud(null, null)).toBeNull()
    expect(() => fixedCloud(null, 'http://webex.example')).toThrow(/SATM_WEBEX_BASE_URL .*https/)
  })
})

test('a setting that cannot be written says so and holds for this run', () => {
  const settings = createSettings(preferences({}, new Error('no space left')), null)
  expect(() => settings.save({ redirectPort: 4000 })).toThrow(/no space left/)
  expect(settings.view().redirectUri).toBe('http://localhost:4000/callback')
})

test('what was not given in a patch stays', () => {
  const settings = createSettings(preferences({ redirectPort: 4000, theme: 'dark' }), null)
  settings.save({ theme: 'light' })
  expect(settings.view()).toMatchObject({ redirectPort: 4000, theme: 'light' })
})
