// The cloud belongs to the vault: real vaults, real preferences files, runs one after another.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCloudGuard } from '#application/cloud-binding.ts'
import { createSettings, type FixedCloud } from '#application/settings.ts'
import { openPreferences } from '#desktop/preferences/preferences.ts'
import { Secret } from '#engine/domain/secret.ts'
import { readBackup } from '../vault/support/backups.ts'
import { anIntegration, aProfile, aServiceApp, temporaryFolder } from '../vault/support/builders.ts'
import { fakeKeychain } from '../vault/support/fake-keychain.ts'
import { opened } from '../vault/support/opened.ts'
import { withDatabase } from '../vault/support/tamper.ts'
import { BACKUP_PASSPHRASE } from '../vault/support/versions.ts'

const WEBEX = 'https://webexapis.com/v1'
const GOVERNMENT = 'https://api-usgov.webex.com/v1'
const OTHER = 'https://webex.example/v1'
const SIMULATED = 'http://127.0.0.1:4000/v1'
const OTHER_SIMULATED = 'http://127.0.0.1:5000/v1'
const OLD_BACKUP = path.join(import.meta.dirname, '../vault/support/version-2.satm-backup')
const PASSPHRASE = new Secret('correct horse battery')

const variable = (baseUrl: string): FixedCloud => ({ by: 'variable', baseUrl })

/** A data folder; `preferences`: what its file holds, null: there is none. */
function data(preferences: string | null = null) {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const file = path.join(folder, 'preferences.json')
  if (preferences !== null) writeFileSync(file, preferences)
  const kept = (): Record<string, unknown> => JSON.parse(readFileSync(file, 'utf8'))

  /** One run of the app up to the guard's word. */
  const run = async (fixed: FixedCloud | null = null) => {
    const preferenceValues = openPreferences(folder)
    const settings = createSettings(preferenceValues, fixed, { isOn: () => false, set: () => undefined })
    const said: string[] = []
    const guard = createCloudGuard({
      preferences: preferenceValues,
      settings,
      recorded: (at) => said.push(at),
    })
    const vault = await opened(path.join(folder, 'vault'), { keychain })
    const trouble = async () => guard.trouble(vault, await vault.load())
    const use = async () =>
      vault.commit(
        [
          { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
          { kind: 'profile-saved', profile: aProfile('p1') },
        ],
        [],
      )
    return { guard, settings, vault, trouble, use, said, first: await trouble() }
  }
  /** One run that ends. */
  const word = async (fixed: FixedCloud | null = null) => {
    const { vault, first, said } = await run(fixed)
    vault.close()
    return { sentence: first?.sentence ?? null, choices: first?.choices ?? [], said }
  }
  const usedIn = async (fixed: FixedCloud | null = null) => {
    const { vault, use } = await run(fixed)
    await use()
    vault.close()
  }
  return { folder, file, kept, run, word, usedIn, vaultFolder: path.join(folder, 'vault') }
}

/** As a vault of an older version is: it has content, and no record of its cloud. */
async function olderVault(preferences: object | null) {
  const staged = data()
  await staged.usedIn()
  withDatabase(staged.vaultFolder, (db) => db.exec(`DELETE FROM meta WHERE key = 'cloud'`))
  rmSync(staged.file, { force: true })
  if (preferences !== null) writeFileSync(staged.file, JSON.stringify(preferences))
  return staged
}

describe('a vault whose cloud is known', () => {
  test('is not started against another one; the advice names what says otherwise', async () => {
    const { word, usedIn } = data()
    await usedIn()
    expect((await word()).sentence).toBeNull()
    for (const baseUrl of [SIMULATED, GOVERNMENT, OTHER]) {
      const { sentence, choices } = await word(variable(baseUrl))
      expect(sentence).toContain(`SATM_WEBEX_BASE_URL is set to ${baseUrl}`)
      expect([sentence?.includes(WEBEX), choices]).toEqual([true, []])
    }
    const demo = await word({ by: 'demo', baseUrl: SIMULATED })
    expect(demo.sentence).toMatch(/without --demo/)
    expect(demo.sentence).not.toContain('SATM_WEBEX_BASE_URL')
    expect((await word()).sentence).toBeNull()
  })

  test.each<[string, (file: string) => void, RegExp]>([
    ['deleted', (file) => rmSync(file), /missing or names no cloud/],
    ['cut short', (file) => writeFileSync(file, '{"baseUrl": "https://api-us'), /could not be read/],
    ['emptied', (file) => writeFileSync(file, '{}'), /missing or names no cloud/],
    [
      'overwritten with another cloud',
      (file) => rewrite(file, OTHER),
      /the setting is https:\/\/webex\.example/,
    ],
    ['overwritten with no address', (file) => rewrite(file, 'nonsense'), /is not valid/],
    ['overwritten, with a note that agrees', (file) => rewrite(file, OTHER, OTHER), /the setting is/],
  ])(
    'is not forgotten with the preferences file %s, and the setting can follow it',
    async (_, harm, cause) => {
      const staged = data(JSON.stringify({ baseUrl: GOVERNMENT }))
      await staged.usedIn()
      harm(staged.file)
      const { guard, settings, vault, first, trouble } = await staged.run()
      expect(first?.sentence).toMatch(cause)
      expect(first?.sentence).toContain(GOVERNMENT)
      expect(first?.choices).toEqual([{ does: 'use', baseUrl: GOVERNMENT, recommended: true }])
      await expect(guard.choose(OTHER, vault, first)).rejects.toThrow(/can no longer be chosen/)
      await guard.choose(GOVERNMENT, vault, first)
      expect([settings.baseUrl(), await trouble()]).toEqual([GOVERNMENT, null])
      vault.close()
      expect((await staged.word()).sentence).toBeNull()
    },
  )

  test('was recorded while it was empty, and holds for what was added then', async () => {
    const { word, usedIn } = data(JSON.stringify({ baseUrl: GOVERNMENT }))
    await usedIn()
    expect((await word(variable(WEBEX))).sentence).toContain(GOVERNMENT)
  })

  test('may be a simulated one by another port', async () => {
    const { word, usedIn } = data()
    await usedIn(variable(SIMULATED))
    expect((await word(variable(OTHER_SIMULATED))).sentence).toBeNull()
    expect((await word()).sentence).toContain(SIMULATED)
  })

  test('is no longer known once its record was forged, moved or cut: then the person is asked, whatever is noted', async () => {
    const other = data()
    await other.usedIn(variable(OTHER))
    const foreign = withDatabase(other.vaultFolder, (db) =>
      String(db.get(`SELECT value FROM meta WHERE key = 'cloud'`)?.value),
    )
    const plain = Buffer.from(JSON.stringify({ baseUrl: OTHER, restored: false })).toString('base64')
    for (const forged of [foreign, plain, OTHER, '', foreign.slice(0, 20)]) {
      const staged = data()
      await staged.usedIn()
      withDatabase(staged.vaultFolder, (db) =>
        db.run(`UPDATE meta SET value = ? WHERE key = 'cloud'`, forged),
      )
      rewrite(staged.file, OTHER, OTHER)
      const { sentence, choices } = await staged.word()
      expect(sentence).toMatch(/damaged or was altered/)
      expect(choices.map(({ does }) => does)).not.toContain('use')
    }
  })

  test('stays known under another data key', async () => {
    const staged = data()
    const { vault, use } = await staged.run(variable(OTHER))
    await use()
    await vault.setPassphrase(PASSPHRASE, 'beside')
    expect(await vault.cloud.load()).toEqual({ kind: 'known', baseUrl: OTHER, restored: false })
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    const weak = await opened(temporaryFolder(), { keychain, weakStorageConsent: 'given' })
    await weak.cloud.record(GOVERNMENT)
    await weak.setPassphrase(PASSPHRASE, 'alone')
    expect(await weak.cloud.load()).toMatchObject({ kind: 'known', baseUrl: GOVERNMENT })
  })
})

describe('a vault of an older version', () => {
  test.each([
    ['the commercial cloud', { cloudOfTokens: WEBEX }, WEBEX],
    ['the government’s', { cloudOfTokens: GOVERNMENT, baseUrl: GOVERNMENT }, GOVERNMENT],
    ['one simulated here', { cloudOfTokens: SIMULATED, baseUrl: SIMULATED, theme: 'dark' }, SIMULATED],
  ])(
    'goes on unattended where note and setting agree on %s, which is recorded and said once',
    async (_, values, cloud) => {
      const staged = await olderVault(values)
      expect(await staged.word()).toEqual({ sentence: null, choices: [], said: [cloud] })
      expect(staged.kept()).toEqual({ ...values, cloudOfTokens: null })
      expect(await staged.word()).toEqual({ sentence: null, choices: [], said: [] })
      expect((await staged.word(variable('https://elsewhere.example/v1'))).sentence).toContain(cloud)
    },
  )

  test('is asked for where they do not agree, and starts nothing; what was confirmed is recorded', async () => {
    const staged = await olderVault({ cloudOfTokens: GOVERNMENT })
    const { guard, settings, vault, first, trouble, said } = await staged.run()
    expect(first?.sentence).toContain(`notes ${GOVERNMENT}`)
    expect(first?.choices).toEqual([
      { does: 'confirm', baseUrl: GOVERNMENT, recommended: true },
      { does: 'confirm', baseUrl: WEBEX, recommended: true },
    ])
    await guard.choose(GOVERNMENT, vault, first)
    expect([settings.baseUrl(), await trouble(), said]).toEqual([GOVERNMENT, null, []])
    vault.close()
    expect((await staged.word()).sentence).toBeNull()
    expect((await staged.word(variable(WEBEX))).sentence).toContain(GOVERNMENT)
  })

  test.each([
    ['without a preferences file', null],
    ['without a note', { baseUrl: OTHER }],
    ['with a note that is no address', { cloudOfTokens: 'nonsense' }],
    ['with a note of another kind', { cloudOfTokens: 7 }],
  ])('is asked for %s', async (_, values) => {
    const staged = await olderVault(values)
    const { sentence, choices, said } = await staged.word()
    expect(sentence).toMatch(/neither the data file nor the settings file names it/)
    expect([said, choices.length > 0]).toEqual([[], true])
    expect((await staged.word(variable(OTHER))).choices).toEqual([
      { does: 'confirm', baseUrl: OTHER, recommended: false },
    ])
    expect((await staged.word({ by: 'demo', baseUrl: SIMULATED })).choices).toEqual([])
  })
})

/** Who can write both files makes a vault look older, and the settings file say anything. */
describe('a vault whose record was removed', () => {
  test.each([
    ['another host', 'https://evil.example/v1'],
    ['a host that begins like Webex’s', 'https://webexapis.com.evil.example/v1'],
    ['a host that ends like Webex’s', 'https://evil-webexapis.com/v1'],
    ['another path of Webex’s host', 'https://webexapis.com/evil/v1'],
    ['another port of Webex’s host', 'https://webexapis.com:8443/v1'],
    ['a dot behind the host', 'https://webexapis.com./v1'],
    ['a letter that looks the same', 'https://xn--webexpis-0ij.com/v1'],
    ['an address of the local network', 'https://192.168.0.7/v1'],
    ['a host named like this computer', 'https://localhost.evil.example/v1'],
  ])('is not sent to %s without a question, by setting or by variable', async (_, evil) => {
    for (const fixed of [null, variable(evil)]) {
      const staged = await olderVault({ baseUrl: evil, cloudOfTokens: evil })
      const { sentence, choices, said } = await staged.word(fixed)
      expect(sentence).toContain(`only the settings file names it, and ${evil} is not one of Webex's own`)
      expect(sentence).toContain('Nothing was started')
      expect(choices.filter(({ recommended }) => recommended).map(({ baseUrl }) => baseUrl)).toEqual(
        fixed === null ? [WEBEX, GOVERNMENT] : [],
      )
      expect(said).toEqual([])
      // Not at the next start either.
      expect((await staged.word(fixed)).sentence).toBe(sentence)
    }
  })

  test('goes on with another address once a person has confirmed it', async () => {
    const staged = await olderVault({ baseUrl: OTHER, cloudOfTokens: OTHER })
    const { guard, vault, first, trouble } = await staged.run()
    await guard.choose(OTHER, vault, first)
    expect(await trouble()).toBeNull()
    vault.close()
    expect((await staged.word()).sentence).toBeNull()
  })
})

describe('a restored backup', () => {
  const backupOf = async (cloud: FixedCloud | null) => {
    const source = data()
    const { vault, use } = await source.run(cloud)
    await use()
    const file = path.join(source.folder, 'b.satm-backup')
    await vault.backup(file, PASSPHRASE)
    return read(file, PASSPHRASE)
  }

  test('takes its cloud with it: over the vault of another one nothing starts before the person chose', async () => {
    const backup = await backupOf(variable(OTHER))
    expect(backup.cloud).toBe(OTHER)
    const staged = data()
    await staged.usedIn()
    const { guard, vault, settings, trouble } = await staged.run()
    await vault.restore(backup)
    expect((await trouble())?.sentence).toMatch(
      /came with a restored backup and belong to https:\/\/webex\.example/,
    )
    expect((await trouble())?.sentence).toContain("which is not one of Webex's own addresses")
    expect((await trouble())?.sentence).toContain(
      `Use ${OTHER} only if you know this address, or restore another backup.`,
    )
    expect((await trouble())?.choices).toEqual([{ does: 'use', baseUrl: OTHER, recommended: false }])
    await guard.choose(OTHER, vault, await trouble())
    expect([settings.baseUrl(), await trouble()]).toEqual([OTHER, null])
    await vault.restore(await backupOf(null))
    expect((await trouble())?.choices).toEqual([{ does: 'use', baseUrl: WEBEX, recommended: false }])
    expect((await trouble())?.sentence).not.toContain('not one of Webex')
  })

  test('of the cloud in force goes on at once, into an empty vault as well', async () => {
    const { vault, trouble } = await data().run()
    await vault.restore(await backupOf(null))
    expect(await trouble()).toBeNull()
  })

  test('of an older version belongs to no known cloud: never the one in force, the one before or the noted one', async () => {
    const staged = data(JSON.stringify({ cloudOfTokens: WEBEX, baseUrl: WEBEX }))
    await staged.usedIn()
    const { vault, trouble, said } = await staged.run()
    const backup = await read(OLD_BACKUP, BACKUP_PASSPHRASE)
    expect(backup.cloud).toBeNull()
    await vault.restore(backup)
    expect((await trouble())?.sentence).toMatch(/the restored backup does not name it/)
    vault.close()
    writeFileSync(staged.file, JSON.stringify({ cloudOfTokens: WEBEX, baseUrl: WEBEX }))
    expect((await staged.word()).sentence).toMatch(/the restored backup does not name it/)
    expect(said).toEqual([])
  })

  test.each([
    'javascript:alert(1)',
    'https://user:secret@evil.example/v1',
    'http://evil.example/v1',
    'https://evil.example/v1?x',
    'x'.repeat(501),
    '\u202ehttps://x/v1',
    '',
  ])(
    'with %j in the place of an address names none: the person is asked, and nothing is called damaged',
    async (address) => {
      const { vault, trouble, guard } = await data().run()
      await vault.restore({ ...(await backupOf(null)), cloud: address })
      expect((await trouble())?.sentence).toMatch(/the restored backup does not name it/)
      expect((await trouble())?.choices.map(({ does }) => does)).not.toContain('use')
      await expect(guard.allow(OTHER, vault, (await vault.load()).fleet)).rejects.toThrow(/one Webex cloud/)
    },
  )

  test.each([
    ['HTTPS://WEBEXAPIS.COM/v1/', null],
    ['https://webexapis.com', null],
    ['webexapis.com', null],
    ['https://webexapis.com:443/v1', null],
    ['https://EVIL.example', 'https://evil.example/v1'],
  ])('with %s means the address that the setting would mean', async (address, mismatch) => {
    const { vault, trouble } = await data().run()
    await vault.restore({ ...(await backupOf(null)), cloud: address })
    expect((await trouble())?.choices.map(({ baseUrl }) => baseUrl) ?? null).toEqual(
      mismatch === null ? null : [mismatch],
    )
  })

  test('of another cloud than the variable says is not recommended for it', async () => {
    const backup = await backupOf(variable(OTHER))
    const { vault, trouble } = await data().run(variable(WEBEX))
    await vault.restore(backup)
    expect((await trouble())?.choices).toEqual([])
    expect((await trouble())?.sentence).toContain(`Set it to ${OTHER} only if you know this address.`)
    const demo = await data().run({ by: 'demo', baseUrl: SIMULATED })
    await demo.vault.restore(backup)
    expect((await demo.trouble())?.sentence).toContain(
      'Start the app without --demo, or restore another backup.',
    )
  })
})

describe('the setting', () => {
  test('may be changed only in an empty folder, which follows it', async () => {
    const staged = data()
    const { guard, settings, vault, use } = await staged.run()
    const fleet = async () => (await vault.load()).fleet
    await guard.allow(GOVERNMENT, vault, await fleet())
    settings.save({ baseUrl: GOVERNMENT })
    await guard.follow(vault, await fleet())
    await use()
    const field = expect.objectContaining({ field: 'baseUrl' })
    await expect(guard.allow(WEBEX, vault, await fleet())).rejects.toThrow(field)
    await expect(guard.allow(WEBEX, vault, null)).rejects.toThrow(field)
    await expect(guard.allow(WEBEX, null, null)).rejects.toThrow(field)
    await guard.allow(GOVERNMENT, vault, await fleet())
    await guard.follow(vault, await fleet())
    vault.close()
    expect((await staged.word()).sentence).toBeNull()
    expect((await staged.word(variable(WEBEX))).sentence).toContain(GOVERNMENT)
  })

  test('is not changed under what was stored a moment ago and is not in memory yet', async () => {
    const { guard, vault, use } = await data().run()
    const { fleet } = await vault.load()
    const stored = use()
    await expect(guard.allow(GOVERNMENT, vault, fleet)).rejects.toThrow(/belong to/)
    await stored
    expect(await vault.cloud.load()).toMatchObject({ baseUrl: WEBEX })
  })

  test('is in force, once it may be changed, for all that is stored from then on', async () => {
    const { guard, vault, use, trouble } = await data().run()
    const { fleet } = await vault.load()
    await Promise.all([guard.allow(GOVERNMENT, vault, fleet), use()])
    expect(await vault.cloud.load()).toMatchObject({ baseUrl: GOVERNMENT })
    expect((await trouble())?.choices.map(({ baseUrl }) => baseUrl)).toEqual([GOVERNMENT])
  })

  test('is not changed under a token manager alone, nor under what cannot be read', async () => {
    const { guard, vault } = await data().run()
    await vault.commit([{ kind: 'manager-saved', manager: anIntegration('m1') }], [])
    await expect(guard.allow(GOVERNMENT, vault, (await vault.load()).fleet)).rejects.toThrow(/belong to/)
    const staged = data()
    await staged.usedIn()
    withDatabase(staged.vaultFolder, (db) => db.exec(`UPDATE credentials SET client_secret = x'00'`))
    const { vault: altered, guard: other, first } = await staged.run(variable(OTHER))
    expect(first?.sentence).toContain(WEBEX)
    await expect(other.allow(GOVERNMENT, altered, (await altered.load()).fleet)).rejects.toThrow(/belong to/)
  })
})

async function read(file: string, passphrase: Secret) {
  const reading = await readBackup(file, passphrase)
  if (reading.kind !== 'ok') throw new Error(reading.sentence)
  return reading.backup
}

function rewrite(file: string, baseUrl: string, cloudOfTokens?: string): void {
  writeFileSync(file, JSON.stringify({ baseUrl, ...(cloudOfTokens === undefined ? {} : { cloudOfTokens }) }))
}
