import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultSettings, engineSettings, HOUR, soundSettings } from '#engine/domain/policy.ts'
import {
  ENDPOINT_SETTINGS,
  POLICY_SETTINGS,
  readSettings,
  SETTINGS,
  type Setting,
  settingProblem,
} from '#engine/domain/settings.ts'

const all: Readonly<Record<string, Setting>> = { ...SETTINGS, ...ENDPOINT_SETTINGS }
const ranges = Object.entries(all).flatMap(([name, setting]) =>
  'choices' in setting ? [] : [{ name, ...setting }],
)
const choices = Object.entries(all).flatMap(([name, setting]) =>
  'choices' in setting ? [{ name, ...setting }] : [],
)

describe('a number takes', () => {
  test.each(ranges)('$name: its default, both bounds, what the window offers, nothing beyond', (setting) => {
    const { least, most, off } = setting
    for (const value of [setting.default, least, most, ...(setting.offered ?? []), off ?? least]) {
      expect(settingProblem(setting, value)).toBeNull()
    }
    const beyond = [least - 0.01, least - 1, most + 0.01, most + 1].filter((value) => value !== off)
    for (const value of [...beyond, Number.NaN, Infinity, -Infinity, String(least), null, [least], 1n]) {
      expect(settingProblem(setting, value)).toMatch(/^Enter .*\.$/)
    }
  })

  test.each(ranges)('$name: a fraction only where it is no whole number', (setting) => {
    const middle = (setting.least + setting.most) / 2 + 0.001
    expect(settingProblem(setting, middle) === null).toBe(!setting.whole)
  })

  test.each([
    [SETTINGS.attemptsAtOnce, 'Enter a whole number from 1 to 64.'],
    [SETTINGS.clipboardClearSeconds, 'Enter 0 or a whole number from 10 to 120.'],
    [SETTINGS.refreshAt, 'Enter a number from 0.3 to 0.9.'],
    [ENDPOINT_SETTINGS.endpointPort, 'Enter a whole number from 1 to 65535.'],
  ])('what it says: %#', (setting, sentence) => {
    expect(settingProblem(setting, 70_000)).toBe(sentence)
  })
})

test.each(choices)('$name takes each of its choices, of their own type, and nothing else', (setting) => {
  expect(settingProblem(setting, setting.default)).toBeNull()
  for (const value of setting.choices) expect(settingProblem(setting, value)).toBeNull()
  for (const value of [...setting.choices.map((choice) => `${choice} `), 7, '', null, undefined, ['all']]) {
    expect(settingProblem(setting, value)).toMatch(/^Choose one of these: /)
  }
})

describe('settings are read', () => {
  const defaults = readSettings(all, {})

  test('as their defaults where nothing is stored', () => {
    expect(defaults).toEqual(
      Object.fromEntries(Object.entries(all).map(([name, one]) => [name, one.default])),
    )
  })

  test('each by itself: one that cannot be set leaves the others alone', () => {
    const value = fc.oneof(fc.anything(), fc.double(), fc.integer({ min: -1, max: 130 }), fc.boolean())
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(all)), value, (name, stored) => {
        const setting = all[name]
        const taken = setting !== undefined && settingProblem(setting, stored) === null
        expect(readSettings(all, { [name]: stored })).toEqual(
          taken ? { ...defaults, [name]: stored } : defaults,
        )
      }),
      { numRuns: 2_000 },
    )
  })

  test('without what is stored beside them', () => {
    expect(readSettings(ENDPOINT_SETTINGS, { endpointPort: 7000, theme: 'dark', window: null })).toEqual({
      endpointOn: false,
      endpointPort: 7000,
    })
  })
})

describe('the engine', () => {
  test('takes its defaults and every value that can be set as they are', () => {
    expect(defaultSettings).toEqual(engineSettings(readSettings(POLICY_SETTINGS, {})))
    for (const bound of ['default', 'least', 'most'] as const) {
      const values = Object.entries(POLICY_SETTINGS).map(([name, setting]) => [
        name,
        'choices' in setting ? bound !== 'default' : setting[bound],
      ])
      const settings = engineSettings(readSettings(POLICY_SETTINGS, Object.fromEntries(values)))
      expect(settings.monthlyDrill).toBe(bound !== 'default')
      expect(soundSettings(settings)).toEqual(settings)
      expect(settings.expiryWarning).toBe(POLICY_SETTINGS.alertHoursBeforeExpiry[bound] * HOUR)
    }
  })

  test.each([
    ['least', -1],
    ['least', Number.NaN],
    ['most', 1e12],
    ['most', Infinity],
  ] as const)('works with the %s of each range when it is given %d', (bound, value) => {
    const given = {
      refreshAt: value,
      concurrency: value,
      requestsPerSecond: value,
      failedAttemptsBeforeAlert: value,
      expiryWarning: value,
      monthlyDrill: true,
    }
    const { refreshAt, attemptsAtOnce, requestsPerSecond, alertAfterFailures, alertHoursBeforeExpiry } =
      POLICY_SETTINGS
    expect(soundSettings(given)).toEqual({
      refreshAt: refreshAt[bound],
      concurrency: attemptsAtOnce[bound],
      requestsPerSecond: requestsPerSecond[bound],
      failedAttemptsBeforeAlert: alertAfterFailures[bound],
      expiryWarning: alertHoursBeforeExpiry[bound] * HOUR,
      monthlyDrill: true,
    })
  })
})
