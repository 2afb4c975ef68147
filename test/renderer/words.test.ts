import { describe, expect, test } from 'vitest'
import { rawOrgId } from '#base/common/webex-id.ts'
import type { ShownCall } from '#contract/contract.ts'
import { hrefOf, routeOf } from '#renderer/app/route.ts'
import { remarksOn, type TypedServiceApp } from '#renderer/features/add-service-app/field-remarks.ts'
import { tierSteps } from '#renderer/features/shared/explain.ts'
import { relative } from '#renderer/features/shared/moments.ts'
import { orgWords } from '#renderer/features/shared/words.ts'
import { DAY, HOUR, MINUTE, orgIdOf, SECOND } from './fake-view.ts'

describe('moments in words', () => {
  test('what was and what will be', () => {
    expect(relative(0, 3 * HOUR)).toBe('3 h ago')
    expect(relative(2 * DAY, 0)).toBe('in 2 d')
    expect(relative(0, 26 * HOUR)).toBe('26 h ago')
    expect(relative(9 * MINUTE, 0)).toBe('in 9 min')
    expect(relative(0, 4 * SECOND)).toBe('just now')
  })
})

describe('the way of an attempt through the tiers', () => {
  const call = (tier: ShownCall['tier'], result: string, resultName = result): ShownCall => ({
    tier,
    result,
    resultName,
    startedAt: 0,
    duration: 1,
    status: 200,
    trackingId: null,
    detail: null,
  })

  test('is one line', () => {
    expect(tierSteps([call(1, 'grant-dead', 'invalid_grant'), call(2, 'ok')]).join(' ')).toBe(
      'Tier 1: invalid_grant → Tier 2 ✓',
    )
    expect(tierSteps([call(1, 'unchanged')])).toEqual(['Tier 1: unchanged'])
  })
})

describe('addresses', () => {
  test('lead to their screens and back', () => {
    const route = { screen: 'service-app', profileId: 'a/b c' } as const
    expect(routeOf(hrefOf(route))).toEqual(route)
    expect(routeOf('#/settings')).toEqual({ screen: 'settings' })
    expect(routeOf('')).toEqual({ screen: 'service-apps' })
    expect(routeOf('#/service-apps/%')).toEqual({ screen: 'service-app', profileId: '%' })
  })
})

describe('the name of an org', () => {
  test('an org is shown by its name, or by the id Control Hub shows', () => {
    expect(orgWords('Acme', orgIdOf(1))).toBe('Acme')
    expect(orgWords(null, orgIdOf(1))).toMatch(/^[0-9a-f]{8}-/)
    expect(orgWords(null, 'something else')).toBe('something else')
  })
})

describe('remarks on what is typed', () => {
  const CLIENT = `C${'ab12'.repeat(16)}`
  const idOf = (kind: string, id: string) => Buffer.from(`ciscospark://us/${kind}/${id}`).toString('base64')
  const empty: TypedServiceApp = {
    name: '',
    appId: '',
    clientId: '',
    clientSecret: '',
    targetOrgId: '',
    orgName: '',
    accessToken: '',
    refreshToken: '',
  }
  const known = { integrationClientIds: ['Cmanager'], profiles: [] }
  const on = (typed: Partial<TypedServiceApp>, things: Parameters<typeof remarksOn>[1] = known) =>
    remarksOn({ ...empty, ...typed }, things)

  test('nothing typed, nothing said', () => expect(on({})).toEqual({}))

  test.each([
    ['the integration’s client ID', { clientId: 'Cmanager' }, 'clientId', 'error', /integration's client ID/],
    ['the App ID as client ID', { clientId: idOf('APPLICATION', CLIENT) }, 'clientId', 'warning', /App ID/],
    ['an org ID as App ID', { appId: orgIdOf(1) }, 'appId', 'warning', /Target org ID/],
    [
      'an App ID of another client',
      { appId: idOf('APPLICATION', 'Cother'), clientId: CLIENT },
      'appId',
      'warning',
      /another client ID/,
    ],
    [
      'App ID and client ID that fit',
      { appId: idOf('APPLICATION', CLIENT), clientId: CLIENT },
      'appId',
      'good',
      /belong together/,
    ],
    [
      'the client ID as secret',
      { clientId: CLIENT, clientSecret: CLIENT },
      'clientSecret',
      'error',
      /client ID, not the secret/,
    ],
    ['an App ID as org', { targetOrgId: idOf('APPLICATION', CLIENT) }, 'targetOrgId', 'warning', /App ID/],
    ['a person as org', { targetOrgId: idOf('PEOPLE', 'someone') }, 'targetOrgId', 'warning', /person/],
    ['a placeholder', { clientSecret: 'YOUR_CLIENT_SECRET_HERE' }, 'clientSecret', 'error', /placeholder/],
    ['a space within', { clientId: 'C12 34' }, 'clientId', 'error', /space/],
    [
      'the same token twice',
      { accessToken: 'tok', refreshToken: 'tok' },
      'refreshToken',
      'error',
      /the same/,
    ],
    [
      'a token of another org',
      { accessToken: 'abc_P0A1_11111111-2222-3333-4444-555555555555', targetOrgId: orgIdOf(1) },
      'accessToken',
      'warning',
      /another org/,
    ],
  ] as const)('%s', (_, typed, field, level, words) => {
    const remark = on(typed)[field]
    expect(remark?.level).toBe(level)
    expect(remark?.sentence).toMatch(words)
  })

  test('a service app that is already here for this org is named', () => {
    const appId = idOf('APPLICATION', CLIENT)
    const things = { ...known, profiles: [{ name: 'Orders', appId, targetOrgId: orgIdOf(1) }] }
    const raw = rawOrgId(orgIdOf(1))
    const spellings = [
      orgIdOf(1),
      raw,
      raw.toUpperCase(),
      btoa(`ciscospark://eu/ORGANIZATION/${raw}`),
      btoa(raw),
    ]
    for (const targetOrgId of spellings)
      expect(on({ appId, targetOrgId }, things).targetOrgId?.sentence).toMatch(/Orders/)
    const padded = appId.endsWith('=') ? appId.replace(/=+$/, '') : `${appId}=`
    expect(on({ appId: padded, targetOrgId: raw }, things).targetOrgId?.sentence).toMatch(/Orders/)
    expect(on({ appId, targetOrgId: orgIdOf(2) }, things).targetOrgId?.level).toBe('good')
  })

  test.each(['xyz', 'Acme', '12345', 'b3JnLTE'])(
    '%s as an org ID gets a remark, and is no error',
    (targetOrgId) => {
      expect(on({ targetOrgId }).targetOrgId).toMatchObject({
        level: 'warning',
        sentence: expect.stringMatching(/does not look like a Webex org ID/),
      })
    },
  )
})
