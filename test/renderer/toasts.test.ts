import type { Locator, Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { fleetOf, integration, view } from './fake-view.ts'
import { focused, push, windows } from './window.ts'

const { open } = windows()
const empty = view({})
const messages = (page: Page) => page.getByRole('region', { name: 'Messages' })

/** Whether the pointer meets it there, with nothing over it. */
const isOnTop = (target: Locator) =>
  target.evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect()
    const met = document.elementFromPoint(left + width / 2, top + height / 2)
    return met !== null && element.contains(met)
  })

const expired = {
  id: 't1',
  level: 'critical',
  text: 'Orders has expired.',
  fix: null,
  place: { kind: 'profile', profileId: 'profile-1' },
} as const

describe('a message while a dialog is open', () => {
  test('is in the dialog, over everything, and reached by Tab', async () => {
    const page = await open({ view: empty })
    await page.getByRole('button', { name: 'Connect integration' }).click()
    await page.getByRole('button', { name: 'Copy redirect URI' }).click()
    await page.getByText('Redirect URI copied.').waitFor()
    const dismiss = page.getByRole('dialog').getByRole('button', { name: 'Dismiss' })
    await expect.poll(() => isOnTop(dismiss)).toBe(true)
    await page.getByRole('dialog').getByRole('button', { name: 'Authorize in browser' }).focus()
    await page.keyboard.press('Tab')
    await focused(dismiss)
    await page.keyboard.press('Enter')
    await page.getByText('Redirect URI copied.').waitFor({ state: 'detached' })
    await expect.poll(() => page.getByRole('dialog').count()).toBe(1)
  })

  test('stays when the dialog is closed, in one region that is there before the message', async () => {
    const page = await open({ view: empty })
    await messages(page).waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Connect integration' }).click()
    await page.getByRole('dialog').waitFor()
    await expect
      .poll(() => page.getByRole('dialog').getByRole('region', { name: 'Messages' }).count())
      .toBe(1)
    await expect.poll(() => messages(page).count()).toBe(1)
    await page.getByRole('button', { name: 'Copy redirect URI' }).click()
    await messages(page).getByText('Redirect URI copied.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await messages(page).getByText('Redirect URI copied.').waitFor()
    await expect.poll(() => isOnTop(messages(page).getByRole('button', { name: 'Dismiss' }))).toBe(true)
  })

  test('leads out of the dialog to what it is about', async () => {
    const fleet = { managers: [integration()], profiles: fleetOf(3, 1) }
    const page = await open({ view: view({ fleet }) })
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Commands' }).waitFor()
    await push(page, view({ fleet, toasts: [expired] }))
    await page.getByRole('dialog').getByRole('button', { name: 'Show' }).click()
    await page.getByRole('button', { name: 'Back' }).waitFor()
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  })
})

test('a message that there are problems does not lie on the navigation of a narrow window, which counts them', async () => {
  const fleet = { managers: [integration()], profiles: fleetOf(3, 1) }
  const place = { kind: 'problems' } as const
  const two = { id: 't2', level: 'warning', text: '2 problems need attention.', fix: null, place } as const
  const resolved = { ...two, id: 't3', level: 'success', text: '2 problems resolved.' } as const
  const size = { viewport: { width: 450, height: 300 } }
  const page = await open({ view: view({ fleet, toasts: [two] }), browser: size })
  await page.getByRole('link', { name: 'Problems', exact: true }).waitFor()
  await messages(page).waitFor({ state: 'attached' })
  expect(await messages(page).getByText(two.text).count()).toBe(0)
  await push(page, view({ fleet, toasts: [two, expired], revision: 2 }))
  await messages(page).getByText('Orders has expired.').waitFor()
  await push(page, view({ fleet, toasts: [resolved], revision: 3 }))
  await messages(page).getByText(resolved.text).waitFor()
  await page.setViewportSize({ width: 900, height: 600 })
  await push(page, view({ fleet, toasts: [two], revision: 4 }))
  await messages(page).getByText(two.text).waitFor()
})

test('a message that there are problems ends where these are shown, also for later', async () => {
  const fleet = { managers: [integration()], profiles: fleetOf(3, 1) }
  const place = { kind: 'problems' } as const
  const two = { id: 't2', level: 'warning', text: '2 problems need attention.', fix: null, place } as const
  const page = await open({ view: view({ fleet, toasts: [two] }) })
  await messages(page).getByText(two.text).waitFor()
  await page.getByRole('link', { name: 'Problems' }).click()
  await messages(page).getByText(two.text).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'History' }).click()
  await page.getByRole('heading', { name: 'History' }).waitFor()
  await expect.poll(() => messages(page).getByText(two.text).count()).toBe(0)
  await push(page, view({ fleet, toasts: [two, { ...two, id: 't3', text: '3 problems need attention.' }] }))
  await messages(page).getByText('3 problems need attention.').waitFor()
})

test.each([
  [900, 600],
  [1000, 900],
  [1400, 640],
])('a message covers nothing of the list in a window of %d × %d', async (width, height) => {
  const fleet = { managers: [integration()], profiles: fleetOf(40, 5) }
  const copied = { ok: true, value: { clearsAfterSeconds: 30, refreshedFirst: false } }
  const page = await open({
    view: view({ fleet, toasts: [expired] }),
    answers: { 'profile.copy-token': copied },
    browser: { viewport: { width, height } },
  })
  await page
    .getByRole('button', { name: /^Copy token / })
    .first()
    .click()
  const clearing = messages(page).getByText(/^Cleared from the clipboard in \d+ s$/)
  await clearing.waitFor()
  const [box, list] = await Promise.all([messages(page).boundingBox(), page.getByRole('main').boundingBox()])
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(list?.x ?? 0)
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(height)
  // The newest alone, and the navigation above it can be used.
  await expect.poll(() => messages(page).getByRole('button', { name: 'Dismiss' }).count()).toBe(1)
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('heading', { name: 'Settings' }).first().waitFor()
})

test('a countdown to the clearing of the clipboard ends when something else is copied', async () => {
  const [first] = fleetOf(1)
  if (first === undefined) throw new Error('one was asked for')
  const copied = { ok: true, value: { clearsAfterSeconds: 30, refreshedFirst: false } }
  const page = await open({
    view: view({ fleet: { profiles: [first] } }),
    answers: { 'profile.copy-token': copied },
  })
  const counting = messages(page).getByText(/^Cleared from the clipboard in \d+ s$/)
  const copy = page.getByRole('button', { name: /^Copy token / }).first()
  await copy.click()
  await copy.click()
  await expect.poll(() => counting.count()).toBe(1)
  await page.getByRole('button', { name: 'Connect integration' }).click()
  await page.getByRole('button', { name: 'Copy redirect URI' }).click()
  await page.getByText('Redirect URI copied.').waitFor()
  await expect.poll(() => counting.count()).toBe(0)
})

test('a message in a dialog covers nothing of it', async () => {
  const page = await open({ view: empty, browser: { viewport: { width: 900, height: 600 } } })
  await page.getByRole('button', { name: 'Connect integration' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Copy redirect URI' }).click()
  await dialog.getByText('Redirect URI copied.').waitFor()
  await expect.poll(() => isOnTop(dialog.getByRole('button', { name: 'Authorize in browser' }))).toBe(true)
  await expect.poll(() => isOnTop(dialog.getByRole('button', { name: 'Close' }))).toBe(true)
  await expect.poll(() => isOnTop(dialog.getByRole('button', { name: 'Dismiss' }))).toBe(true)
})

test.each([
  [704, 600],
  [900, 600],
  [1000, 900],
])(
  'a sentence about a service app with a long name is read to its end in a window of %d × %d',
  async (width, height) => {
    const text =
      'Tokens of “Contact routing for the European insurance group” were not delivered for 37 customers.'
    const page = await open({
      view: view({
        fleet: { managers: [integration()], profiles: fleetOf(40, 5) },
        toasts: [{ ...expired, text }],
      }),
      browser: { viewport: { width, height } },
    })
    const sentence = messages(page).getByText(text)
    await sentence.waitFor()
    expect(
      await sentence.evaluate((element) => element.scrollHeight - element.clientHeight),
    ).toBeLessThanOrEqual(1)
    const [box, nav] = await Promise.all([
      messages(page).boundingBox(),
      page.getByRole('link', { name: 'Settings' }).boundingBox(),
    ])
    expect((nav?.y ?? 0) + (nav?.height ?? 0)).toBeLessThanOrEqual(box?.y ?? 0)
  },
)
