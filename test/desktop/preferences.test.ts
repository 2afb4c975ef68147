import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readViewState } from '#contract/view-state.ts'
import { firstLook, type PreferenceValues, readPreferences } from '#desktop/preferences/preference-values.ts'
import { openPreferences, preferencesOver } from '#desktop/preferences/preferences.ts'

const defaults = readPreferences({})
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'satm-preferences-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = () => path.join(folder, 'preferences.json')
const stored = (): unknown => JSON.parse(readFileSync(file(), 'utf8'))

describe('preferences', () => {
  test('are the defaults at first', () => {
    expect(openPreferences(folder).values()).toEqual(defaults)
    expect(defaults).toMatchObject({
      redirectPort: 3000,
      refreshAt: 0.5,
      clipboardClearSeconds: 30,
      theme: 'system',
    })
  })

  test('are there again after a restart', () => {
    const chosen = {
      theme: 'dark',
      redirectPort: 4000,
      window: { x: -5, y: 10, width: 901, height: 700, maximised: true },
    } as const
    expect(openPreferences(folder).set(chosen)).toBeNull()
    expect(openPreferences(folder).values()).toEqual({ ...defaults, ...chosen })
  })

  test('know where the window was left', () => {
    const viewState = readViewState({
      route: '#/history',
      list: { search: 'hooli', folded: ['service-app 1'] },
    })
    openPreferences(folder).set({ viewState })
    expect(openPreferences(folder).values().viewState).toEqual(viewState)
    expect(firstLook(folder).viewState.list.search).toBe('hooli')
    writeFileSync(file(), JSON.stringify({ theme: 'dark', viewState: 'nothing of it' }))
    expect(openPreferences(folder).values()).toEqual({ ...defaults, theme: 'dark' })
  })

  test('are for the person alone', () => {
    openPreferences(folder).set({ theme: 'dark' })
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  test('hold at once, and only what was set is written', () => {
    const preferences = openPreferences(folder)
    preferences.set({ startInTray: true })
    preferences.set({ theme: 'light', clipboardClearSeconds: 0 })
    expect(preferences.values()).toMatchObject({
      startInTray: true,
      theme: 'light',
      clipboardClearSeconds: 0,
    })
    expect(stored()).toEqual({ startInTray: true, theme: 'light', clipboardClearSeconds: 0 })
  })

  test('leave alone what a later version has written', () => {
    writeFileSync(file(), JSON.stringify({ fromTheFuture: { deep: [1] }, theme: 'dark' }))
    openPreferences(folder).set({ theme: 'light' })
    expect(stored()).toEqual({ fromTheFuture: { deep: [1] }, theme: 'light' })
  })
})

describe('one field that cannot be read falls back alone:', () => {
  test.each<[string, unknown, Partial<PreferenceValues>]>([
    ['a theme nobody knows', { theme: 'sepia' }, { theme: 'system' }],
    ['a port that is none', { redirectPort: 70_000 }, { redirectPort: 3000 }],
    ['a port as text', { redirectPort: '4000' }, { redirectPort: 3000 }],
    ['a number out of range', { refreshAt: 1 }, { refreshAt: 0.5 }],
    ['seconds too few to paste', { clipboardClearSeconds: 3 }, { clipboardClearSeconds: 30 }],
    ['half a window', { window: { x: 1, y: 1 } }, { window: null }],
    [
      'a window of no size',
      { window: { x: 1, y: 1, width: 0, height: 0, maximised: false } },
      { window: null },
    ],
    ['an empty address', { baseUrl: '' }, { baseUrl: defaults.baseUrl }],
  ])('%s', (_what, broken, expected) => {
    writeFileSync(file(), JSON.stringify({ startInTray: true, ...Object(broken) }))
    expect(openPreferences(folder).values()).toEqual({ ...defaults, startInTray: true, ...expected })
  })
})

describe('a file that is broken', () => {
  test.each([
    ['cut off', '{"theme": "dark", "redirectPort": 40'],
    ['empty', ''],
    ['something else', '<html>'],
    ['binary', '\0\0\0\0'],
  ])('(%s) is kept aside, and the app starts with defaults that can be changed', (_what, content) => {
    writeFileSync(file(), content)
    const preferences = openPreferences(folder)
    expect(preferences.values()).toEqual(defaults)
    expect(preferences.putAside?.to).toBe(`${file()}.broken-1`)
    expect(readFileSync(`${file()}.broken-1`, 'utf8')).toBe(content)
    expect(preferences.set({ theme: 'dark' })).toBeNull()
    expect(openPreferences(folder).values().theme).toBe('dark')
  })

  test.each([
    ['a list', '[1, 2]'],
    ['null', 'null'],
    ['a number', '7'],
  ])('(%s, though JSON) does not stop the app', (_what, content) => {
    writeFileSync(file(), content)
    const preferences = openPreferences(folder)
    expect(preferences.values()).toEqual(defaults)
    expect(preferences.set({ theme: 'dark' })).toBeNull()
    expect(openPreferences(folder).values().theme).toBe('dark')
  })

  test('does not push an earlier one away', () => {
    for (const content of ['first', 'second']) {
      writeFileSync(file(), content)
      openPreferences(folder)
    }
    expect(readFileSync(`${file()}.broken-1`, 'utf8')).toBe('first')
    expect(readFileSync(`${file()}.broken-2`, 'utf8')).toBe('second')
    expect(readdirSync(folder)).toHaveLength(2)
  })
})

describe('a file of a newer version', () => {
  const newer = '{ "version": 2,\t"theme": "dark", "baseUrl": "https://elsewhere.example/v2" }'

  test('is neither read nor changed, and what is set applies until the app ends', () => {
    writeFileSync(file(), newer)
    const preferences = openPreferences(folder)
    expect(preferences).toMatchObject({ isNewer: true, putAside: null })
    expect(preferences.values()).toEqual(defaults)
    expect(preferences.isSet('baseUrl')).toBe(false)
    expect(preferences.set({ theme: 'light' })?.message).toContain('newer version')
    expect(preferences.values().theme).toBe('light')
    expect(readFileSync(file(), 'utf8')).toBe(newer)
    expect(readdirSync(folder)).toEqual(['preferences.json'])
    expect(openPreferences(folder).values()).toEqual(defaults)
  })

  test('is not read for the first window either', () => {
    writeFileSync(file(), newer)
    expect(firstLook(folder)).toEqual(defaults)
  })

  test.each([1, 0, '2', null])('is not one that says version %j', (version) => {
    writeFileSync(file(), JSON.stringify({ version, theme: 'dark' }))
    const preferences = openPreferences(folder)
    expect([preferences.isNewer, preferences.values().theme]).toEqual([false, 'dark'])
    expect(preferences.set({ startInTray: true })).toBeNull()
    expect(stored()).toEqual({ version, theme: 'dark', startInTray: true })
  })
})

describe('where nothing can be read or written', () => {
  const denied = () => {
    throw new Error('EACCES: permission denied')
  }

  test('the values hold for this run, and the reason is told', () => {
    const preferences = preferencesOver({ file: '/x', open: denied, exists: () => false, rename: denied })
    expect(preferences.putAside).toMatchObject({ to: null, cause: { message: 'EACCES: permission denied' } })
    expect(preferences.set({ theme: 'dark' })).toBeInstanceOf(Error)
    expect(preferences.values().theme).toBe('dark')
  })

  test('a write that fails is reported, not thrown', () => {
    const preferences = preferencesOver({
      file: '/x',
      open: () => ({ store: {}, set: denied }),
      exists: () => false,
      rename: denied,
    })
    expect(preferences.set({ theme: 'dark' })?.message).toContain('EACCES')
    expect(preferences.values().theme).toBe('dark')
  })
})
