import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { firstLook } from '#desktop/preferences/preference-values.ts'
import { openPreferences } from '#desktop/preferences/preferences.ts'

const usual = { theme: 'system', startInTray: false, window: null }
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'first-look-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const keep = (text: string) => writeFileSync(path.join(folder, 'preferences.json'), text)

describe('the first look at the preferences', () => {
  test('sees what they hold', () => {
    const window = { x: -20, y: 40, width: 1200, height: 800, maximised: true }
    keep(JSON.stringify({ theme: 'dark', startInTray: true, window, endpointPort: 7000 }))
    expect(firstLook(folder)).toMatchObject({ theme: 'dark', startInTray: true, window, endpointPort: 7000 })
  })

  test('takes the usual where there is no file', () => {
    expect(firstLook(folder)).toMatchObject(usual)
  })

  test.each(['', '{"theme": "dark"', 'null', '[]', '7'])(
    'takes the usual of a file that holds %o',
    (text) => {
      keep(text)
      expect(firstLook(folder)).toMatchObject(usual)
    },
  )

  test('understands whatever is stored as the preferences themselves do', () => {
    const number = fc.oneof(fc.integer({ min: -100_001, max: 100_001 }), fc.double(), fc.string())
    const place = fc.record(
      {
        x: number,
        y: number,
        width: number,
        height: number,
        maximised: fc.oneof(fc.boolean(), fc.anything()),
      },
      { requiredKeys: ['x', 'y', 'width', 'height'] },
    )
    const stored = fc.record(
      {
        theme: fc.oneof(fc.constantFrom('system', 'light', 'dark', 'contrast'), fc.anything()),
        startInTray: fc.oneof(fc.boolean(), fc.anything()),
        window: fc.oneof(place, fc.anything()),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(stored, fc.jsonValue()), (value) => {
        keep(JSON.stringify(value, withoutBigInt))
        const seen = firstLook(folder)
        expect(openPreferences(folder).values()).toEqual(seen)
      }),
      { numRuns: 300 },
    )
  })
})

const withoutBigInt = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
