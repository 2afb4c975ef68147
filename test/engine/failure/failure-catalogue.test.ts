import { describe, expect, test } from 'vitest'
import type { Failure } from '#engine/failure/failure.ts'
import {
  consequenceOf,
  fixOf,
  incidentKindOf,
  needsPerson,
  ownerOf,
  resultInfo,
  sentenceOf,
} from '#engine/failure/failure-catalogue.ts'

const observed = { tier: 2, status: 403, detail: null, trackingId: null } as const
const orders = { kind: 'profile', id: 'p1', name: 'Orders', orgName: 'Acme', customers: 1 } as const
const acme = { name: 'Orders', orgs: 'Acme', customers: 1, hadToken: true }
const integration = { kind: 'manager', name: 'Integration' } as const

describe('a kind of failure', () => {
  test('has its consequence, sentence, fix and incident in one entry', () => {
    const failure: Failure = { ...observed, kind: 'not-authorised' }
    expect(consequenceOf(failure)).toEqual({
      next: 'other-tiers',
      again: 'needs-attention',
      isRefusal: true,
      grantDead: false,
      stops: 'tier-2',
    })
    expect(needsPerson(failure)).toBe(true)
    expect(sentenceOf(failure, orders)).toMatch(
      /^Webex issues no token for Acme. Ask a full admin of that org/,
    )
    expect(sentenceOf(failure, { ...orders, orgName: null, customers: 30 })).toMatch(
      /^Webex issues no token for these 30 orgs. Ask a full admin of each org/,
    )
    expect(fixOf(failure, orders)).toEqual({ kind: 'authorise-in-control-hub', profileId: 'p1' })
    const { title, ...kind } = incidentKindOf(failure)
    expect(kind).toEqual({
      key: 'not-authorised',
      countedBy: 'service-app',
      level: 'warning',
      isPassing: false,
    })
    expect(title(acme)).toBe('“Orders” is no longer authorized in Acme')
    expect(title({ ...acme, hadToken: false })).toBe('“Orders” is not authorized in Acme')
    expect(ownerOf(failure)).toBe('customer-admin')
  })

  test('names the org of a profile only where it has a name', () => {
    const failure: Failure = { ...observed, kind: 'token-limit' }
    expect(sentenceOf(failure, orders)).toContain('in Acme.')
    expect(sentenceOf(failure, { ...orders, orgName: null })).toContain('in the org of “Orders”.')
  })

  test('keeps the direction of names to themselves, in sentences and titles', () => {
    const failure: Failure = { ...observed, kind: 'token-limit' }
    const hebrew = { ...orders, name: 'הזמנות', orgName: 'חברה' }
    expect(sentenceOf(failure, hebrew)).toMatch(/“\u2068הזמנות\u2069”: .* in \u2068חברה\u2069\. /)
    expect(sentenceOf(failure, { ...hebrew, name: '\u202eOrders' })).toContain('“\\u{202e}Orders”')
    expect(sentenceOf({ ...observed, kind: 'nothing-to-try' }, hebrew)).toContain('“\u2068הזמנות\u2069”')
  })

  test('has a fix for the token manager that met it only where a person can do something there', () => {
    const of = (failure: Failure) => fixOf(failure, integration)
    expect(of({ ...observed, kind: 'unclear' })).toBeNull()
    expect(of({ ...observed, kind: 'transient', reason: 'server' })).toBeNull()
    expect(of({ ...observed, kind: 'transient', reason: 'dns' })).toEqual({ kind: 'check-network' })
    expect(of({ ...observed, kind: 'store', reason: 'locked' })).toEqual({ kind: 'check-storage' })
    expect(of({ ...observed, kind: 'manager-grant-dead', managerId: 'm1' })).toEqual({
      kind: 'connect-integration',
      managerId: 'm1',
    })
  })

  test('differs by its data where that matters', () => {
    const incident = (field: 'appId' | 'targetOrgId') =>
      incidentKindOf({ ...observed, kind: 'wrong-field', field })
    expect(incident('appId')).toMatchObject({ key: 'wrong-field', countedBy: 'service-app' })
    expect(incident('targetOrgId')).toMatchObject({ key: 'wrong-org', countedBy: 'service-app' })
  })
})

test('the result of a call has short words and somebody who can fix it; an unknown one has neither', () => {
  expect(resultInfo('grant-dead')).toMatchObject({ shortName: 'invalid_grant' })
  expect(resultInfo('not-authorised')?.owner).toMatch(/full admin/)
  expect(resultInfo('ok')).toBeNull()
  expect(resultInfo('something-new')).toBeNull()
  expect(resultInfo('toString')).toBeNull()
})
