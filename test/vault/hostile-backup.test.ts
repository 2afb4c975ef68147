import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isHeaderText, Secret } from '#engine/domain/secret.ts'
import { writeBackupFile } from '#vault/backup/backup-file.ts'
import { attemptLine, readRecord } from '#vault/backup/backup-records.ts'
import { type BackupReading, readBackup } from './support/backups.ts'
import {
  anAttempt,
  aPair,
  aPersonalToken,
  aProfile,
  aServiceApp,
  NOW,
  temporaryFolder,
} from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { CHEAP_SCRYPT, opened } from './support/opened.ts'

const PASSPHRASE = new Secret('a backup of somebody')

/** As somebody writes it who knows the format and chose the passphrase. */
async function reading(records: readonly object[]): Promise<BackupReading> {
  const path = join(temporaryFolder(), 'some.satm-backup')
  async function* lines() {
    for (const record of records) yield `${JSON.stringify(record)}\n`
  }
  await writeBackupFile(path, lines(), { passphrase: PASSPHRASE, cost: CHEAP_SCRYPT, now: NOW })
  return readBackup(path, PASSPHRASE)
}

const file = { kind: 'env-file', path: '/a/.env', accessTokenName: 'TOKEN', refreshTokenName: null }
const hook = { kind: 'hook', command: 'true', pass: 'stdin', timeLimit: 30_000 }
const target = (spec: object, id = 't') => ({
  kind: 'delivery-target',
  value: { id, profileId: 'p', spec: { confirmed: [], ...spec }, createdAt: NOW },
})
const consumer = (change: object = {}) => ({
  kind: 'consumer',
  value: {
    id: 'c',
    name: 'ci',
    secretHash: Buffer.alloc(32).toString('base64'),
    profileIds: null,
    createdAt: NOW,
    lastUsedAt: null,
    ...change,
  },
})
const fleetDelivery = (change: object = {}) => ({
  kind: 'fleet-delivery',
  value: { id: 'f', serviceAppId: null, spec: hook, createdAt: NOW, ...change },
})
const webhook = { kind: 'webhook', value: { url: 'https://hooks.example/', secret: 'x' } }

describe('a backup is damaged with', () => {
  test.each<[string, readonly object[]]>([
    ['an ID with NUL', [target(hook, 't\0')]],
    ['an ID with a line break', [consumer({ id: 'c\n' })]],
    ['an ID that turns text around', [consumer({ id: '\u202ec' })]],
    ['an ID with half a character', [consumer({ id: 'c\ud800' })]],
    ['a reference with NUL', [consumer({ profileIds: ['p\0'] })]],
    ['a path that is not whole', [target({ ...file, path: '.profile' })]],
    ['a path through the home folder', [target({ ...file, path: '~/.profile' })]],
    ['an empty path', [target({ ...file, path: '' })]],
    ['a path with NUL', [target({ ...file, path: '/a/.env\0.txt' })]],
    ['a path nobody could type', [target({ ...file, path: `/${'a'.repeat(4096)}` })]],
    ['a variable that is more than a name', [target({ ...file, accessTokenName: 'A=1; touch ran; B' })]],
    ['a variable on two lines', [target({ ...file, accessTokenName: 'A\nB' })]],
    ['a variable that begins with a digit', [target({ ...file, accessTokenName: '1A' })]],
    ['an empty variable', [target({ ...file, accessTokenName: '' })]],
    ['a second variable that is none', [target({ ...file, refreshTokenName: '$(id)' })]],
    ['one variable for two tokens', [target({ ...file, refreshTokenName: 'TOKEN' })]],
    ['a command of blanks', [target({ ...hook, command: ' \t ' })]],
    ['a secret store with an endless name', [target({ ...hook, store: 'x'.repeat(41) })]],
    ['a command with NUL', [target({ ...hook, command: 'true\0' })]],
    ['a command nobody could type', [target({ ...hook, command: 'a'.repeat(4097) })]],
    ['a command without end', [target({ ...hook, timeLimit: 1e15 })]],
    ['a command without time', [target({ ...hook, timeLimit: 0 })]],
    ['a part of a second', [target({ ...hook, timeLimit: 1500 })]],
    ['two targets of one id', [target(file), target(hook)]],
    ['two consumers of one id', [consumer(), consumer({ profileIds: [] })]],
    ['two webhooks', [webhook, webhook]],
    ['a target without id', [target(file, '')]],
    ['a target with an endless id', [target(file, 't'.repeat(161))]],
    ['two fleet deliveries of one id', [fleetDelivery(), fleetDelivery({ serviceAppId: 'sa' })]],
    ['a fleet delivery whose targets would be another’s', [fleetDelivery({ id: 'f:p' })]],
    ['a fleet delivery without a command', [fleetDelivery({ spec: { ...hook, command: ' ' } })]],
    [
      'a fleet delivery to a path that is not whole',
      [fleetDelivery({ spec: { ...file, confirmed: [], path: '{customer}' } })],
    ],
    ['a consumer with an endless id', [consumer({ id: 'c'.repeat(65) })]],
    ['an endless address', [{ kind: 'webhook', value: { url: `https://${'x'.repeat(2000)}`, secret: 'x' } }]],
  ])('%s', async (_, records) => {
    expect((await reading(records)).kind).toBe('damaged')
  })
})

test.each<[string, object]>([
  ['without it, as an older version wrote', {}],
  ['null', { reason: null }],
  ['of a newer version', { reason: { code: 'moon-phase' } }],
  ['a text', { reason: 'no-token' }],
  ['without its data', { reason: { code: 'lifetime-share' } }],
])('a reason that is not known here is none, and its attempt is restored: %s', async (_, change) => {
  const { reason: _known, ...older } = anAttempt('a')
  const { kind } = await reading([{ kind: 'attempt', value: { ...older, ...change } }])
  expect(kind).toBe('ok')
  const line = JSON.stringify({ kind: 'attempt', value: { ...older, ...change } })
  expect(readRecord(line)).toEqual({ kind: 'attempt', attempt: { ...older, reason: null } })
})

test('a reason comes back from a backup with its data', () => {
  const attempt = anAttempt('a', { reason: { code: 'retry-after-failure', failure: 'throttled' } })
  const line = attemptLine({ ...attempt, computer: 'tokens1 (3f2a)' })
  expect(line).not.toContain('tokens1')
  expect(readRecord(line)).toStrictEqual({ kind: 'attempt', attempt })
})

test.each<[string, object]>([
  ['Windows', { ...file, path: 'C:\\Users\\me\\.env' }],
  ['a share', { ...file, path: '\\\\server\\share\\.env' }],
  ['POSIX', { ...file, path: '/home/me/.env' }],
  ['the longest hook', { ...hook, timeLimit: 600_000 }],
])('a target of %s is read on every system', async (_, spec) => {
  expect((await reading([target(spec)])).kind).toBe('ok')
})

const NOT_TOKENS = [
  ['a second line', 'x\ntouch ran'],
  ['a carriage return', 'x\rX-Header: y'],
  ['a space', 'two words'],
  ['a tab', 'x\ty'],
  ['a command in quotes', `'"$(touch ran)"'`],
  ['a command after it', 'x;touch$IFS ran'],
  ['a backtick', '`id`'],
  ['NUL', 'x\0'],
  ['another alphabet', 'tоken'],
  ['nothing', ''],
  ['no end', 'x'.repeat(16_385)],
] as const

describe('a text that cannot be a token, because of', () => {
  const plain = (value: object) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>
  const records = (access: string, refresh: string, personal: string) => {
    const pair = plain(aPair('one'))
    const withPair = (accessToken: string, token: string) => ({
      ...pair,
      accessToken,
      fingerprint: 'deadbeef',
      refresh: { ...(pair.refresh as object), token },
    })
    return [
      { kind: 'service-app', value: { ...aServiceApp('sa'), clientSecret: 'secret' } },
      {
        kind: 'manager',
        value: { ...plain(aPersonalToken('m')), pair: { ...withPair(personal, 'x'), refresh: null } },
      },
      { kind: 'profile', value: { ...plain(aProfile('p')), pair: withPair(access, refresh) } },
    ]
  }

  test.each(NOT_TOKENS)('%s, is left out of a backup and counted; the rest is restored', async (_, text) => {
    const all = [
      [text, 'refresh', 'personal', 1],
      ['access', text, 'personal', 1],
      [text, text, text, 3],
    ] as const
    for (const [access, refresh, personal, notTokens] of all) {
      const read = await reading(records(access, refresh, personal))
      if (read.kind !== 'ok') throw new Error(read.sentence)
      expect(read.backup).toMatchObject({ profiles: 1, managers: 1, notTokens })
      const vault = await opened(temporaryFolder())
      await vault.restore(read.backup)
      const { profiles } = (await vault.load()).fleet
      const pair = profiles.get('p')?.pair
      expect(pair?.accessToken?.reveal()).toBe(access === text ? undefined : access)
      expect(pair?.refresh?.token.reveal()).toBe(refresh === text ? undefined : refresh)
      // What is shown of a token is made of the token.
      expect(pair?.fingerprint ?? null).not.toBe('deadbeef')
      vault.close()
    }
  })

  const notInAHeader = NOT_TOKENS.filter(([, text]) => !isHeaderText(text))

  test.each(notInAHeader)('%s, is none in a row of the vault either', async (_, text) => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await opened(folder, { keychain })
    await vault.commit(
      [
        { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
        {
          kind: 'profile-saved',
          profile: aProfile('p', { pair: aPair('p', { accessToken: new Secret(text) }) }),
        },
      ],
      [],
    )
    const { fleet, unreadable } = await vault.load()
    expect(fleet.profiles.get('p')?.pair).toMatchObject({ accessToken: null, fingerprint: null })
    expect(fleet.profiles.get('p')?.pair?.refresh?.token.reveal()).toBe('canary-refresh-p')
    expect(unreadable).toHaveLength(1)
    vault.close()
  })
})
