import { describe, expect, test } from 'vitest'
import { dateFieldOf, stripOf } from '#renderer/features/history/days.ts'
import { fittingZoom, layOut } from '#renderer/features/service-app/timeline-layout.ts'
import { adminEmail } from '#renderer/features/shared/explain.ts'
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

  test('shows only what is in sight, the planned refresh right of now', () => {
    const layout = layOut(orders, attempts(100, DAY), NOW, 30 * DAY)
    expect(layout.marks.length).toBeGreaterThan(15)
    expect(layout.marks.every(({ at }) => at >= 0 && at <= layout.now)).toBe(true)
    expect(layout.planned ?? 0).toBeGreaterThan(layout.now)
    expect(layout.expiry).toBeNull()
    expect(layOut(orders, [], NOW, 90 * DAY).expiry ?? 0).toBeGreaterThan(layout.now)
  })

  test('draws no bar for a dead refresh token', () => {
    const dead = { ...orders, refreshToken: { issuedAt: 0, expiresAt: NOW + DAY, dead: true } }
    expect(layOut(dead, [], NOW, DAY).refreshToken).toBeNull()
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

describe('an explained failure', () => {
  test('has an e-mail for the admin of a deauthorised org, without a secret', async () => {
    const needy = inState('needs-attention', orders)
    expect(adminEmail(needy)).toContain(orders.clientId)
    expect(adminEmail(needy)).toContain('Webex tracking ID: ROUTER_66F1A2B3')
    const page = await open({ view: view({ fleet: { profiles: [needy] } }), hash: '#/service-apps/p1' })
    await page.getByText('Who can fix it:').first().waitFor()
    await page.getByRole('button', { name: 'Copy e-mail to the admin' }).click()
    await expect
      .poll(async () => (await asked(page, 'problem.copy-emails'))[0]?.text)
      .toContain('authorize the service app "Orders"')
  })
})
