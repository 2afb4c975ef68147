import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { appIdOf, fleetOf, inState, integration, orgIdOf, profile, view } from './fake-view.ts'
import { answer, asked, focused, push, windows } from './window.ts'

const { open } = windows()
const connected = view({ fleet: { managers: [integration()], profiles: fleetOf(1) } })
const CLIENT_ID = `C${'7e57'.repeat(16)}`
const APP_ID = Buffer.from(`ciscospark://us/APPLICATION/${CLIENT_ID}`).toString('base64')
const ORG_ID = orgIdOf(42)
const field = (page: Page, name: string) => page.getByRole('dialog').getByRole('textbox', { name })
const save = (page: Page) => page.getByRole('button', { name: 'Save and issue token' }).click()
const saved = { ok: true, value: { profileId: 'p9', attempt: null } }

async function fill(page: Page): Promise<void> {
  if ((await page.getByRole('dialog').count()) === 0)
    await page.getByRole('button', { name: 'Add service app' }).click()
  await field(page, 'Name').fill('Orders')
  await field(page, 'App ID').fill(APP_ID)
  await field(page, 'Client ID').fill(CLIENT_ID)
  await field(page, 'Client secret').fill('s3cret')
  await field(page, 'Target org ID').fill(ORG_ID)
}

describe('adding a service app', () => {
  test('goes by the keyboard alone', async () => {
    const page = await open({ view: connected, answers: { 'service-app.add': saved } })
    await page.getByRole('button', { name: 'Add service app' }).press('Enter')
    await focused(field(page, 'Name'))
    for (const text of ['Orders', 'Acme', APP_ID, CLIENT_ID, 's3cret']) {
      await page.keyboard.type(text)
      await page.keyboard.press('Tab')
    }
    // The button that shows the secret comes between.
    await page.keyboard.press('Tab')
    await page.keyboard.type(ORG_ID)
    await page.keyboard.press('Enter')
    await expect
      .poll(() => asked(page, 'service-app.add'))
      .toEqual([
        {
          name: 'Orders',
          appId: APP_ID,
          clientId: CLIENT_ID,
          clientSecret: 's3cret',
          targetOrgId: ORG_ID,
          orgName: 'Acme',
          probe: { kind: 'data-sources' },
          accessToken: null,
          refreshToken: null,
          pasted: {},
          tokenManager: null,
          issueToken: true,
        },
      ])
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => page.content()).not.toContain('s3cret')
  })

  test('says while typing what the values look like', async () => {
    const page = await open({ view: connected })
    await fill(page)
    await page.getByText('App ID and client ID belong together.').waitFor()
    await field(page, 'Client ID').fill(connected.fleet.managers[0]?.clientId ?? '')
    await page.getByText("This looks like the integration's client ID.").waitFor()
    await field(page, 'Target org ID').fill('xyz')
    await page.getByText('This does not look like a Webex org ID').waitFor()
    await save(page)
    expect(await asked(page, 'service-app.add')).toEqual([])
    await focused(field(page, 'Client ID'))
  })

  test.each([
    ['App ID', `appId: ${APP_ID}\nclientSecret: t0psecret`],
    ['Client ID', `CLIENT_ID=${CLIENT_ID}\nCLIENT_SECRET=t0psecret`],
    ['Target org ID', `${ORG_ID.slice(0, 20)}...`],
    ['Customer', 'Acme client_secret=t0psecret'],
  ])('takes no pasted config and no shortened value as %s', async (name, text) => {
    const page = await open({ view: connected })
    await fill(page)
    await field(page, name).fill(text)
    await save(page)
    await focused(field(page, name))
    const remark = page.getByRole('dialog').locator('[data-level=error] [id$=-remark]')
    expect(await remark.innerText()).toMatch(/Paste|paste|Copy it in full/)
    expect(await remark.innerText()).not.toContain('t0psecret')
    expect(await asked(page, 'service-app.add')).toEqual([])
  })

  test('a value an older version stored stays while another is edited', async () => {
    const odd = profile({ id: 'p1', appId: 'a p p', targetOrgId: 'short…', orgName: null })
    const page = await open({
      view: view({ fleet: { managers: [integration()], profiles: [odd] } }),
      hash: '#/service-apps/p1',
      answers: { 'service-app.edit': { ok: true, value: null } },
    })
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await field(page, 'Name').fill('Renamed')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect
      .poll(() => asked(page, 'service-app.edit'))
      .toMatchObject([{ name: 'Renamed', appId: 'a p p', targetOrgId: 'short…' }])
  })

  test('names the field main refuses, and keeps what was typed', async () => {
    const page = await open({
      view: connected,
      answers: {
        'service-app.add': {
          ok: false,
          error: {
            code: 'invalid',
            field: 'targetOrgId',
            message: 'This org is not known.',
            trackingId: 'ROUTER_4',
          },
        },
      },
    })
    await fill(page)
    await save(page)
    await page.getByText('This org is not known.').waitFor()
    await page.getByText('ROUTER_4').waitFor()
    await focused(field(page, 'Target org ID'))
    await expect.poll(() => field(page, 'Client secret').inputValue()).toBe('s3cret')
  })

  test('says why the first token could not be issued', async () => {
    const failed = {
      outcome: 'failed',
      tier: null,
      sentence: 'A full admin has to authorize it in Control Hub.',
      trackingId: 'ROUTER_5',
    }
    const page = await open({
      view: connected,
      answers: { 'service-app.add': { ok: true, value: { profileId: 'p9', attempt: failed } } },
    })
    await fill(page)
    await save(page)
    await page.getByText('A full admin has to authorize it in Control Hub.').waitFor()
    await page.getByText('ROUTER_5').waitFor()
  })

  test('a second row for the same app and org is refused with the way to the first', async () => {
    const first = connected.fleet.profiles[0]
    const message = `This service app is already in the list for this org, as “${first?.name}”.`
    const page = await open({
      view: connected,
      answers: {
        'service-app.add': {
          ok: false,
          error: { code: 'invalid', field: 'targetOrgId', message, profileId: first?.id },
        },
      },
    })
    await fill(page)
    await save(page)
    await page.getByRole('alert').getByText(message).waitFor()
    const opening = page.getByRole('button', { name: `Open it: ${first?.name}` })
    await opening.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => page.url()).toContain(`#/service-apps/${first?.id}`)
  })

  test('for another org keeps the app and asks for the org', async () => {
    const [app] = fleetOf(1)
    const page = await open({ view: connected, answers: { 'service-app.add': saved } })
    await page.getByRole('button', { name: `More ${app?.name}` }).click()
    await page.getByRole('menuitem', { name: 'Duplicate for another org' }).click()
    await expect.poll(() => field(page, 'App ID').inputValue()).toBe(appIdOf(0))
    await expect.poll(() => field(page, 'Target org ID').inputValue()).toBe('')
  })
})

describe('editing a service app', () => {
  const broken = inState('expired', profile({ id: 'p1', name: 'Orders' }))

  test('opens at the field that needs someone, and replaces only what is typed', async () => {
    const page = await open({ view: view({ fleet: { managers: [integration()], profiles: [broken] } }) })
    await page.getByRole('link', { name: 'Orders' }).click()
    await page.getByRole('button', { name: 'Edit credentials' }).click()
    const secret = field(page, 'Client secret')
    await focused(secret)
    await expect.poll(() => secret.inputValue()).toBe('')
    await secret.fill('new s3cret'.replace(' ', '-'))
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect
      .poll(() => asked(page, 'service-app.edit'))
      .toMatchObject([{ profileId: 'p1', name: 'Orders', clientSecret: 'new-s3cret', refreshToken: null }])
  })

  test('keeps the stored secret when none is typed', async () => {
    const page = await open({ view: view({ fleet: { profiles: [broken] } }), hash: '#/service-apps/p1' })
    await answer(page, 'service-app.edit', { ok: true, value: null })
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await field(page, 'Name').fill('Orders of Acme')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect
      .poll(() => asked(page, 'service-app.edit'))
      .toMatchObject([{ name: 'Orders of Acme', clientSecret: null }])
  })

  test('chooses its token manager where there are several', async () => {
    const managers = [integration(), integration({ id: 'm2', name: 'Other integration', isDefault: false })]
    const page = await open({
      view: view({ fleet: { managers, profiles: [broken] } }),
      hash: '#/service-apps/p1',
    })
    await answer(page, 'service-app.edit', { ok: true, value: null })
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.getByLabel('Token manager', { exact: true }).selectOption('Other integration')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(() => asked(page, 'service-app.edit')).toMatchObject([{ managerId: 'm2' }])
  })
})

describe('a service app that was added', () => {
  const added = profile({ id: 'p9', name: 'Wallboard', appId: 'another', targetOrgId: ORG_ID })

  test('has the focus in the list', async () => {
    const page = await open({ view: connected, answers: { 'service-app.add': saved } })
    await fill(page)
    await save(page)
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await push(page, view({ fleet: { managers: [integration()], profiles: [...fleetOf(1), added] } }))
    await focused(page.getByRole('row', { name: 'Wallboard', exact: true }))
    await page.keyboard.press('Enter')
    await page.waitForURL(/#\/service-apps\/p9$/)
  })

  test('is opened from its message on any other screen', async () => {
    const page = await open({ view: connected, hash: '#/history', answers: { 'service-app.add': saved } })
    await page.keyboard.press('n')
    await page.getByRole('dialog').waitFor()
    await fill(page)
    await save(page)
    await push(page, view({ fleet: { managers: [integration()], profiles: [...fleetOf(1), added] } }))
    await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Open' }).click()
    await page.waitForURL(/#\/service-apps\/p9$/)
  })
})
