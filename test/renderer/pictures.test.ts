import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProfileView, ShownAttempt } from '#contract/contract.ts'
import { stripOf } from '#renderer/features/history/days.ts'
import {
  fittingZoom,
  layOut,
  type TimelineLayout,
  zooms,
} from '#renderer/features/service-app/timeline-layout.ts'
import { dateFieldOf } from '#renderer/features/shared/axis.ts'
import { adminEmail, adminEmails } from '#renderer/features/shared/explain.ts'
import { attempts, DAY, HOUR, inState, integration, MINUTE, NOW, profile, SECOND, view } from './fake-view.ts'
import { asked, windows } from './window.ts'

const { open } = windows()
const orders = profile({ id: 'p1', name: 'Orders', orgName: 'Acme' })

describe('the timeline', () => {
  const tokenOf = (lifetime: number) =>
    profile({
      id: 'p1',
      accessToken: { fingerprint: '0', issuedAt: NOW, expiresAt: NOW + lifetime, origin: 'pasted' },
    })

  test('begins at a zoom that holds two lifetimes', () => {
    expect(fittingZoom(tokenOf(20 * SECOND))).toBe(10 * MINUTE)
    expect(fittingZoom(tokenOf(12 * HOUR))).toBe(DAY)
    expect(fittingZoom(tokenOf(14 * DAY))).toBe(30 * DAY)
    expect(fittingZoom(tokenOf(365 * DAY))).toBe(365 * DAY)
  })

  const wide = { now: NOW, length: 30 * DAY, width: 900 }
  const marksOf = ({ renewals, failures }: TimelineLayout) => [...renewals, ...failures]

  test('shows only what is in sight, the planned refresh right of now', () => {
    const layout = layOut(orders, attempts(100, DAY), wide)
    const shown = marksOf(layout).flatMap((mark) => mark.attempts)
    expect(shown.length).toBeGreaterThan(15)
    expect(marksOf(layout).every(({ x }) => x >= 0 && x <= layout.now)).toBe(true)
    expect(layout.planned ?? 0).toBeGreaterThan(layout.now)
    const far = layOut(orders, [], { ...wide, length: 90 * DAY })
    expect(far.expiry ?? 0).toBeGreaterThan(far.now)
  })

  test('draws no bar for a dead refresh token', () => {
    const dead = { ...orders, refreshToken: { issuedAt: 0, expiresAt: NOW + DAY, dead: true } }
    expect(layOut(dead, [], { ...wide, length: DAY }).refreshToken).toBeNull()
  })

  test('has "now" where most is to be seen: what is to come after an empty past, what was before an empty future', () => {
    const empty = layOut(orders, [], wide)
    expect(empty.now).toBeLessThan(0.3 * wide.width)
    expect(empty.planned).not.toBeNull()
    expect(empty.expiry).not.toBeNull()
    const expired = { ...inState('expired', orders), refreshToken: null }
    expect(layOut(expired, attempts(20, DAY), wide).now).toBeGreaterThan(0.8 * wide.width)
    const both = layOut(orders, attempts(14, DAY), wide)
    expect(both.now / wide.width).toBeGreaterThan(0.4)
    expect(both.now / wide.width).toBeLessThan(0.7)
  })

  test('hides no attempt: over any history, zoom and width no two marks of a lane overlap or leave the picture', () => {
    const [sample] = attempts(1)
    const anyAttempt = fc.record({
      ago: fc.oneof(fc.integer({ min: 0, max: 400 * DAY }), fc.integer({ min: 0, max: HOUR })),
      outcome: fc.constantFrom('renewed', 'unchanged', 'failed'),
    })
    fc.assert(
      fc.property(
        fc.array(anyAttempt, { maxLength: 300 }),
        fc.constantFrom(...zooms.map(([length]) => length)),
        fc.integer({ min: 240, max: 2600 }),
        (given, length, width) => {
          const history = given.map(({ ago, outcome }, i) => ({
            ...(sample as ShownAttempt),
            id: `${i}`,
            outcome,
            endedAt: NOW - ago,
          }))
          const layout = layOut(orders, history, { now: NOW, length, width })
          const inSight = history.filter(({ endedAt }) => endedAt >= layout.span.from)
          const drawn = marksOf(layout).flatMap((mark) => mark.attempts.map(({ id }) => id))
          expect(drawn.toSorted()).toEqual(inSight.map(({ id }) => id).toSorted())
          for (const lane of [layout.renewals, layout.failures]) {
            for (const [i, mark] of lane.entries()) {
              expect(mark.x - mark.width / 2).toBeGreaterThanOrEqual(-0.001)
              expect(mark.x + mark.width / 2).toBeLessThanOrEqual(width + 0.001)
              const next = lane[i + 1]
              if (next === undefined) continue
              expect(next.x - next.width / 2).toBeGreaterThanOrEqual(mark.x + mark.width / 2 - 0.001)
            }
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('has ticks at even places of the calendar, as many as there is room for', () => {
    for (const [length] of zooms) {
      for (const width of [300, 700, 1400]) {
        const { ticks, step } = layOut(orders, attempts(30, DAY), { now: NOW, length, width })
        expect(ticks.length, `${length} ${width}`).toBeGreaterThan(0)
        expect(ticks.length).toBeLessThanOrEqual(Math.max(2, Math.floor(width / 76)) + 1)
        for (const [i, { when, x }] of ticks.entries()) {
          const next = ticks[i + 1]
          if (next === undefined) continue
          expect(next.x - x).toBeGreaterThan(60)
          expect((next.when - when) / step).toBeGreaterThan(0.9)
          expect((next.when - when) / step).toBeLessThan(1.1)
        }
      }
    }
  })
})

describe('days of the strip chart', () => {
  const today = new Date(NOW).setHours(0, 0, 0, 0)
  const day = (before: number, failed: number) => ({
    day: dateFieldOf(today - before * DAY),
    renewed: 1,
    unchanged: 0,
    failed,
  })
  const all = { from: null, to: null }

  test('count by outcome, with the empty ones between', () => {
    const { days, counts } = stripOf([day(2, 3), day(0, 0)], { from: today - 2 * DAY, to: null }, NOW)
    expect(days.map(({ total }) => total)).toEqual([4, 0, 1])
    expect(counts).toEqual({ renewed: 2, unchanged: 0, failed: 3 })
  })

  test('are thirty at least, and as many as there are attempts for', () => {
    expect(stripOf([day(2, 0)], all, NOW).days).toHaveLength(30)
    expect(stripOf([day(50, 0)], all, NOW).days).toHaveLength(51)
  })

  test('become weeks where there are too many to be told apart', () => {
    const { columns, total } = stripOf([day(364, 1), day(0, 0)], all, NOW)
    expect(columns).toHaveLength(53)
    expect(columns.at(-1)?.days).toBe(7)
    expect(columns.reduce((sum, column) => sum + column.total, 0)).toBe(total)
  })
})

describe('the strip chart', () => {
  test('says in words what it shows, and has a table behind it', async () => {
    const page = await open({
      view: view({ fleet: { managers: [integration()], profiles: [orders] } }),
      hash: '#/history',
      attempts: attempts(12, DAY),
    })
    await page.getByRole('img', { name: /^Each day: 12 attempts in the last 30 days, 2 failed/ }).waitFor()
    await page.getByText('As a table').click()
    await expect.poll(() => page.getByRole('row', { name: 'May 17 0 0 1' }).count()).toBe(1)
  })
})

describe('an e-mail to an admin', () => {
  const email = (over: Partial<ProfileView> = {}) => adminEmail({ ...orders, ...over }, NOW)
  const tokenUntil = (expiresAt: number | null) => ({
    accessToken: { fingerprint: '0', issuedAt: NOW - DAY, expiresAt, origin: 'pasted' as const },
  })

  test('names customer and recipient first, and says until when the token works', () => {
    expect(email(tokenUntil(NOW + 13 * DAY))).toMatch(
      /^To: a full administrator of Acme\nSubject: Acme: please authorize the service app "Orders"/,
    )
    expect(email(tokenUntil(NOW + 13 * DAY))).toContain(
      'The last access token works until May 31, 2026 at 09:30 UTC. Please authorize the app before then',
    )
    expect(email(tokenUntil(NOW - HOUR))).toContain(
      'The last access token ended on May 18, 2026 at 08:30 UTC',
    )
    expect(email(tokenUntil(null))).not.toMatch(/access token (works|ended)/)
    expect(email({ orgName: null })).toMatch(/^To: a full administrator of organization \S+\nSubject: please/)
  })

  test('several can be told apart: each is headed by its number and customer; one alone has no heading', () => {
    const other = profile({ id: 'p2', name: 'Orders', orgName: 'Globex' })
    expect(adminEmails([orders], NOW)).toMatch(/^To: /)
    expect(adminEmails([orders, other], NOW).match(/^=====.*$/gm)).toEqual([
      '===== E-mail 1 of 2: Acme =====',
      '===== E-mail 2 of 2: Globex =====',
    ])
  })
})

describe('an explained failure', () => {
  test('has an e-mail for the admin of a deauthorised org, without a secret', async () => {
    const needy = inState('needs-attention', orders)
    expect(adminEmail(needy, NOW)).toContain(orders.clientId)
    expect(adminEmail(needy, NOW)).toContain('Webex tracking ID: ROUTER_66F1A2B3')
    const page = await open({ view: view({ fleet: { profiles: [needy] } }), hash: '#/service-apps/p1' })
    await page.getByText('Who can fix it:').first().waitFor()
    await page.getByRole('button', { name: 'Copy e-mail to the admin' }).click()
    await expect
      .poll(async () => (await asked(page, 'problem.copy-emails'))[0]?.text)
      .toContain('authorize the service app "Orders"')
  })
})
