import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Demo, startDemo } from '#bootstrap/demo-fleet.ts'
import type { Profile, TokenPair } from '#engine/domain/model.ts'

const START = Date.UTC(2026, 4, 18)
const DAY = 86_400_000
/** Seconds: what Webex gives. */
const FORTNIGHT = 1_209_599
const NINETY_DAYS = 7_775_999

let now = START
let demo: Demo | null = null

beforeEach(() => {
  now = START
})
afterEach(async () => {
  await demo?.close()
  demo = null
})

async function started(accessTtl: number): Promise<Demo> {
  demo = await startDemo(
    { blank: false, shared: null, accessTtl, ownFolder: true },
    {
      clock: { now: () => now, monotonic: () => now, after: () => () => undefined },
      delay: async () => undefined,
    },
  )
  return demo
}

const profilesOf = ({ changes }: Demo): readonly Profile[] =>
  changes.flatMap((change) => (change.kind === 'profile-saved' ? [change.profile] : []))

function pairsOf(it: Demo): readonly TokenPair[] {
  const managers = it.changes.flatMap((change) => (change.kind === 'manager-saved' ? [change.manager] : []))
  return [...managers, ...profilesOf(it)].flatMap(({ pair }) => pair ?? [])
}

/** Seconds. */
const livesOf = ({ issuedAt, expiresAt, refresh }: TokenPair) => [
  ((expiresAt ?? 0) - issuedAt) / 1000,
  ((refresh?.expiresAt ?? 0) - (refresh?.issuedAt ?? 0)) / 1000,
]

/** What the simulated Webex answers to tier 1 of that service app in that org. */
async function refreshed(it: Demo, name: string) {
  const profile = profilesOf(it).find((one) => one.name === name)
  if (profile === undefined) throw new Error(`The demo has no ${name}.`)
  const app = it.changes.flatMap((change) => (change.kind === 'service-app-saved' ? [change.serviceApp] : []))
  const { clientId, clientSecret } = app.find(({ id }) => id === profile.serviceAppId) ?? {}
  const answer = await fetch(`${it.baseUrl}/access_token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId ?? '',
      client_secret: clientSecret?.reveal() ?? '',
      refresh_token: profile.pair?.refresh?.token.reveal() ?? '',
    }),
  })
  return { status: answer.status, body: await answer.json() }
}

describe('the tokens of the demo', () => {
  test('live as long as Webex’s, 14 and 90 days, where they are to', async () => {
    const pairs = pairsOf(await started(FORTNIGHT))
    expect(pairs).toHaveLength(7)
    for (const pair of pairs) expect(livesOf(pair)).toEqual([FORTNIGHT, NINETY_DAYS])
  })

  test('keep that proportion in minutes', async () => {
    for (const pair of pairsOf(await started(240))) expect(livesOf(pair)).toEqual([240, 1548])
  })

  test('get their whole lives again with each refresh, so a demo left open goes on', async () => {
    const it = await started(FORTNIGHT)
    now += 7 * DAY
    expect(await refreshed(it, 'Queue dashboard')).toMatchObject({
      status: 200,
      body: { expires_in: FORTNIGHT, refresh_token_expires_in: NINETY_DAYS },
    })
  })
})

test('some of it is in trouble, each in its own way', async () => {
  const it = await started(240)
  expect(await refreshed(it, 'Orders data source (Globex)')).toMatchObject({ status: 400 })
  expect(await refreshed(it, 'Meeting reports (Globex)')).toMatchObject({ status: 400 })
  expect(await refreshed(it, 'Wallboard')).toMatchObject({ status: 401 })
  expect(profilesOf(it).flatMap(({ name, paused }) => (paused ? [name] : []))).toEqual([
    'Meeting reports (Acme Corp)',
  ])
})
