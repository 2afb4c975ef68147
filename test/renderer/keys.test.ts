import { describe, expect, test } from 'vitest'
import { fleetOf, inState, integration, NOW, profile, view } from './fake-view.ts'
import { asked, focused, push, windows } from './window.ts'

const { open } = windows()
const three = view({ fleet: { managers: [integration()], profiles: fleetOf(3, 1) } })

describe('keys', () => {
  test('N adds, / searches from any screen, Ctrl+K opens the commands', async () => {
    const page = await open({ view: three, hash: '#/settings' })
    await page.keyboard.press('n')
    await page.getByRole('dialog', { name: 'Add service app' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('/')
    await focused(page.getByRole('searchbox', { name: 'Search' }))
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Commands' }).waitFor()
  })

  test('belong to the field they are typed into', async () => {
    const page = await open({ view: three })
    await page.getByRole('searchbox', { name: 'Search' }).pressSequentially('n/rc')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    expect(await asked(page, 'profile.refresh')).toEqual([])
  })

  test('work a service app from the commands', async () => {
    const page = await open({ view: three })
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command' }).pressSequentially('refresh call')
    const chosen = page.getByRole('dialog').getByRole('option', { selected: true })
    await expect.poll(() => chosen.textContent()).toMatch(/^Refresh Call quality/)
    await page.keyboard.press('Enter')
    await expect.poll(() => asked(page, 'profile.refresh')).toEqual([{ profileId: 'profile-3' }])
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  })

  test('say that no command fits', async () => {
    const page = await open({ view: three })
    await page.keyboard.press('Control+k')
    const command = page.getByRole('combobox', { name: 'Command', expanded: true })
    await command.fill('zzz')
    await page.getByRole('dialog').getByRole('status').getByText('Nothing fits.').waitFor()
    await page.getByRole('combobox', { name: 'Command', expanded: false }).waitFor()
  })

  test('walk the commands and open another dialog', async () => {
    const page = await open({ view: three })
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command' }).press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Add service app' }).waitFor()
  })
})

describe('what is said without being seen', () => {
  const orders = profile({ id: 'p1', name: 'Orders' })
  const spoken = 'p[role="status"].only-read'

  test('a service app that begins to need someone, and recovers', async () => {
    const page = await open({ view: view({ fleet: { profiles: [orders] } }) })
    await push(page, view({ fleet: { profiles: [inState('needs-you', orders)] } }))
    await expect.poll(() => page.locator(spoken).textContent()).toBe('Orders: Needs you.')
    await push(page, view({ fleet: { profiles: [orders] } }))
    await expect.poll(() => page.locator(spoken).textContent()).toBe('Orders: Healthy.')
  })

  test('many at once are one sentence', async () => {
    const fleet = fleetOf(9, 3)
    const page = await open({ view: view({ fleet: { profiles: fleet } }) })
    await push(page, view({ fleet: { profiles: fleet.map((one) => inState('expired', one)) } }))
    await expect.poll(() => page.locator(spoken).textContent()).toBe('9 service apps need you.')
  })
})

describe('a refresh of many', () => {
  test('shows how far it has come, and goes when it is done', async () => {
    const fleet = fleetOf(6, 3).map((one) => ({ ...one, last: null }))
    const page = await open({
      view: view({ fleet: { managers: [integration()], profiles: fleet } }),
      answers: { 'fleet.refresh-due': { ok: true, value: { started: 6 } } },
    })
    const last = {
      at: NOW + 1000,
      trigger: 'manual',
      outcome: 'renewed',
      tier: 1,
      sentence: null,
      trackingId: null,
    } as const
    await page.getByRole('button', { name: 'Refresh all due' }).click()
    const bar = page.getByRole('progressbar', { name: 'Refreshed' })
    await push(page, view({ fleet: { profiles: fleet.map((one, i) => (i < 2 ? { ...one, last } : one)) } }))
    await expect.poll(() => bar.getAttribute('value')).toBe('2')
    await page.getByText('2 of 6').waitFor()
    await push(page, view({ fleet: { profiles: fleet.map((one) => ({ ...one, last })) } }))
    await bar.waitFor({ state: 'detached' })
  })
})
