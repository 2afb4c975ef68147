// The other screens: history, settings with their dialogs, the commands, the lock.
import path from 'node:path'
import type { Locator } from 'playwright'
import { expect } from 'vitest'
import type { Walk } from './walk.ts'

const PASSPHRASE = 'correct horse battery'
const to = ({ page, hand }: Walk, screen: string) =>
  hand.press(page.getByRole('link', { name: screen, exact: true }))

export async function history(walk: Walk): Promise<void> {
  const { page, hand, look, button } = walk
  await to(walk, 'History')
  await page.getByRole('heading', { name: 'History' }).waitFor()
  await page.getByRole('row').filter({ hasText: 'Wallboard' }).first().waitFor()
  await hand.press(page.getByText('As a table'))
  await look('history')
  const app = page.getByRole('combobox', { name: 'Service app' })
  await hand.fill(app, 'Orders')
  await page.keyboard.press('Enter')
  await expect.poll(() => app.inputValue()).toBe('Orders')
  await hand.choose(page.getByLabel('Tier'), '1: Refresh grant')
  await hand.choose(page.getByLabel('Outcome'), 'Unchanged')
  await page.getByText('No matches.').waitFor()
  await look('history, nothing found')
  await hand.press(button('Clear filters'))
  await expect.poll(() => app.inputValue()).toBe('All')
  await hand.press(button('7 d'))
  await expect.poll(() => page.getByLabel('From').inputValue()).toMatch(/^\d{4}-\d\d-\d\d$/)
  await hand.press(
    page.getByRole('table', { name: 'Attempts' }).getByRole('button', { expanded: false }).first(),
  )
  await hand.press(button('Export'))
  await page.getByRole('menu', { name: 'Export the history' }).waitFor()
  await look('history, with a call in detail and the export menu')
  await walk.chooses(path.join(walk.home, 'history.csv'))
  await hand.fromMenu('CSV')
  await page.getByText(/history\.csv/).waitFor()
}

export async function settings(walk: Walk): Promise<void> {
  const { page, hand, look, button, field, dialog } = walk
  await to(walk, 'Settings')
  for (const name of sections) {
    await to(walk, name)
    await page.getByRole('heading', { level: 2, name, exact: true }).waitFor()
    await look(`settings, ${name}`)
  }

  await to(walk, 'Delivery')
  await hand.press(button('Add consumer'))
  await dialog('Add consumer').waitFor()
  await hand.pick(page.getByRole('radio', { name: /^Only these/ }))
  await hand.toggle(dialog().getByRole('checkbox').first())
  await look('add consumer')
  await hand.fill(field('Consumer name'), 'nightly-report')
  await hand.press(button('Add and copy secret'))
  await page.getByText('The secret is on the clipboard').waitFor()
  await look('secret of a consumer')
  await hand.leave(button('Add consumer'))
  await hand.press(button('Revoke nightly-report'))
  await dialog().waitFor()
  await look('revoke consumer')
  await hand.leave(button('Revoke nightly-report'))

  await to(walk, 'Notifications and webhook')
  await hand.fill(field('Webhook URL'), 'https://hooks.example.com/tokens')
  await field('Webhook URL').press('Enter')
  await hand.press(button('Renew signing secret'))
  await dialog().waitFor()
  await look('renew signing secret')
  await hand.leave(button('Renew signing secret'))

  await to(walk, 'Data')
  await hand.press(button('Restore…'))
  await dialog('Restore a backup').waitFor()
  await hand.leave(button('Restore…'))
  await hand.press(button('Move to a server…'))
  await dialog('Move to a server').waitFor()
  await look('move to a server')
  await hand.leave(button('Move to a server…'))
  await hand.press(button('Back up…'))
  await dialog('Back up').waitFor()
  await look('back up')
  await walk.chooses(path.join(walk.home, 'all.satm-backup'))
  await hand.fill(field('Passphrase of the backup'), PASSPHRASE)
  await hand.fill(field('Repeat passphrase'), PASSPHRASE)
  await hand.press(button('Choose file and back up…'))
  await page.getByText('Backup written').waitFor()
  await look('backed up')
  await hand.press(button('Done'))
}

const sections = [
  'Token managers',
  'Security',
  'Notifications and webhook',
  'Delivery',
  'Data',
  'Shared vault',
  'Appearance and start',
  'Refresh policy',
  'Webex cloud and proxy',
  'About',
]

export async function passphrase(walk: Walk): Promise<void> {
  const { page, hand, look, button, field, dialog } = walk
  await to(walk, 'Security')
  await hand.press(button('Set a passphrase…'))
  await dialog('Set a passphrase').waitFor()
  await look('set a passphrase')
  await hand.fill(field('Passphrase'), PASSPHRASE)
  await hand.fill(field('Repeat passphrase'), PASSPHRASE)
  await hand.press(button('Set passphrase'))
  await hand.press(button('Change passphrase…'))
  await dialog('Change the passphrase').waitFor()
  await look('change the passphrase')
  await hand.leave(button('Change passphrase…'))
  await hand.press(button('Remove passphrase…'))
  await dialog('Remove the passphrase').waitFor()
  await look('remove the passphrase')
  await hand.leave(button('Remove passphrase…'))
  await hand.press(button('Lock now'))
  await page.getByRole('heading', { name: 'Locked' }).waitFor()
  await look('locked')
  await hand.fill(field('Passphrase'), PASSPHRASE)
  await hand.press(button('Unlock'))
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
}

/** The window's own keys. Leaves the list open. */
export async function keys(walk: Walk): Promise<void> {
  const { page, look, dialog } = walk
  const orders = page.getByRole('row', { name: 'Orders', exact: true })
  const isFocused = (control: Locator) => control.evaluate((one) => one === document.activeElement)
  await page.keyboard.press('Control+k')
  await dialog('Commands').waitFor()
  await look('commands')
  await page.keyboard.type('go to service')
  await page.keyboard.press('Enter')
  await page.getByRole('table', { name: 'Service apps' }).waitFor()
  await orders.focus()
  await page.keyboard.press('r')
  await page.getByText('Orders renewed by tier').waitFor()
  await page.keyboard.press('c')
  await page.getByText('Token of Orders copied').waitFor()
  expect(await isFocused(orders)).toBe(true)
  await page.keyboard.press('?')
  await dialog('Keyboard shortcuts').waitFor()
  await look('keyboard shortcuts')
  await page.keyboard.press('Escape')
  await expect.poll(() => isFocused(orders)).toBe(true)
  await page.keyboard.press('n')
  await dialog('Add service app').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => isFocused(orders)).toBe(true)
  await page.keyboard.press('/')
  expect(await isFocused(page.getByRole('searchbox', { name: 'Search' }))).toBe(true)
}
