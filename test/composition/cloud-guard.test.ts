import { expect, test } from 'vitest'
import { createCloudGuard } from '../../src/main/composition/cloud-guard.ts'
import { readPreferences } from '../../src/main/desktop/preference-values.ts'
import type { Fleet, Profile } from '../../src/main/engine/model.ts'

const WEBEX = 'https://webexapis.com/v1'
const GOVERNMENT = 'https://api-usgov.webex.com/v1'
const SIMULATED = 'http://127.0.0.1:4000/v1'
const OTHER_SIMULATED = 'http://127.0.0.1:5000/v1'

const empty: Fleet = { serviceApps: new Map(), profiles: new Map(), managers: new Map() }
const used: Fleet = { ...empty, profiles: new Map([['p', { id: 'p' } as Profile]]) }

/** A guard over one preferences file, for runs that are set to different clouds one after another. */
function runs() {
  let values = readPreferences({})
  const preferences = {
    values: () => values,
    set(patch: object) {
      values = readPreferences({ ...values, ...patch })
      return null
    },
    putAside: null,
  }
  return (cloud: string) => createCloudGuard({ preferences, baseUrl: () => cloud })
}

test('a fleet of one cloud is not started against another', () => {
  const run = runs()
  expect(run(WEBEX).trouble(used)).toBeNull()
  expect(run(SIMULATED).trouble(used)).toContain(WEBEX)
  expect(run(GOVERNMENT).trouble(used)).toContain(GOVERNMENT)
  expect(run(WEBEX).trouble(used)).toBeNull()
})

test('what was noted while the folder was empty holds for what came into it', () => {
  const run = runs()
  run(GOVERNMENT).trouble(empty)
  expect(run(WEBEX).trouble(used)).not.toBeNull()
})

test('simulated clouds may differ by their port', () => {
  const run = runs()
  run(SIMULATED).trouble(used)
  expect(run(OTHER_SIMULATED).trouble(used)).toBeNull()
  expect(run(WEBEX).trouble(used)).not.toBeNull()
})

test('the setting may be changed only in an empty folder', () => {
  const run = runs()
  expect(() => run(WEBEX).allow(GOVERNMENT, used)).toThrow(expect.objectContaining({ field: 'baseUrl' }))
  expect(() => run(WEBEX).allow(GOVERNMENT, null)).toThrow(expect.objectContaining({ field: 'baseUrl' }))
  expect(() => run(WEBEX).allow(WEBEX, used)).not.toThrow()
  run(WEBEX).allow(GOVERNMENT, empty)
  expect(run(GOVERNMENT).trouble(used)).toBeNull()
})
