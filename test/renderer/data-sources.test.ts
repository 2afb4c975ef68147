import { describe, expect, test } from 'vitest'
import { all, HASH, home, kept, listing, refusal, source } from './data-source-scenes.ts'
import { DAY, HOUR, NOW } from './fake-view.ts'
import { answer, asked, push, windows } from './window.ts'

const { open } = windows()
const section = 'Data sources'

describe('the data sources of a service app', () => {
  test('are not requested from Webex before a person wants them, where none is kept alive', async () => {
    const page = await open({
      view: home(),
      hash: HASH,
      answers: { 'data-sources.list': listing([], { listedAt: null }) },
    })
    await page.getByText(/Choose which ones this app renews/).waitFor()
    expect((await asked(page, 'data-sources.list')).map((input) => input.refresh)).toEqual([false])
    await answer(page, 'data-sources.list', listing([source('a')]))
    await page.getByRole('button', { name: 'List data sources' }).click()
    await page.getByRole('checkbox', { name: 'Keep alive https://data.example.com/a' }).waitFor()
    await page.getByText('1 data source, none kept alive.', { exact: false }).waitFor()
    expect((await asked(page, 'data-sources.list')).at(-1)?.refresh).toBe(true)
  })

  test('that are kept are compared with Webex’s list as soon as the page is shown', async () => {
    const page = await open({
      view: home(),
      hash: HASH,
      answers: { 'data-sources.list': listing([kept], { listedAt: null }) },
    })
    await expect
      .poll(async () => (await asked(page, 'data-sources.list')).map((input) => input.refresh))
      .toContain(true)
  })

  test('show until when each lives, what is wrong, and what becomes of them without this app', async () => {
    const page = await open({ view: home(), hash: HASH, answers: { 'data-sources.list': listing(all) } })
    const rows = page.getByRole('list', { name: section }).getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(5)
    await page.getByText('4 of 5 kept alive. If this app stops, the first one lapses in 40 min.').waitFor()
    expect(await rows.nth(0).innerText()).toMatch(/15 h 00 min\s+renewed in 3 h\s+Kept alive/)
    expect(await rows.nth(1).innerText()).toContain('spark-admin:datasource_write')
    expect(await rows.nth(2).innerText()).toMatch(/Had lapsed from .* until /)
    expect(await rows.nth(4).innerText()).toContain('Disabled')
  })

  test('are chosen one by one or all at once', async () => {
    const page = await open({ view: home(), hash: HASH, answers: { 'data-sources.list': listing(all) } })
    await page.getByRole('checkbox', { name: 'Keep alive https://data.example.com/other' }).click()
    await expect
      .poll(async () => (await asked(page, 'data-sources.choose')).map((input) => input.ids))
      .toEqual([['kept', 'refused', 'lapsed', 'off', 'other']])
    await page.getByRole('checkbox', { name: 'Keep alive https://data.example.com/kept' }).click()
    await expect
      .poll(async () => (await asked(page, 'data-sources.choose')).at(-1)?.ids)
      .toEqual(['refused', 'lapsed', 'off'])
    await page.getByRole('button', { name: 'Keep all' }).click()
    await expect
      .poll(async () => (await asked(page, 'data-sources.choose')).at(-1)?.ids)
      .toEqual(['kept', 'refused', 'lapsed', 'other', 'off'])
  })

  test('are renewed by a press, and what went wrong is said', async () => {
    const outcomes = [
      { id: 'kept', result: 'failed', sentence: 'Webex is having problems.', expiresAt: null },
    ]
    const page = await open({
      view: home(),
      hash: HASH,
      answers: { 'data-sources.list': listing(all), 'data-sources.renew': { ok: true, value: { outcomes } } },
    })
    await page.getByRole('button', { name: 'Renew https://data.example.com/kept' }).click()
    await page.getByText('0 of 1 data source renewed; the reason is in the list.').waitFor()
    expect((await asked(page, 'data-sources.renew')).map((input) => input.ids)).toEqual([['kept']])
  })

  test('that Webex does not list say why, and keep what is known', async () => {
    const problem = { sentence: refusal, trackingId: 'ROUTER_1', isRefusal: true }
    const page = await open({
      view: home(),
      hash: HASH,
      answers: { 'data-sources.list': listing([kept], { problem }) },
    })
    await page.getByText('Webex did not list them').waitFor()
    await page.getByRole('checkbox', { name: 'Keep alive https://data.example.com/kept' }).waitFor()
  })

  test('are listed again when something has changed, without a request to Webex', async () => {
    const page = await open({ view: home(), hash: HASH, answers: { 'data-sources.list': listing([kept]) } })
    await page.getByText('renewed in 3 h').waitFor()
    const renewed = { ...kept, expiresAt: NOW + DAY, nextRenewalAt: NOW + 12 * HOUR }
    await answer(page, 'data-sources.list', listing([renewed]))
    await push(page, home(2))
    await page.getByText('renewed in 12 h').waitFor()
    expect((await asked(page, 'data-sources.list')).map((input) => input.refresh)).not.toContain(true)
  })

  test('of which there are many are drawn at first in part', async () => {
    const many = Array.from({ length: 200 }, (_, n) => source(`s${n}`))
    const page = await open({ view: home(), hash: HASH, answers: { 'data-sources.list': listing(many) } })
    const rows = page.getByRole('list', { name: section }).getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(20)
    await page.getByRole('button', { name: 'Show all 200' }).click()
    await expect.poll(() => rows.count()).toBe(200)
  })
})
