// Every field of every table, harmed in every way: each harm ends in a named state, and no record is silently missing or
// silently another one.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { TokenPair } from '#engine/domain/model.ts'
import { Connection } from '#vault/db/connection.ts'
import { freshSchema } from '#vault/db/migrations.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import {
  aDataSource,
  anAttempt,
  anIntegration,
  aPair,
  aPersonalToken,
  aProfile,
  aServiceApp,
  temporaryFolder,
} from './support/builders.ts'
import { fieldsOf, HARMS, harmField, loosen } from './support/damage.ts'
import { aConsumer, aHook, anEnvFile, aWebhook, delivered } from './support/delivery.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opening } from './support/opened.ts'
import { databaseFile } from './support/tamper.ts'

const keychain = fakeKeychain()

async function filled(folder: string) {
  const result = await opening(folder, { keychain })
  if (result.kind !== 'open') throw new Error(result.sentence)
  const { vault } = result
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'service-app-saved', serviceApp: aServiceApp('sb') },
      { kind: 'manager-saved', manager: anIntegration('m1', { isDefault: true }) },
      { kind: 'manager-saved', manager: anIntegration('m2', { pair: null }) },
      { kind: 'manager-saved', manager: aPersonalToken('m3') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('first'), orgName: 'Acme' }) },
      {
        kind: 'profile-saved',
        profile: aProfile('p2', {
          serviceAppId: 'sb',
          managerId: 'm1',
          pair: aPair('two'),
          orgName: 'Other',
        }),
      },
      { kind: 'profile-saved', profile: aProfile('p3', { paused: true, probe: { kind: 'meetings' } }) },
      { kind: 'data-source-kept', source: aDataSource('d1') },
      {
        kind: 'data-source-kept',
        source: aDataSource('d2', { profileId: 'p2', issuedAt: null, expiresAt: null, lapse: null }),
      },
      {
        kind: 'profile-pair',
        profileId: 'p1',
        pair: aPair('one', { renewAfter: 3_600_000, expiresAt: null }),
      },
    ],
    [
      anAttempt('a1'),
      anAttempt('a2', {
        outcome: 'failed',
        tier: null,
        sentence: 'No.',
        startedAt: 5,
        endedAt: 6,
        calls: [],
      }),
      anAttempt('a3', { subject: { kind: 'manager', managerId: 'm1' }, orgId: null, reason: null }),
    ],
  )
  await vault.deliveries.save(anEnvFile('file'))
  await vault.deliveries.save(aHook('hook', 'p2'), true)
  await vault.deliveries.note('file', {
    ...delivered,
    failure: { at: 7, fingerprint: '0123abcd', sentence: 'No room.', failures: 2, retryAt: 9 },
  })
  const run = {
    startedAt: 1,
    duration: 2,
    trigger: 'set-up',
    outcome: 'failed',
    fingerprint: '0123abcd',
    exitCode: 3,
    sentence: 'It failed.',
    output: 'no such host',
  } as const
  await vault.deliveryRuns.add('file', run)
  await vault.deliveryRuns.add('file', { ...run, startedAt: 4, output: 'other' })
  await vault.consumers.add(aConsumer('all', { lastUsedAt: 8 }))
  await vault.consumers.add(aConsumer('some', { profileIds: ['p1'], createdAt: 9, held: true }))
  await vault.webhook.save(aWebhook)
  await vault.cloud.record('https://webexapis.com/v1')
  await vault.prove()
  const { records } = await recordsOf(vault)
  vault.close()
  loosen(folder)
  return records
}

/** Nothing is renewed before the person has confirmed the cloud. */
const ASKED = 'asked'

/** All records, each as one text by its kind and id, and what the vault says it cannot read. */
async function recordsOf(vault: OpenVault) {
  const { fleet, keptDataSources, unreadable } = await vault.load()
  const records = new Map<string, string>()
  const add = (kind: string, id: string, value: unknown) =>
    records.set(`${kind} ${id}`, JSON.stringify(value))
  for (const app of fleet.serviceApps.values()) {
    add('credentials', app.id, { ...app, clientSecret: app.clientSecret.reveal() })
  }
  for (const manager of fleet.managers.values()) {
    const { pair, ...own } = manager
    const secret = manager.kind === 'integration' ? { clientSecret: manager.clientSecret.reveal() } : {}
    add('token_managers', manager.id, { ...own, ...secret })
    if (pair !== null) add('token_pairs', manager.id, revealed(pair))
  }
  for (const { pair, ...profile } of fleet.profiles.values()) {
    add('profiles', profile.id, profile)
    if (pair !== null) add('token_pairs', profile.id, revealed(pair))
  }
  for (const source of keptDataSources) add('data_sources', source.id, source)
  const targets = await vault.deliveries.load()
  for (const { target, state } of targets.targets) add('delivery_targets', target.id, { target, state })
  for (const consumer of await vault.consumers.load()) {
    add('consumers', consumer.id, {
      ...consumer,
      secretHash: Buffer.from(consumer.secretHash).toString('hex'),
    })
  }
  const webhook = await vault.webhook.load()
  if (webhook !== null) {
    add('webhook', '1', { held: webhook.held, url: webhook.url?.reveal(), secret: webhook.secret.reveal() })
  }
  const cloud = await vault.cloud.load()
  add('meta', 'cloud', cloud.kind === 'known' ? cloud : ASKED)
  for (const attempt of (await vault.history({ limit: 100 })).attempts) add('attempts', attempt.id, attempt)
  for (const target of ['file', 'hook']) {
    for (const run of await vault.deliveryRuns.ofTarget(target)) {
      add('delivery_runs', `${target} ${run.number}`, run)
    }
  }
  return { records, unreadable: [...unreadable, ...targets.unreadable] }
}

function revealed({ accessToken, refresh, ...marks }: TokenPair) {
  const token = refresh?.token.reveal() ?? null
  return { ...marks, accessToken: accessToken?.reveal() ?? null, refresh: refresh && { ...refresh, token } }
}

/** Named: each record that is not as it was is named, with a sentence that says so. */
type State = 'as it was' | 'named' | 'closed' | `another: ${string}` | `missing: ${string}`

const kindOf = (record: string) => record.slice(0, record.indexOf(' '))
const countOf = (records: Iterable<string>, kind: string) =>
  [...records].filter((record) => kindOf(record) === kind).length

async function stateAfter(folder: string, before: ReadonlyMap<string, string>): Promise<State> {
  const result = await opening(folder, { keychain })
  if (result.kind !== 'open') {
    expect(result.sentence.length).toBeGreaterThan(20)
    return 'closed'
  }
  const { records, unreadable } = await recordsOf(result.vault)
  result.vault.close()
  for (const { sentence } of unreadable) expect(sentence.length).toBeGreaterThan(20)
  const named = new Set(unreadable.map(({ table, id }) => `${table} ${id}`))
  const isNamed = (record: string) =>
    named.has(record) ||
    /This (history )?entry is damaged/.test(records.get(record) ?? '') ||
    records.get(record) === JSON.stringify(ASKED) ||
    // The pair of a record that is named itself.
    (kindOf(record) === 'token_pairs' &&
      [...named].some((one) => /^(profiles|token_managers) /.test(one) && one.endsWith(record.slice(11))))
  for (const [record, text] of before) {
    const now = records.get(record)
    if (now === text || isNamed(record)) continue
    // Under another id it is there as well: the number of records says so.
    const all = new Set([...records.keys(), ...named])
    if (now === undefined && countOf(all, kindOf(record)) >= countOf(before.keys(), kindOf(record))) continue
    return now === undefined ? `missing: ${record}` : `another: ${record}`
  }
  return named.size > 0 || [...records.keys()].some(isNamed) ? 'named' : 'as it was'
}

const home = mkdtempSync(join(tmpdir(), 'satm-damage-'))
afterAll(() => rmSync(home, { recursive: true }))
let made: ReturnType<typeof filled> | null = null

test.each(fieldsOfSchema())('%s.%s', async (table, column) => {
  made ??= filled(home)
  const records = await made
  const states: Record<string, State> = {}
  for (const [name, harm] of Object.entries(HARMS)) {
    // Each row of `meta` is a record of its own kind.
    for (let nth = 0; nth < (table === 'meta' ? 9 : 1); nth++) {
      const copy = temporaryFolder()
      cpSync(databaseFile(home), databaseFile(copy))
      const harmed = harmField(copy, { table, column }, harm, nth)
      if (harmed === false) break
      if (harmed !== null) states[`${harmed.key}: ${name}`] = await stateAfter(copy, records)
    }
  }
  const isAllowed = (state: State) =>
    ['as it was', 'named', 'closed'].includes(state) ||
    (SHOWN_AS_STORED.has(`${table}.${column}`) && state.startsWith('another: attempts'))
  expect(Object.entries(states).filter(([, state]) => !isAllowed(state))).toEqual([])
  expect(Object.keys(states)).not.toEqual([])
})

/**
 * A history entry is not sealed: a million of them would have to be. Harmed so that it still makes sense it is shown as it
 * is stored. All it can do beyond that: hold back or allow a request that the token limit is about.
 */
const SHOWN_AS_STORED: ReadonlySet<string> = new Set(
  [
    'subject_kind',
    'subject_id',
    'name',
    'org_id',
    'trigger',
    'started_at',
    'ended_at',
    'outcome',
    'tier',
    'fingerprint_before',
    'fingerprint_after',
    'sentence',
    'tracking_id',
    'calls',
    'reason',
  ].map((column) => `attempts.${column}`),
)

/** Found from the schema, so that a new column is harmed as well. */
function fieldsOfSchema(): [table: string, column: string][] {
  const db = new Connection(join(home, 'schema.db'))
  db.exec(freshSchema())
  const fields = fieldsOf(db)
  db.close()
  return fields.map(({ table, column }) => [table, column])
}
