import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { type KeyPress, shortcutOf } from '#renderer/components/shortcut.ts'
import { fleetOf, inState, integration, NOW, profile, view } from './fake-view.ts'
import { asked, focused, push, windows } from './window.ts'

const { open } = windows()
const tested = {
  'profile.test': {
    ok: true,
    value: { result: 'valid', sentence: 'It works.', status: 200, trackingId: null },
  },
}
const three = view({ fleet: { managers: [integration()], profiles: fleetOf(3, 1) } })

/** A key of another layout: what it types, and where it is. */
async function strike(page: Page, key: string, code: string, { ctrl = false } = {}): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const stroke = { key, code, modifiers: ctrl ? 2 : 0 }
  await session.send('Input.dispatchKeyEvent', { ...stroke, type: 'rawKeyDown' })
  await session.send('Input.dispatchKeyEvent', { ...stroke, type: 'keyUp' })
  await session.detach()
}

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

  test('count by their place where the layout has no Latin letters', async () => {
    const page = await open({ view: three })
    const row = page.getByRole('row', { name: 'Orders', exact: true })
    await row.focus()
    await strike(page, 'к', 'KeyR')
    await expect.poll(() => asked(page, 'profile.refresh')).toHaveLength(1)
    await strike(page, 'ψ', 'KeyC')
    await expect.poll(() => asked(page, 'profile.copy-token')).toHaveLength(1)
    await strike(page, 'ظ', 'Slash')
    await focused(page.getByRole('searchbox', { name: 'Search' }))
    await strike(page, 'ל', 'KeyK', { ctrl: true })
    await page.getByRole('dialog', { name: 'Commands' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'More Orders', exact: true }).press('Enter')
    await strike(page, 'Е', 'KeyT')
    await focused(page.getByRole('menuitem', { name: 'Test token' }))
    await page.keyboard.press('Escape')
    await row.focus()
    await strike(page, 'מ', 'KeyN')
    await page.getByRole('dialog', { name: 'Add service app' }).waitFor()
  })

  test('count by what they type on a Latin layout', async () => {
    const page = await open({ view: three })
    await page.getByRole('row', { name: 'Orders', exact: true }).focus()
    // Dvorak: the letters of other places, and other letters in these places.
    await strike(page, 'r', 'KeyO')
    await expect.poll(() => asked(page, 'profile.refresh')).toHaveLength(1)
    for (const [key, code] of [
      ['p', 'KeyR'],
      ['j', 'KeyC'],
      ['b', 'KeyN'],
      [',', 'KeyM'],
    ] as const)
      await strike(page, key, code)
    await strike(page, 't', 'KeyK', { ctrl: true })
    await strike(page, 'c', 'KeyI')
    await expect.poll(() => asked(page, 'profile.copy-token')).toHaveLength(1)
    expect(await asked(page, 'profile.refresh')).toHaveLength(1)
    expect(await page.getByRole('dialog').count()).toBe(0)
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

  test('offer first what can be done with the service app whose page is open, or whose row was left', async () => {
    const page = await open({ view: three, hash: '#/service-apps/profile-3', answers: tested })
    const options = page.getByRole('dialog').getByRole('option')
    await page.keyboard.press('Control+k')
    await options.first().getByText('Open Call quality').waitFor()
    await page.getByRole('combobox', { name: 'Command' }).fill('test')
    await options.first().getByText('Test token Call quality').waitFor()
    await options.nth(1).getByText('Test all tiers Call quality').waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(() => asked(page, 'profile.test')).toEqual([{ profileId: 'profile-3' }])
    await page.keyboard.press('Escape')
    await page.getByRole('row', { name: 'Orders', exact: true }).focus()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command' }).fill('pause')
    await options.getByText('Pause Orders').waitFor()
  })

  test('say that no command fits', async () => {
    const page = await open({ view: three })
    await page.keyboard.press('Control+k')
    const command = page.getByRole('combobox', { name: 'Command', expanded: true })
    await command.fill('zzz')
    await page.getByRole('dialog').getByRole('status').getByText('No matches').waitFor()
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

describe('a shortcut', () => {
  const press = (key: string, code: string, held: readonly string[] = []) =>
    shortcutOf({
      key,
      code,
      ctrlKey: held.includes('Control'),
      metaKey: held.includes('Meta'),
      altKey: held.includes('Alt'),
      getModifierState: (modifier) => held.includes(modifier),
    } satisfies KeyPress)

  test.each([
    ['Russian', 'т', 'KeyN', 'n'],
    ['Russian, Caps Lock', 'Т', 'KeyN', 'n'],
    ['Greek', 'ν', 'KeyN', 'n'],
    ['Hebrew', 'מ', 'KeyN', 'n'],
    ['Arabic', 'ى', 'KeyN', 'n'],
    ['Arabic, two letters of one key', 'لا', 'KeyB', 'b'],
    ['Thai, a vowel sign', 'ื', 'KeyN', 'n'],
    ['Japanese kana', 'み', 'KeyN', 'n'],
    ['Russian, not a letter of Latin', 'ж', 'Semicolon', 'ж'],
    ['Hebrew, not a letter', '/', 'KeyQ', '/'],
    ['Russian, not a letter', '.', 'Slash', '.'],
    ['German, with Shift', '/', 'Digit7', '/'],
    ['AZERTY', ',', 'KeyM', ','],
    ['AZERTY', 'a', 'KeyQ', 'a'],
    ['Turkish', 'ı', 'KeyR', 'ı'],
    ['French', 'é', 'Digit2', 'é'],
    ['any', 'ArrowDown', 'ArrowDown', 'ArrowDown'],
    ['any', 'Enter', 'NumpadEnter', 'Enter'],
  ])('%s: %s at %s', (_, key, code, shortcut) => expect(press(key, code)).toBe(shortcut))

  test('is none of the single letters with AltGr, Alt, Ctrl or Cmd', () => {
    expect(press('ń', 'KeyN', ['AltGraph'])).toBe('Alt+ń')
    expect(press('n', 'KeyN', ['AltGraph'])).toBe('Alt+n')
    expect(press('ć', 'KeyC', ['Control', 'Alt'])).toBe('Ctrl+Alt+ć')
    expect(press('k', 'KeyK', ['Control', 'Alt'])).toBe('Ctrl+Alt+k')
    expect(press('k', 'KeyK', ['Control', 'AltGraph'])).toBe('Ctrl+Alt+k')
    expect(press('˜', 'KeyN', ['Alt'])).toBe('Alt+˜')
    expect(press('Л', 'KeyK', ['Meta'])).toBe('Ctrl+k')
    expect(press('n', 'KeyN', ['Control'])).toBe('Ctrl+n')
  })
})

describe('keys beside fields and buttons', () => {
  const search = (page: Page) => page.getByRole('searchbox', { name: 'Search' })
  const list = (page: Page, name: 'Show' | 'Sort by') =>
    page.locator('label', { hasText: new RegExp(`^${name}`) }).locator('select')

  test('/ takes what was searched for before, and the Tab key goes on as the eye does', async () => {
    const page = await open({ view: three })
    await search(page).fill('contact')
    await page.getByRole('row', { name: 'Contact routing', exact: true }).focus()
    await page.keyboard.press('/')
    await page.keyboard.type('orders')
    await expect.poll(() => search(page).inputValue()).toBe('orders')
    for (const next of [list(page, 'Show'), list(page, 'Sort by')]) {
      await page.keyboard.press('Tab')
      await focused(next)
    }
  })

  test('a drop-down list takes the letters that an option begins with, and leaves the others', async () => {
    const page = await open({ view: three })
    const sort = list(page, 'Sort by')
    await sort.focus()
    await page.keyboard.type('ser')
    await expect.poll(() => sort.inputValue()).toBe('name')
    await page.keyboard.type('x')
    await expect.poll(() => sort.inputValue()).toBe('problems')
    await list(page, 'Show').focus()
    await page.keyboard.press('j')
    await focused(page.getByRole('row').nth(1))
    expect(await list(page, 'Show').inputValue()).toBe('any')
  })

  test('T tests the token on the page of a service app, and a button that has the focus says what it does', async () => {
    const page = await open({ view: three, hash: '#/service-apps/profile-3', answers: tested })
    await page.keyboard.press('t')
    await expect.poll(() => asked(page, 'profile.test')).toEqual([{ profileId: 'profile-3' }])
    const more = page.getByRole('main').getByRole('button', { name: 'More Call quality' })
    const copy = page.getByRole('main').getByRole('button', { name: 'Copy token Call quality' })
    await copy.focus()
    await page.keyboard.press('Tab')
    await focused(more)
    const tip = page.locator('[popover="manual"]')
    await tip.getByText('More Call quality').waitFor()
    await page.keyboard.press('Shift+Tab')
    await expect.poll(() => tip.isVisible()).toBe(false)
  })

  test('are listed by a button that is always there', async () => {
    const page = await open({ view: three })
    await page.getByRole('button', { name: 'Keys ?' }).click()
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  })
})

describe('what is said without being seen', () => {
  const orders = profile({ id: 'p1', name: 'Orders' })
  const spoken = 'p[role="status"].only-read'

  test('a service app that begins to need someone, and recovers', async () => {
    const page = await open({ view: view({ fleet: { profiles: [orders] } }) })
    await push(page, view({ fleet: { profiles: [inState('needs-attention', orders)] } }))
    await expect.poll(() => page.locator(spoken).textContent()).toBe('Orders: Needs attention.')
    await push(page, view({ fleet: { profiles: [orders] } }))
    await expect.poll(() => page.locator(spoken).textContent()).toBe('Orders: Healthy.')
  })

  test('many at once are one sentence', async () => {
    const fleet = fleetOf(9, 3)
    const page = await open({ view: view({ fleet: { profiles: fleet } }) })
    await push(page, view({ fleet: { profiles: fleet.map((one) => inState('expired', one)) } }))
    await expect.poll(() => page.locator(spoken).textContent()).toBe('9 customers need attention.')
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
