import { lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createImports } from '#application/import-service-apps.ts'
import type { ImportDryRun } from '#contract/contract.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { FleetChange, Profile, ServiceApp, TokenManager } from '#engine/domain/model.ts'
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
  const managers = new Map<string, TokenManager>()
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
        if (change.kind === 'manager-saved') managers.set(change.manager.id, change.manager)
      }
    },
  }
  const imports = createImports({
    engine: () => engine as unknown as Engine,
    reader: directReader,
    idClock: { now: () => 7, newId: () => `id-${++count}` },
    dialogs: {
      fileToOpen: async () => options.file ?? null,
      fileToSave: async () => options.file ?? null,
    },
  })
  return { imports, engine, applied, profiles, managers }
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
      tokenManager: null,
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
      rows: [
        {
          line: 152,
          name: 'Org 3',
          customer: '',
          org: '…00000003',
          comesIn: false,
          remarks: ['Same as line 5.'],
        },
      ],
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
    expect(await imports.confirm({ id, profileId: null })).toEqual({
      kind: 'imported',
      profiles: 2,
      tokenManager: null,
    })
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
        message: 'The disk is full. Nothing was imported.',
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

describe('a list of orgs', () => {
  const orgs = (...numbers: readonly number[]) =>
    JSON.stringify({
      items: numbers.map((n) => ({ id: orgOf(n), displayName: `Acme ${n}`, created: '2020' })),
    })
  const typed = (fields: object) =>
    ({ kind: 'typed', appId: null, clientId: null, clientSecret: null, ...fields }) as const
  const nothing = { roles: {}, serviceApp: null, targetOrgId: null }

  test('gets the service app that was typed once; its secret goes one way', async () => {
    const { imports, applied } = stage()
    const dryRun = profilesOf(await imports.paste(orgs(1, 2)))
    expect(dryRun).toMatchObject({ comingIn: 0, lacking: ['appId', 'clientId', 'clientSecret'] })
    expect(dryRun.found.ignored).toEqual({ names: ['created'], more: 0 })
    const serviceApp = typed({ clientId, clientSecret: 'c4n4ry-1' })
    const complete = profilesOf(await imports.complete({ ...nothing, id: dryRun.id, serviceApp }))
    expect(complete).toMatchObject({ comingIn: 2, refused: 0, lacking: [] })
    const { rows } = imports.rows({ id: complete.id, only: 'all', from: 0 })
    expect(rows).toMatchObject([
      { name: 'Acme 1', customer: 'Acme 1', comesIn: true },
      { name: 'Acme 2', customer: 'Acme 2', comesIn: true },
    ])
    expect(JSON.stringify([complete, rows])).not.toContain('c4n4ry')
    await imports.confirm({ id: complete.id, profileId: null })
    expect(applied[0]?.map(({ kind }) => kind)).toEqual([
      'service-app-saved',
      'profile-saved',
      'profile-saved',
    ])
  })

  test('gets the one that is here already, with the secret that is stored', async () => {
    const { imports, applied, profiles } = stage()
    await imports.confirm({ id: (await imports.paste(csvOf(rowOf(1)))).id, profileId: null })
    const [profileId = ''] = profiles.keys()
    const { id } = await imports.paste(orgs(1, 2))
    const serviceApp = { kind: 'stored', profileId } as const
    const complete = profilesOf(await imports.complete({ ...nothing, id, serviceApp }))
    expect(complete).toMatchObject({ comingIn: 1, refused: 1 })
    await imports.confirm({ id: complete.id, profileId: null })
    expect(applied[1]).toMatchObject([{ kind: 'profile-saved', profile: { targetOrgId: orgOf(2) } }])
  })

  test('names what is still missing, and can be tried again', async () => {
    const { imports } = stage()
    const { id } = await imports.paste(orgs(1))
    const complete = (fields: object) => imports.complete({ ...nothing, id, serviceApp: typed(fields) })
    await expect(complete({ clientId })).rejects.toMatchObject({ code: 'invalid', field: 'clientSecret' })
    await expect(complete({ clientId: 'my-client', clientSecret: 's' })).rejects.toMatchObject({
      field: 'appId',
    })
    expect(await complete({ clientId, clientSecret: 's' })).toMatchObject({ comingIn: 1 })
  })

  test('whose rows name another service app does not get this one', async () => {
    const { imports } = stage()
    const other = `C${'7'.repeat(64)}`
    const { id } = await imports.paste(`client id,org id\n${other},${orgOf(1)}\n${other},${orgOf(2)}`)
    const serviceApp = typed({ clientId, clientSecret: 's' })
    await expect(imports.complete({ ...nothing, id, serviceApp })).rejects.toMatchObject({ code: 'invalid' })
    const fitting = typed({ clientSecret: 's' })
    expect(await imports.complete({ ...nothing, id, serviceApp: fitting })).toMatchObject({ comingIn: 2 })
  })

  test.each([
    [
      'rows of several service apps',
      `client id,org id\n${clientId},${orgOf(1)}\nC${'7'.repeat(64)},${orgOf(2)}`,
    ],
    ['a row that has all', `client id,secret,org id\n${clientId},s,${orgOf(1)}\n,,${orgOf(2)}`],
    ['rows without an org', `name,client id,secret,org id\nA,${clientId},s,\nB,${clientId},s,`],
  ])('%s: nothing is asked that is not the same for all', async (_, text) => {
    expect(profilesOf(await stage().imports.paste(text)).lacking).toEqual([])
  })

  test('a single row is asked for its org as well', async () => {
    const { imports } = stage()
    const { id } = await imports.paste(`SA_CLIENT_ID=${clientId}\nSA_CLIENT_SECRET=s\n`)
    const complete = await imports.complete({ ...nothing, id, targetOrgId: orgOf(1) })
    expect(complete).toMatchObject({ comingIn: 1, lacking: [] })
  })

  test('is read again, so a file that is gone by then changes nothing', async () => {
    const file = path.join(folder, 'gone.json')
    writeFileSync(file, orgs(1))
    const { imports } = stage({ file })
    const dryRun = profilesOf(await imports.choose())
    rmSync(file)
    const serviceApp = typed({ clientId, clientSecret: 's' })
    await expect(imports.complete({ ...nothing, id: dryRun.id, serviceApp })).rejects.toThrow(
      /cannot be read/,
    )
    expect(imports.rows({ id: dryRun.id, only: 'all', from: 0 }).total).toBe(1)
  })
})

describe('variables', () => {
  const integration = 'INT_CLIENT_ID=C1\nINT_CLIENT_SECRET=c4n4ry-1\nINT_REFRESH_TOKEN=c4n4ry-2\n'
  const nothing = { serviceApp: null, targetOrgId: null }

  test('of the token manager alone connect it', async () => {
    const { imports, managers } = stage()
    const dryRun = await imports.paste(integration)
    expect(dryRun).toMatchObject({ comingIn: 0, tokenManager: { kind: 'integration', connects: true } })
    expect(JSON.stringify(dryRun)).not.toContain('c4n4ry')
    const outcome = { kind: 'imported', profiles: 0, tokenManager: 'integration' }
    expect(await imports.confirm({ id: dryRun.id, profileId: null })).toEqual(outcome)
    expect([...managers.values()]).toMatchObject([{ kind: 'integration', clientId: 'C1' }])
  })

  test('of a second token manager are left out, which the dry run says', async () => {
    const { imports, managers } = stage()
    await imports.confirm({ id: (await imports.paste(integration)).id, profileId: null })
    const dryRun = await imports.paste(`${integration}SA_ACCESS_TOKEN=a\n`)
    expect(dryRun).toMatchObject({ kind: 'tokens', tokenManager: { kind: 'integration', connects: false } })
    expect(managers.size).toBe(1)
  })

  test('that are unclear are imported only when a person said whose they are', async () => {
    const { imports, managers } = stage()
    const dryRun = await imports.paste('WEBEX_ACCESS_TOKEN=c4n4ry\n')
    if (dryRun.kind !== 'unclear') throw new Error(dryRun.kind)
    await expect(imports.confirm({ id: dryRun.id, profileId: null })).rejects.toMatchObject({
      code: 'invalid',
    })
    const roles = { [dryRun.sets[0]?.id ?? '']: 'token-manager' as const }
    const complete = await imports.complete({ ...nothing, id: dryRun.id, roles })
    expect(complete).toMatchObject({ tokenManager: { kind: 'personal-access-token', connects: true } })
    expect(JSON.stringify([dryRun, complete])).not.toContain('c4n4ry')
    await imports.confirm({ id: complete.id, profileId: null })
    expect(managers.size).toBe(1)
  })
})

describe('the template', () => {
  test('is a new file of its owner alone, whatever had its name', async () => {
    const file = path.join(folder, 'template.csv')
    const other = path.join(folder, 'other.txt')
    writeFileSync(other, 'other')
    symlinkSync(other, file)
    expect(await stage({ file }).imports.writeTemplate()).toEqual({ path: file })
    expect([lstatSync(file).isSymbolicLink(), statSync(file).mode & 0o777]).toEqual([false, 0o600])
    expect(readFileSync(other, 'utf8')).toBe('other')
  })

  test.each([',', ';'])(
    'imports what is filled in below its example, with %s between the cells',
    async (cell) => {
      const file = path.join(folder, 'filled.csv')
      const { imports } = stage({ file })
      await imports.writeTemplate()
      const row = ['Acme production', 'Acme', '', clientId, 's', orgOf(1), '', ''].join(',')
      writeFileSync(file, `${readFileSync(file, 'utf8')}${row}\r\n`.replaceAll(',', cell))
      const dryRun = profilesOf(await imports.choose())
      expect(dryRun).toMatchObject({ comingIn: 1, refused: 0, found: { skippedLines: 1 } })
      expect(dryRun.found.ignored).toEqual({ names: [], more: 0 })
    },
  )

  test('says what to do where it cannot be written', async () => {
    const { imports } = stage({ file: path.join(folder, 'no such folder', 'template.csv') })
    await expect(imports.writeTemplate()).rejects.toMatchObject({ code: 'refused' })
  })

  test('is not written when no file was chosen', async () => {
    expect(await stage().imports.writeTemplate()).toBeNull()
  })
})
