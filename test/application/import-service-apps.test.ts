import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createImports } from '#application/import-service-apps.ts'
import type { ImportDryRun } from '#contract/contract.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Fleet, FleetChange, Profile, ServiceApp } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { readImport } from '#import/import-file.ts'
import { planImport } from '#import/import-plan.ts'
import { directReader } from './support/direct-reader.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'satm-imports-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const clientId = `C${'5'.repeat(64)}`
const appId = Buffer.from(`ciscospark://us/APPLICATION/${clientId}`).toString('base64')
const orgOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const rowOf = (n: number, secret = 'a real secret'.replaceAll(' ', '-')) =>
  [`Org ${n}`, appId, clientId, secret, orgOf(n)].join(',')
const csvOf = (...rows: readonly string[]) => ['name,app id,client id,secret,org id', ...rows].join('\n')

/** Imports over a fleet that takes what is applied; `file` is what the person would choose. */
function stage(options: { readonly file?: string; readonly failure?: StoreFailure } = {}) {
  const serviceApps = new Map<string, ServiceApp>()
  const profiles = new Map<string, Profile>()
  const managers: Fleet['managers'] = new Map()
  const applied: FleetChange[][] = []
  let count = 0
  const engine = {
    fleet: () => ({ serviceApps, profiles, managers }),
    view: () => ({ profiles: [] }),
    async apply(planned: Parameters<Engine['apply']>[0]) {
      if (options.failure !== undefined) throw options.failure
      const changes = typeof planned === 'function' ? planned(engine.fleet()) : planned
      if (changes.length > 0) applied.push([...changes])
      for (const change of changes) {
        if (change.kind === 'service-app-saved') serviceApps.set(change.serviceApp.id, change.serviceApp)
        if (change.kind === 'profile-saved') profiles.set(change.profile.id, change.profile)
      }
    },
  }
  const imports = createImports({
    engine: () => engine as unknown as Engine,
    reader: directReader,
    idClock: { now: () => 7, newId: () => `id-${++count}` },
    fileToOpen: async () => options.file ?? null,
  })
  return { imports, engine, applied, profiles }
}

function readCandidates(text: string) {
  const reading = readImport(text, 'orgs.csv')
  if (reading.kind !== 'profiles') throw new Error(reading.kind)
  return reading.candidates
}

function profilesOf(dryRun: ImportDryRun | null): Extract<ImportDryRun, { kind: 'profiles' }> {
  if (dryRun?.kind !== 'profiles') throw new Error('That was no list of service apps.')
  return dryRun
}

describe('a dry run', () => {
  test('counts what would come in and what would not, and stores nothing', async () => {
    const { imports, applied } = stage()
    const dryRun = await imports.paste(csvOf(rowOf(1), rowOf(2), rowOf(1)))
    expect(dryRun).toMatchObject({
      kind: 'profiles',
      file: null,
      comingIn: 2,
      refused: 1,
      withManager: false,
    })
    expect(applied).toEqual([])
  })

  test('is of the file a person chose, by its name alone', async () => {
    const file = path.join(folder, 'orgs.csv')
    writeFileSync(file, csvOf(rowOf(1)))
    expect(await stage({ file }).imports.choose()).toMatchObject({ file: 'orgs.csv', comingIn: 1 })
  })

  test('does not happen when no file was chosen', async () => {
    expect(await stage().imports.choose()).toBeNull()
  })

  test('is refused as a whole where nothing can be read', async () => {
    await expect(stage().imports.paste('{"a":')).rejects.toMatchObject({ code: 'invalid' })
  })

  test('gives its rows by page and by verdict, each refusal with its reason', async () => {
    const { imports } = stage()
    const { id } = profilesOf(
      await imports.paste(csvOf(...Array.from({ length: 150 }, (_, i) => rowOf(i)), rowOf(3))),
    )
    const first = imports.rows({ id, only: 'all', from: 0 })
    expect([first.rows.length, first.total]).toEqual([100, 151])
    expect(imports.rows({ id, only: 'all', from: 100 }).rows).toHaveLength(51)
    expect(imports.rows({ id, only: 'refused', from: 0 })).toEqual({
      total: 1,
      rows: [{ line: 152, name: 'Org 3', org: '…00000003', comesIn: false, remarks: ['It repeats line 5.'] }],
    })
  })

  test('tells the window no secret, even from a column that was mixed up', async () => {
    const { imports } = stage()
    const canary = 'c4n4ry'.repeat(12)
    const mixedUp = [canary, appId, canary, 'x', canary].join(',')
    const dryRun = await imports.paste(csvOf(rowOf(1, canary), mixedUp))
    const rows = imports.rows({ id: dryRun.id, only: 'all', from: 0 })
    expect(rows.total).toBe(2)
    expect(JSON.stringify([dryRun, rows])).not.toContain('c4n4ry')
  })
})

test.each([
  ['the name', { name: 'client_secret=c4n4ry' }],
  ["the customer's name", { name: '', orgName: 'client_secret: c4n4ry' }],
  ['the App ID', { appId: 'secret=c4n4ry' }],
  ['the org ID, which would name the row', { name: '', targetOrgId: 'c4n4ry=1' }],
  ['the client ID, as the secret itself', { clientId: 'c4n4ry-12', clientSecret: 'c4n4ry-12' }],
])('a dry run keeps from the window what stands in %s and may be a secret', async (_, change) => {
  const { imports } = stage()
  const entry = { name: 'Org', appId, clientId, clientSecret: 's', targetOrgId: orgOf(1), ...change }
  const dryRun = await imports.paste(JSON.stringify([entry]))
  const rows = imports.rows({ id: dryRun.id, only: 'refused', from: 0 })
  expect(rows.total).toBe(1)
  expect(JSON.stringify([dryRun, rows])).not.toContain('c4n4ry')
})

describe('a .env', () => {
  const env = 'WEBEX_SERVICE_APP_ACCESS_TOKEN=new-access\n'

  test('gives its tokens to the service app the person names; the other part stays', async () => {
    const { imports, applied, profiles } = stage()
    await imports.confirm({ id: (await imports.paste(csvOf(rowOf(1)))).id, profileId: null })
    const [profile] = profiles.values()
    if (profile === undefined) throw new Error('There is no profile.')
    const refresh = { token: new Secret('kept'), issuedAt: 1, expiresAt: 2, firstLifetime: 1, dead: false }
    const pair = {
      accessToken: null,
      fingerprint: null,
      issuedAt: 1,
      expiresAt: null,
      origin: 'pasted' as const,
      refresh,
    }
    profiles.set(profile.id, { ...profile, pair })
    const dryRun = await imports.paste(env)
    expect(dryRun).toMatchObject({ kind: 'tokens', accessToken: true, refreshToken: false })
    await imports.confirm({ id: dryRun.id, profileId: profile.id })
    const [change] = applied[1] ?? []
    if (change?.kind !== 'profile-pair') throw new Error('No pair was stored.')
    expect(change.pair.accessToken?.reveal()).toBe('new-access')
    expect(change.pair.refresh?.token.reveal()).toBe('kept')
  })

  test('wants to know whose tokens they are', async () => {
    const { imports } = stage()
    const { id } = await imports.paste(env)
    await expect(imports.confirm({ id, profileId: null })).rejects.toMatchObject({ field: 'profileId' })
  })
})

describe('confirming', () => {
  test('stores everything that may come in as one change', async () => {
    const { imports, applied, profiles } = stage()
    const { id } = await imports.paste(csvOf(rowOf(1), rowOf(2), rowOf(1)))
    expect(await imports.confirm({ id, profileId: null })).toEqual({ kind: 'imported', profiles: 2 })
    expect(applied).toHaveLength(1)
    expect([...profiles.values()].map(({ name }) => name)).toEqual(['Org 1', 'Org 2'])
  })

  test('works once', async () => {
    const { imports } = stage()
    const { id } = await imports.paste(csvOf(rowOf(1)))
    await imports.confirm({ id, profileId: null })
    await expect(imports.confirm({ id, profileId: null })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('stores nothing when a row is there by now, and shows the list anew', async () => {
    const { imports, engine, applied } = stage()
    const { id } = await imports.paste(csvOf(rowOf(1), rowOf(2)))
    const meanwhile = planImport(readCandidates(csvOf(rowOf(2))), {
      fleet: engine.fleet(),
      now: 7,
      newId: () => 'by hand',
    })
    await engine.apply(meanwhile.changes)
    const outcome = await imports.confirm({ id, profileId: null })
    expect(outcome).toMatchObject({ kind: 'changed', dryRun: { comingIn: 1, refused: 1 } })
    expect(applied).toHaveLength(1)
  })

  test('says that nothing came in when it could not be stored, and can be tried again', async () => {
    const failure = new StoreFailure('disk-full', 'The disk is full.')
    const { imports } = stage({ failure })
    const { id } = await imports.paste(csvOf(rowOf(1)))
    for (const _ of [1, 2]) {
      await expect(imports.confirm({ id, profileId: null })).rejects.toMatchObject({
        code: 'storage',
        message: 'The disk is full. Nothing came in.',
      })
    }
  })

  test('is over once the dialog was closed', async () => {
    const { imports } = stage()
    const { id } = await imports.paste(csvOf(rowOf(1)))
    imports.forget()
    await expect(imports.confirm({ id, profileId: null })).rejects.toMatchObject({ code: 'not-found' })
  })
})
