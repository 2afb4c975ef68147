import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { fleetOf, integration, MINUTE, NOW, profile, view } from './fake-view.ts'
import {
  interrupted,
  joined,
  left,
  members,
  notYetAdded,
  offline,
  RECIPIENT,
  removed,
  sharedAnswers,
  trouble,
  unrenewed,
  waiting,
} from './shared-vault-scenes.ts'
import { answer, asked, focused, push, windows } from './window.ts'

const { open } = windows()
const DATABASE = 'postgresql://satm:canary@db.example.com/satm'
const hash = '#/settings/shared-vault'
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const field = (page: Page, name: string) => page.getByLabel(name, { exact: true })
const sign = (page: Page) => page.getByRole('navigation', { name: 'Main' })
const refused = (message: string, more: object = {}) => ({
  ok: false,
  error: { code: 'refused', message, ...more },
})
const fleet = { managers: [integration()], profiles: fleetOf(3, 1) }

describe('not joined', () => {
  test('a shared vault is made by the keyboard alone, from a connection string that is not shown', async () => {
    const page = await open({ view: view({}), hash })
    await page.getByRole('button', { name: 'Create a shared vault…' }).focus()
    await page.keyboard.press('Enter')
    await focused(field(page, 'Connection string'))
    expect(await field(page, 'Connection string').getAttribute('type')).toBe('password')
    await page.keyboard.type(DATABASE)
    await field(page, 'Name of this computer').focus()
    await page.keyboard.type('Ada’s laptop')
    await page.keyboard.press('Enter')
    await page.getByText('Shared vault created.', { exact: false }).waitFor()
    expect(await asked(page, 'shared-vault.make')).toEqual([{ database: DATABASE, name: 'Ada’s laptop' }])
    expect(await page.content()).not.toContain('canary')
    await push(page, joined())
    await page.getByText('server-1 renews').first().waitFor()
  })

  test('what is wrong with the connection string is told at its field, and nothing is lost', async () => {
    const page = await open({
      view: view({}),
      hash,
      answers: { 'shared-vault.join': refused('It is no URL of PostgreSQL.', { field: 'database' }) },
    })
    await press(page, 'Join a shared vault…')
    await field(page, 'Connection string').fill('nonsense')
    await press(page, 'Join')
    await page.getByRole('dialog').getByText('It is no URL of PostgreSQL.').waitFor()
    expect(await field(page, 'Connection string').getAttribute('aria-invalid')).toBe('true')
    expect(await field(page, 'Connection string').inputValue()).toBe('nonsense')
    await answer(
      page,
      'shared-vault.join',
      refused('Both this computer and that shared vault have service apps.'),
    )
    await press(page, 'Join')
    await page.getByRole('alert').getByText('Both this computer', { exact: false }).waitFor()
  })

  test('whoever has service apps is told beforehand that they move', async () => {
    const page = await open({ view: view({ fleet }), hash })
    await press(page, 'Create a shared vault…')
    await page
      .getByText('takes over 3 service apps for 3 customers and the history', { exact: false })
      .waitFor()
    await page.getByRole('button', { name: 'Create and move in' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await focused(page.getByRole('combobox', { name: 'Command' }))
    await page.keyboard.type('join a shared')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Join a shared vault' }).waitFor()
    await page.getByText('If the shared vault is empty, 3 service apps', { exact: false }).waitFor()
  })

  test('while it waits the public key is copied, and joining can be canceled', async () => {
    const page = await open({ view: waiting, hash })
    await sign(page).getByText('Waiting to be added').waitFor()
    await press(page, 'Copy public key')
    expect(await asked(page, 'clipboard.copy-text')).toEqual([{ text: RECIPIENT }])
    await push(page, { ...waiting, sharedVault: { ...joinable, problem: 'The database cannot be reached.' } })
    await page.getByText('The database cannot be reached.').waitFor()
    await press(page, 'Try again')
    expect(await asked(page, 'shared-vault.go-on')).toHaveLength(1)
    await press(page, 'Cancel joining')
    expect(await asked(page, 'shared-vault.cancel')).toHaveLength(1)
  })
})

const joinable = { kind: 'waiting', recipient: RECIPIENT, problem: null } as const

describe('joined', () => {
  test('members and computers are listed; one that somebody wrote into the database has no access', async () => {
    const page = await open({ view: joined(), hash, answers: sharedAnswers })
    await page.getByText('No access: not added by a member', { exact: false }).waitFor()
    await page.getByText('Added by server 1', { exact: false }).waitFor()
    expect(await page.getByRole('button', { name: /^Remove / }).count()).toBe(2)
    await press(page, 'Copy public key of server 1')
    expect(await asked(page, 'clipboard.copy-text')).toEqual([{ text: members.members[0]?.recipient }])
    await page.getByText('server-2 (77b3)').waitFor()
  })

  test('a member is added and removed, and the list is read again', async () => {
    const page = await open({ view: joined(), hash, answers: sharedAnswers })
    await press(page, 'Add member…')
    await field(page, 'Name of the member').fill('server 2')
    await field(page, 'Public key').fill(RECIPIENT)
    await answer(page, 'shared-vault.add-member', refused('This is no public key.', { field: 'recipient' }))
    await press(page, 'Add')
    await page.getByText('This is no public key.').waitFor()
    await answer(page, 'shared-vault.add-member', { ok: true, value: null })
    await press(page, 'Add')
    await page.getByText('server 2 added.', { exact: false }).waitFor()
    expect((await asked(page, 'shared-vault.add-member')).at(-1)).toEqual({
      name: 'server 2',
      recipient: RECIPIENT,
    })
    await press(page, 'Remove server 1')
    await page.getByText('It may have kept what it read', { exact: false }).waitFor()
    await press(page, 'Remove')
    await page.getByText('encrypted with a new key', { exact: false }).waitFor()
    expect(await asked(page, 'shared-vault.remove-member')).toEqual([
      { recipient: members.members[0]?.recipient },
    ])
    expect((await asked(page, 'shared-vault.members')).length).toBeGreaterThanOrEqual(3)
  })

  test('whether this computer may renew is a switch with Undo', async () => {
    const page = await open({ view: joined(), hash, answers: sharedAnswers })
    await page.getByLabel('Renew here when no other computer does').click()
    await press(page, 'Undo')
    await page.getByText('Undone: Renew here when no other computer does').waitFor()
    expect(await asked(page, 'shared-vault.may-lead')).toEqual([{ mayLead: false }, { mayLead: true }])
  })

  test('leaving is asked for, and says what becomes of the copy', async () => {
    const page = await open({ view: joined(), hash, answers: sharedAnswers })
    await press(page, 'Leave the shared vault…')
    await page.getByText('Nothing is moved', { exact: false }).waitFor()
    await press(page, 'Cancel')
    expect(await asked(page, 'shared-vault.leave')).toEqual([])
    await press(page, 'Leave the shared vault…')
    await press(page, 'Leave')
    expect(await asked(page, 'shared-vault.leave')).toHaveLength(1)
  })

  test('who renews is always in sight: another computer, this one, nobody, offline as of when', async () => {
    const page = await open({ view: joined() })
    await sign(page).getByText('server-1 renews').waitFor()
    await push(page, joined({ leader: 'ada-laptop (09c4)', leadsHere: true }))
    await sign(page).getByText('This computer renews').waitFor()
    await push(page, unrenewed)
    await sign(page).getByText('No computer renews', { exact: true }).waitFor()
    await push(page, joined({ leader: null, leaderlessSince: NOW - MINUTE }))
    await sign(page).getByText('No computer renews yet').waitFor()
    await push(page, offline)
    await sign(page).getByText('Offline: as of 9:18 AM').waitFor()
    await push(page, joined({ leader: null, agreedAt: null }))
    await sign(page).getByText('Connecting …').waitFor()
    await push(page, view({}))
    expect(await sign(page).getByText('Shared vault').count()).toBe(0)
  })

  test('a computer that was removed, or is not added yet, is not called offline', async () => {
    const page = await open({
      view: removed,
      hash,
      answers: { 'shared-vault.members': refused('No member.') },
    })
    await sign(page).getByText('Removed from the shared vault', { exact: true }).waitFor()
    await page.getByRole('main').getByText('Removed from the shared vault', { exact: true }).waitFor()
    await page.getByText('Only members see this.').waitFor()
    expect(await page.getByText('Unavailable since', { exact: false }).count()).toBe(0)
    await press(page, 'Copy public key')
    expect(await asked(page, 'clipboard.copy-text')).toEqual([{ text: RECIPIENT }])
    await push(page, notYetAdded)
    await sign(page).getByText('Waiting to be added', { exact: true }).waitFor()
    await page.getByRole('main').getByText('Waiting to be added', { exact: true }).waitFor()
  })

  test('a refresh of all that are due, or of many, names the computer that makes it', async () => {
    const page = await open({ view: joined() })
    await answer(page, 'fleet.refresh-due', { ok: true, value: { started: 12 } })
    await press(page, 'Refresh all due')
    await page.getByText(/^Waiting for .*server-1.* to refresh 12 tokens/).waitFor()
    await press(page, 'Cancel')
    await page.getByText(/^Canceled/).waitFor()
    expect(await asked(page, 'fleet.cancel-refresh')).toHaveLength(1)
    await answer(page, 'fleet.refresh', { ok: true, value: { started: 3 } })
    await page.keyboard.press('Control+a')
    const selection = page.getByRole('region', { name: 'Selection' })
    await selection.getByRole('button', { name: 'Refresh', exact: true }).press('Enter')
    await page.getByText(/^Waiting for .*server-1.* to refresh 3 tokens/).waitFor()
    await push(page, joined({ leader: 'ada-laptop (09c4)', leadsHere: true }))
    await press(page, 'Refresh all due')
    await page.getByText('Refreshing 12 tokens.').waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).waitFor()
  })

  test('a refresh of many that nobody goes on with ends, and says why', async () => {
    const page = await open({ view: joined() })
    await answer(page, 'fleet.refresh-due', { ok: true, value: { started: 12 } })
    await press(page, 'Refresh all due')
    const waits = page.getByText(/^Waiting for .*server-1.* to refresh 12 tokens/)
    await waits.waitFor()
    const why = 'No computer has carried this out within a minute. Look under Settings.'
    await page.evaluate((sentence) => window.fake.endRefresh({ missed: 7, why: sentence }), why)
    await page
      .getByText('7 tokens not refreshed: No computer has carried this out within a minute.')
      .waitFor()
    expect(await waits.count()).toBe(0)
    expect(await page.getByRole('progressbar').count()).toBe(0)
  })

  test('a refresh of many says that nothing is refreshed while the shared vault is away', async () => {
    const page = await open({ view: offline })
    await press(page, 'Refresh all due')
    await page.getByText(/^Nothing refreshed: The shared vault/).waitFor()
    await page.keyboard.press('Control+a')
    const selection = page.getByRole('region', { name: 'Selection' })
    await selection.getByRole('button', { name: 'Refresh', exact: true }).press('Enter')
    expect(await asked(page, 'fleet.refresh-due')).toEqual([])
    expect(await asked(page, 'fleet.refresh')).toEqual([])
  })

  test('the problem leads to the section', async () => {
    const page = await open({ view: offline, hash: '#/problems' })
    await press(page, 'Show shared vault')
    await page.getByRole('heading', { level: 2, name: 'Shared vault' }).waitFor()
    await page.getByText(`Unavailable since`, { exact: false }).waitFor()
  })

  test('a refresh shows that it waits for another computer, and what came of it', async () => {
    const page = await open({ view: joined() })
    const one = page.getByRole('button', { name: /^Refresh Contact/ })
    const other = page.getByRole('button', { name: /^Refresh Call/ })
    // It is answered when the test says so.
    await page.evaluate(() => {
      const later = new Promise((resolve) => Object.assign(window, { answerRefresh: resolve }))
      window.fake.answers['profile.refresh'] = later
    })
    await one.click()
    await page.getByText(/^Waiting for server-1 to refresh /).waitFor()
    expect(await one.getAttribute('aria-busy')).toBe('true')
    expect(await other.getAttribute('aria-busy')).toBeNull()
    const nobody = 'No computer did this within a minute.'
    await page.evaluate((reply) => Reflect.get(window, 'answerRefresh')(reply), refused(nobody))
    await page.getByText(nobody, { exact: false }).waitFor()
    expect(await one.getAttribute('aria-busy')).toBeNull()
  })

  test('what acts on this computer’s own vault is not offered', async () => {
    const page = await open({ view: joined(), hash: '#/settings/data' })
    await page.getByText('leave the shared vault first', { exact: false }).waitFor()
    for (const name of ['Restore…', 'Move to a server…'])
      expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('restore a backup')
    expect(await page.getByRole('option', { name: /Restore a backup/ }).count()).toBe(0)
  })

  test('an edit that came second says what is there now, and begins anew from that', async () => {
    const before = profile({ id: 'profile-1', name: 'Orders', orgName: 'Acme' })
    const page = await open({
      view: joined({}, { fleet: { managers: [integration()], profiles: [before] } }),
      hash: '#/service-apps/profile-1',
    })
    await press(page, 'Edit')
    await field(page, 'Name').fill('Orders of mine')
    await answer(page, 'service-app.edit', {
      ok: false,
      error: { code: 'conflict', message: 'Someone else changed this in the meantime.' },
    })
    await press(page, 'Save')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('The values shown are the same', { exact: false }).waitFor()
    const now = { ...before, name: 'Orders of hers' }
    await push(page, joined({}, { fleet: { managers: [integration()], profiles: [now] } }))
    await dialog.getByText('Orders of hers').first().waitFor()
    expect(await field(page, 'Name').inputValue()).toBe('Orders of mine')
    await press(page, 'Load current values')
    expect(await field(page, 'Name').inputValue()).toBe('Orders of hers')
    expect(await dialog.getByRole('alert').count()).toBe(0)
  })
})

describe('held', () => {
  test('a computer that has left can join again, or renew what was known last', async () => {
    const page = await open({ view: left })
    await press(page, 'Renew here again')
    await page.getByText('Is the shared vault out of use?').waitFor()
    await press(page, 'Go back')
    await press(page, 'Join a shared vault…')
    await field(page, 'Connection string').fill(DATABASE)
    await press(page, 'Join')
    expect(await asked(page, 'shared-vault.join')).toEqual([{ database: DATABASE }])
    await push(page, { ...left, sharedVault: joinable })
    await page.getByText(RECIPIENT).waitFor()
  })

  test('a move that was interrupted is continued', async () => {
    const page = await open({ view: interrupted })
    await answer(page, 'shared-vault.go-on', refused('The database cannot be reached.'))
    await press(page, 'Continue the move')
    await page.getByText('The database cannot be reached.').waitFor()
    expect(await asked(page, 'shared-vault.go-on')).toHaveLength(1)
  })
})

test('the time of the last agreement is that of the computer’s clock', async () => {
  const page = await open({
    view: joined({ agreedAt: NOW - 20 * MINUTE, trouble: trouble('Away.', NOW - 20 * MINUTE) }),
    hash,
    answers: sharedAnswers,
  })
  await page.getByText('20 min ago').first().waitFor()
})
