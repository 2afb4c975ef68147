// The list and the page of a service app, calm and in trouble, with every dialog that opens there.
import path from 'node:path'
import { expect } from 'vitest'
import type { Walk } from './walk.ts'

const row = ({ page }: Walk, name: string) => page.getByRole('row', { name, exact: true })

export async function list(walk: Walk): Promise<void> {
  const { page, hand, look, button } = walk
  const table = page.getByRole('table', { name: 'Service apps' })
  await table.waitFor()
  await page.getByRole('row', { name: /2 customers · 2 healthy/ }).waitFor()
  await look('list')
  await hand.press(button('Refresh all due'))
  await page.getByText('Nothing to refresh').waitFor()
  await hand.fill(page.getByRole('searchbox', { name: 'Search' }), 'nothing of this name')
  await page.getByText('No matches').waitFor()
  await look('list, nothing found')
  await hand.press(button('Show all'))
  await hand.choose(page.getByLabel('Sort by'), 'Customer')
  await hand.choose(page.getByLabel('Sort by'), 'Soonest to expire')
  await hand.inRow('Wallboard', button('More Wallboard'))
  await hand.fromMenu('Pause')
  await row(walk, 'Wallboard').getByText('Paused', { exact: true }).waitFor()
  await hand.press(button('Paused 1'))
  await expect.poll(() => row(walk, 'Orders').count()).toBe(0)
  await look('list, filtered by state')
  await hand.press(button('All 3'))
  await hand.inRow('Wallboard', button('More Wallboard'))
  await hand.fromMenu('Resume')
  await row(walk, 'Wallboard').getByText('Healthy', { exact: true }).waitFor()
  await hand.inRow('Orders', button('Copy token Orders'))
  await page.getByText('Token of Orders copied.').waitFor()
  await look('list, with messages')
}

/** Leaves Wallboard in need of its org's admin. */
export async function trouble(walk: Walk): Promise<void> {
  const { page, hand, look, button, simulator } = walk
  const app = simulator.serviceApps.at(-1)
  const org = app?.orgs[0]
  if (app === undefined || org === undefined) throw new Error('The simulator has no service app.')
  simulator.control.killRefreshToken(app.appId, org.orgId)
  simulator.control.deauthoriseOrg(org.orgId, app.appId)
  await hand.inRow('Wallboard', button('Refresh Wallboard'))
  await row(walk, 'Wallboard').getByText('Needs attention', { exact: true }).waitFor()
  await page
    .getByRole('main')
    .getByText(/^1 problem/)
    .waitFor()
  await look('list, in trouble')
  await hand.open('Wallboard')
  await page.getByRole('heading', { name: 'Wallboard' }).waitFor()
  await button('Copy e-mail to the admin').waitFor()
  await look('service app, in trouble')
  await hand.press(button('Back'))
}

export async function serviceApp(walk: Walk): Promise<void> {
  const { page, hand, look, button, dialog, field } = walk
  await hand.open('Orders')
  await page.getByRole('heading', { name: 'Orders', exact: true }).waitFor()
  for (const name of ['Access token, time left', 'Refresh token, time left']) {
    await page.getByRole('timer', { name }).waitFor()
  }
  for (const name of ['Tier 1', 'Tier 2', 'Tier 3']) {
    await page.getByRole('heading', { name: new RegExp(name) }).waitFor()
  }
  await look('service app')
  for (const zoom of ['24 h', '1 y']) {
    await hand.press(
      page.getByRole('group', { name: 'Zoom' }).getByRole('button', { name: zoom, exact: true }),
    )
  }
  await hand.press(
    page.getByRole('table', { name: 'Attempts' }).getByRole('button', { expanded: false }).first(),
  )
  await hand.press(button('Test token'))
  await page.getByText('Webex accepted the token.').waitFor()
  await look('service app, tested, with a call in detail')

  await hand.press(button('Edit'))
  await dialog('Edit Orders').waitFor()
  await look('edit')
  await hand.leave(button('Edit'))

  await walk.chooses(path.join(walk.home, 'orders.env'))
  await hand.press(button('Add delivery'))
  await dialog('Add delivery').waitFor()
  await look('add delivery, env file')
  await hand.pick(page.getByRole('radio', { name: 'Hook' }))
  await field('Command').waitFor()
  await look('add delivery, hook')
  await hand.leave(button('Add delivery'))
  await hand.press(button('Add delivery'))
  await hand.press(button('Choose file…'))
  await page.getByText('A new file, for you alone.').waitFor()
  await hand.press(button('Add and deliver'))
  await page.getByText('Delivered to 1 of 1').waitFor()
  await look('service app, delivered')
  await hand.press(button('Remove delivery to orders.env'))
  await dialog('Remove delivery to orders.env?').waitFor()
  await look('remove delivery')
  await hand.leave(button('Remove delivery to orders.env'))
}

export async function remove(walk: Walk): Promise<void> {
  const { hand, look, button, dialog } = walk
  await hand.inRow('Wallboard', button('More Wallboard'))
  await hand.fromMenu('Remove')
  await dialog('Remove Wallboard?').waitFor()
  await look('remove')
  await hand.leave(button('More Wallboard'))
  await hand.inRow('Wallboard', button('More Wallboard'))
  await hand.fromMenu('Remove')
  await hand.press(dialog().getByRole('button', { name: 'Remove', exact: true }))
  await row(walk, 'Wallboard').waitFor({ state: 'detached' })
}
