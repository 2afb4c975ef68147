// The way in: the closed storage, the empty list, the token manager integration, the first service apps.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import type { ServiceAppCredentials } from '#simulator/index.ts'
import { answerConsent } from './consent.ts'
import type { Walk } from './walk.ts'

/** A machine without a keyring asks first. */
export async function storage({ page, hand, look, button }: Walk): Promise<void> {
  await page.getByRole('heading', { name: 'No keychain found' }).waitFor()
  await look('storage')
  await hand.press(button('Restore a backup…'))
  await page.getByRole('heading', { name: 'Restore a backup' }).waitFor()
  await look('storage, restore')
  await hand.press(button('Cancel'))
  await hand.press(button('Store unprotected'))
  await page.getByRole('heading', { name: 'Service apps', exact: true }).waitFor()
}

export async function emptyList({ page, hand, look, button, dialog }: Walk): Promise<void> {
  for (const name of ['Service apps', 'History', 'Settings']) {
    await page.getByRole('link', { name, exact: true }).waitFor()
  }
  for (const name of ['Connect integration', 'Add service app', 'Import', 'Try with simulated Webex']) {
    await button(name).waitFor()
  }
  await look('empty list')
  await hand.press(button('Restore a backup'))
  await dialog('Restore a backup').waitFor()
  await look('restore')
  await hand.leave(button('Restore a backup'))
}

export async function connect(walk: Walk): Promise<void> {
  const { page, hand, look, button, field, dialog, simulator } = walk
  await hand.press(button('Connect integration'))
  await dialog('Connect integration').waitFor()
  await hand.press(button('Use a personal access token'))
  await field('Personal access token').waitFor()
  await look('connect, personal access token')
  await hand.press(button('Back'))
  await hand.press(page.getByRole('dialog').locator('summary'))
  await hand.fill(field('Redirect port'), `${walk.redirectPort}`)
  await look('connect')
  await hand.fill(field('Client ID'), simulator.integration.clientId)
  await hand.fill(field('Client secret'), simulator.integration.clientSecret)
  await hand.press(button('Authorize in browser'))
  await page.getByRole('timer', { name: 'Time left to authorize' }).waitFor()
  await button('Copy authorization URL').waitFor()
  const consentPage = await walk.consentPage()
  await look('connect, waiting')
  await hand.press(button('Paste the redirected URL instead'))
  await field('Redirected URL').waitFor()
  await look('connect, paste')
  await hand.fill(field('Redirected URL'), await answerConsent(consentPage, 'accept'))
  await hand.press(button('Continue'))
  await page.getByRole('heading', { name: 'Connected' }).waitFor()
  await look('connected')
  await hand.press(button('Done'))
  await button('Reconnect').waitFor()
}

export async function add(walk: Walk): Promise<void> {
  const { page, hand, look, button, field, dialog, simulator } = walk
  await hand.press(button('Add service app'))
  await dialog('Add service app').waitFor()
  await look('add')
  await hand.fill(field('Client ID'), simulator.integration.clientId)
  await page.getByText("looks like the integration's client ID").waitFor()
  await look('add, with a remark')
  await hand.leave(button('Add service app'))
  await hand.press(button('Add service app'))
  await walk.copied(JSON.stringify(tokenConfigOf(first(simulator.serviceApps))))
  await hand.paste(field('Client secret'))
  await page.getByText(/^Filled in: /).waitFor()
  await hand.fill(field('Name'), 'Orders')
  await look('add, pasted')
  await hand.press(button('Save and issue token'))
  await dialog().waitFor({ state: 'detached' })
  const row = page.getByRole('row', { name: 'Orders', exact: true })
  await expect.poll(() => row.getByText('Healthy').count()).toBe(1)
}

export async function duplicate(walk: Walk): Promise<void> {
  const { page, hand, look, button, field, dialog, simulator } = walk
  await hand.inRow('Orders', button('More Orders'))
  await page.getByRole('menu', { name: 'More Orders' }).waitFor()
  await look('menu of a row')
  await hand.fromMenu('Duplicate for another org')
  await dialog('Add Orders for another org').waitFor()
  await look('duplicate')
  await hand.fill(field('Target org ID'), first(simulator.serviceApps).orgs[1]?.orgId ?? '')
  await hand.fill(field('Name'), 'Orders abroad')
  await hand.press(button('Save and issue token'))
  await dialog().waitFor({ state: 'detached' })
  await page.getByRole('row', { name: 'Orders abroad', exact: true }).waitFor()
}

export async function importing(walk: Walk): Promise<void> {
  const { page, hand, look, button, dialog, simulator, home } = walk
  const file = path.join(home, 'orgs.csv')
  writeFileSync(file, csvOf(simulator.serviceApps.at(-1)))
  await walk.chooses(file)
  await hand.press(button('Import'))
  await dialog('Import').waitFor()
  await look('import')
  await hand.press(button('Choose file…'))
  await page.getByText('1 of 2 rows is ready').waitFor()
  await look('import, dry run')
  await hand.press(button('Import 1 row'))
  await dialog().waitFor({ state: 'detached' })
  const row = page.getByRole('row', { name: 'Wallboard', exact: true })
  await expect.poll(() => row.getByText('Healthy').count()).toBe(1)
}

function first(apps: readonly ServiceAppCredentials[]): ServiceAppCredentials {
  const [app] = apps
  if (app === undefined) throw new Error('The simulator has no service app.')
  return app
}

function tokenConfigOf({ appId, clientId, clientSecret, orgs }: ServiceAppCredentials) {
  return { serviceApp: { appId, clientId, clientSecret, targetOrgId: orgs[0]?.orgId } }
}

/** Its first org, and a row that is refused. */
function csvOf(app: ServiceAppCredentials | undefined): string {
  const { appId, clientId, clientSecret, orgs } = first(app === undefined ? [] : [app])
  const row = ['Wallboard', appId, clientId, clientSecret, orgs[0]?.orgId].join(',')
  return `name,appId,clientId,clientSecret,targetOrgId\n${row}\n${row}\n`
}
