// What a person confirmed of a file is compared at each write: by other users of the system, who change what they can.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DeliverableToken } from '#delivery/delivery-handler.ts'
import { checkEnvFile, digestOf } from '#delivery/env-file/env-file-check.ts'
import { envFileDelivery } from '#delivery/env-file/env-file-delivery.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import type { DeliverySpec, FileOddity } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'
import { MeddledValue, temporaryFolder } from './support/places.ts'
import {
  ANNA,
  GUESTS,
  isRoot,
  NOBODY,
  placeFor,
  readersOf,
  rightsOf,
  STAFF,
  setfacl,
} from './support/readers.ts'

type EnvFileSpec = DeliverySpec<'env-file'>

const handler = envFileDelivery(createEnvFileWriter())
const never = new AbortController().signal

function tokenOf(value: Secret): DeliverableToken {
  return {
    profileId: 'p1',
    profileName: 'Orders',
    orgId: 'org-1',
    accessToken: value,
    fingerprint: '12345678',
    refreshToken: null,
    refreshFingerprint: null,
    expiresAt: null,
  }
}

function typed(path: string, confirmed: readonly FileOddity[] = []): EnvFileSpec {
  return { kind: 'env-file', path, accessTokenName: 'TOKEN', refreshTokenName: null, confirmed }
}

/** As a person does who confirms all that is odd. */
async function accepted(path: string, confirmed: readonly FileOddity[] = []): Promise<EnvFileSpec> {
  const reading = await handler.accept(typed(path, confirmed), null)
  if (reading.kind !== 'read' || reading.spec.kind !== 'env-file') throw new Error(JSON.stringify(reading))
  return reading.spec
}

function deliver(spec: EnvFileSpec, value: Secret = new Secret('new'), isFirst = false) {
  return handler.perform(spec, tokenOf(value), never, isFirst ? () => [] : null)
}

/** Of what is refused. */
async function refusal(spec: EnvFileSpec): Promise<string> {
  const performed = await deliver(spec)
  return performed.kind === 'failed' ? performed.sentence : performed.kind
}

function fileIn(folder: string, mode = 0o600): string {
  const path = join(folder, '.env')
  writeFileSync(path, 'TOKEN=old\n')
  chmodSync(path, mode)
  return path
}

/** A shell of a user without rights. */
function asUser(uid: number, command: string): void {
  execFileSync('/bin/sh', ['-ec', command], { uid, gid: uid, cwd: '/' })
}

describe.runIf(process.platform === 'linux')('after a file was confirmed, the write is refused once', () => {
  test('a link in the path leads elsewhere', async () => {
    const [here, there, links] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
    fileIn(here)
    fileIn(there)
    const link = join(links, 'app')
    symlinkSync(here, link)
    const spec = await accepted(join(link, '.env'))
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    rmSync(link)
    symlinkSync(there, link)
    expect(await refusal(spec)).toMatch(
      /^The path led to .* when it was confirmed, and leads to .* now\. Undo that, or confirm it\. To confirm, edit this delivery\.$/,
    )
    expect(readFileSync(join(there, '.env'), 'utf8')).toBe('TOKEN=old\n')
  })

  test('a link stands where a folder was', async () => {
    const [top, elsewhere] = [temporaryFolder(), temporaryFolder()]
    mkdirSync(join(top, 'app'))
    const spec = await accepted(fileIn(join(top, 'app')))
    renameSync(join(top, 'app'), join(top, 'away'))
    fileIn(elsewhere)
    symlinkSync(elsewhere, join(top, 'app'))
    expect(await refusal(spec)).toMatch(/leads to .* now/)
    expect(readFileSync(join(elsewhere, '.env'), 'utf8')).toBe('TOKEN=old\n')
  })

  test.each([
    [0o600, 0o640],
    [0o600, 0o604],
    [0o600, 0o602],
    [0o640, 0o644],
    [0o640, 0o660],
  ])('its mode %o has become %o', async (before, now) => {
    const path = fileIn(temporaryFolder(), before)
    const spec = await accepted(path, ['readable-by-others'])
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    chmodSync(path, now)
    expect(await refusal(spec)).toMatch(/is open to more users .* \(mode 06\d\d, .* then 06\d\d/)
    expect(statSync(path).mode & 0o777).toBe(now)
  })

  test('another file with a wider mode stands there, as some editors and deployments leave one', async () => {
    const path = join(temporaryFolder(), '.env')
    const spec = await accepted(path)
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    rmSync(path)
    fileIn(dirname(path), 0o644)
    expect(await refusal(spec)).toMatch(/mode 0644, group \d+; then 0600/)
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=old\n')
  })

  test('a narrower mode and a file that is gone are no reason', async () => {
    const path = fileIn(temporaryFolder(), 0o644)
    const spec = await accepted(path, ['readable-by-others'])
    chmodSync(path, 0o600)
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    rmSync(path)
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('a folder on the way is open to everybody, or the one it stands in', async () => {
    const top = temporaryFolder()
    const folder = join(top, 'app')
    mkdirSync(folder, { mode: 0o755 })
    const spec = await accepted(fileIn(folder))
    for (const opened of [top, folder]) {
      chmodSync(opened, 0o757)
      expect(await refusal(spec)).toContain(
        `More users can change the folder ${opened} (mode 0757) than when it was confirmed`,
      )
      chmodSync(opened, 0o755)
    }
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    // As /tmp: what is there is safe, so that only the very folder counts.
    chmodSync(top, 0o1777)
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    chmodSync(folder, 0o1777)
    expect(await refusal(spec)).toContain(folder)
  })

  test.each<[string, (path: string) => void]>([
    ['a wider mode', (path) => chmodSync(path, 0o646)],
    ['a folder that others can change', (path) => chmodSync(dirname(path), 0o777)],
    [
      'another file behind the path',
      (path) => {
        renameSync(path, `${path}.real`)
        symlinkSync(`${path}.real`, path)
      },
    ],
  ])('a confirmation covers what was shown, and not what came after it: %s', async (_, harm) => {
    const path = fileIn(temporaryFolder())
    const spec = await accepted(path)
    chmodSync(path, 0o640)
    const shown = digestOf(await checkEnvFile(path, spec.seen))
    const all: readonly FileOddity[] = ['readable-by-others', 'changed', 'symlink', 'open-folder', 'git']
    const again = () => handler.accept(typed(path, all), spec, shown)
    expect(await again()).toMatchObject({ kind: 'read' })
    harm(path)
    expect(await again()).toMatchObject({
      kind: 'flawed',
      flaw: { field: 'confirmed', sentence: expect.stringContaining('has changed since you looked at it') },
    })
  })

  test('confirming it anew makes that the measure, and nothing but that', async () => {
    const path = fileIn(temporaryFolder())
    const spec = await accepted(path)
    chmodSync(path, 0o640)
    const again = (confirmed: readonly FileOddity[]) => handler.accept(typed(path, confirmed), spec)
    expect(await again(['readable-by-others'])).toMatchObject({
      kind: 'flawed',
      flaw: { field: 'confirmed', sentence: expect.stringMatching(/is open to more users/) },
    })
    const reading = await again(['readable-by-others', 'changed'])
    expect(reading).toMatchObject({
      kind: 'read',
      spec: { confirmed: ['readable-by-others'], seen: { mode: 0o640 } },
    })
    if (reading.kind !== 'read' || reading.spec.kind !== 'env-file') return
    expect(await deliver(reading.spec)).toEqual({ kind: 'delivered', ran: null })
    chmodSync(path, 0o644)
    expect(await refusal(reading.spec)).toMatch(/mode 0644, group \d+; then 0640/)
  })

  test('of a target that nobody has confirmed here, the first write notes what it found', async () => {
    const path = fileIn(temporaryFolder())
    const performed = await deliver(typed(path))
    expect(performed).toMatchObject({
      kind: 'delivered',
      spec: { path, confirmed: [], seen: { target: path, mode: 0o600, list: null, openFolders: [] } },
    })
    chmodSync(path, 0o644)
    expect(await refusal(typed(path))).toMatch(/can be read by other users/)
  })
})

describe.runIf(isRoot)('another user of this computer', () => {
  const LONG_AGO = 1_000_000_000

  /** A folder that a group may write, with a file that only this user may read. */
  function shared(mode = 0o775) {
    const path = placeFor()
    const folder = dirname(path)
    fileIn(folder)
    chownSync(folder, 0, STAFF)
    chmodSync(folder, mode)
    return { path, folder }
  }

  test.each([0o775, 0o2775, 0o777])(
    'who may write the folder (mode %o) is said to be able to before the first write',
    async (mode) => {
      const { path, folder } = shared(mode)
      expect(await handler.accept(typed(path), null)).toMatchObject({
        kind: 'flawed',
        flaw: { field: 'confirmed', sentence: expect.stringContaining(folder) },
      })
      const inside = join(folder, 'inner')
      mkdirSync(inside, { mode: 0o755 })
      expect(await handler.accept(typed(join(inside, '.env')), null)).toMatchObject({ kind: 'flawed' })
      expect(await deliver(await accepted(path, ['open-folder']))).toEqual({ kind: 'delivered', ran: null })
    },
  )

  test('who owns a folder on the way is said to', async () => {
    const path = placeFor()
    chownSync(dirname(path), ANNA, ANNA)
    expect(await handler.accept(typed(path), null)).toMatchObject({
      kind: 'flawed',
      flaw: { sentence: expect.stringMatching(/belongs to another user \(ID 12001\)/) },
    })
  })

  test('may write it by an access control list, though the group is private', async () => {
    const path = placeFor()
    setfacl(dirname(path), '-m', `u:${ANNA}:rwx`)
    expect(await handler.accept(typed(path), null)).toMatchObject({
      kind: 'flawed',
      flaw: { sentence: expect.stringMatching(/access control list/) },
    })
  })

  test('gets nothing by a folder of their own in the place of one that was confirmed', async () => {
    const { path, folder } = shared(0o777)
    const spec = await accepted(join(folder, 'app', '.env').replace('/app', ''), ['open-folder'])
    expect(spec.path).toBe(path)
    chmodSync(dirname(folder), 0o777)
    asUser(
      NOBODY,
      `mv '${folder}' '${folder}-was'; mkdir '${folder}'; chmod 755 '${folder}'; echo TOKEN=old > '${path}'`,
    )
    expect(await refusal(spec)).not.toBe('delivered')
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=old\n')
  })

  test('gets nothing by a link in the place of the file', async () => {
    const { path } = shared(0o777)
    const spec = await accepted(path, ['open-folder'])
    const theirs = join(dirname(dirname(path)), 'theirs')
    mkdirSync(theirs)
    chownSync(theirs, NOBODY, NOBODY)
    asUser(NOBODY, `echo TOKEN=old > '${theirs}/.env'; rm -f '${path}'; ln -s '${theirs}/.env' '${path}'`)
    expect(await refusal(spec)).toMatch(/is a link to/)
    expect(readFileSync(join(theirs, '.env'), 'utf8')).toBe('TOKEN=old\n')
  })

  test('gets nothing by a folder that is exchanged in the middle of a write', async () => {
    const { path, folder } = shared(0o777)
    chmodSync(dirname(folder), 0o777)
    const spec = await accepted(path, ['open-folder'])
    const swap = () =>
      asUser(
        NOBODY,
        `mv '${folder}' '${folder}-was'; mkdir '${folder}'; chmod 777 '${folder}'; echo TOKEN=old > '${path}'; touch -d @${LONG_AGO / 1000} '${folder}'`,
      )
    const performed = await deliver(spec, new MeddledValue('secret-value', swap))
    expect(performed.kind).toBe('failed')
    // Nothing was made there, not even for a moment.
    expect(statSync(folder).mtimeMs).toBe(LONG_AGO)
    expect(readdirSync(folder)).toEqual(['.env'])
  })

  test('who was let in by a list after it was confirmed stops the write', async () => {
    const path = fileIn(dirname(placeFor()), 0o640)
    const spec = await accepted(path, ['readable-by-others'])
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    setfacl(path, '-m', `u:${ANNA}:r`)
    expect(readersOf(path)).toEqual([ANNA])
    expect(await refusal(spec)).toMatch(/another access control list than when it was confirmed/)
    expect(rightsOf(path)).toContain(`user:${ANNA}:r--`)
  })

  test('who may write a folder that was confirmed for fewer stops the write', async () => {
    const { path, folder } = shared(0o775)
    const spec = await accepted(path, ['open-folder'])
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    chmodSync(folder, 0o777)
    expect(await refusal(spec)).toContain(`More users can change the folder ${folder} (mode 0777)`)
    chmodSync(folder, 0o775)
    chownSync(folder, 0, GUESTS)
    expect(await refusal(spec)).toContain(`More users can change the folder ${folder} (mode 0775)`)
  })

  test('of another group than the file had stops the write, unless everybody could read it', async () => {
    const path = fileIn(dirname(placeFor()), 0o640)
    const spec = await accepted(path, ['readable-by-others'])
    chownSync(path, 0, GUESTS)
    expect(await refusal(spec)).toMatch(/mode 0640, group 13002; then 0640, 0/)
    chownSync(path, 0, 0)
    chmodSync(path, 0o644)
    const wide = await accepted(path, ['readable-by-others'])
    chownSync(path, 0, GUESTS)
    expect(await deliver(wide)).toEqual({ kind: 'delivered', ran: null })
  })

  test('who owns the file now stops the write', async () => {
    const path = fileIn(dirname(placeFor()))
    chownSync(path, ANNA, ANNA)
    const spec = await accepted(path, ['other-owner'])
    expect(await deliver(spec)).toEqual({ kind: 'delivered', ran: null })
    chownSync(path, NOBODY, NOBODY)
    expect(await refusal(spec)).toMatch(
      /belonged to the user with ID 12001 when it was confirmed, and belongs to 65534 now/,
    )
  })
})

/** Not every disk for temporary files has them. */
function hasAttributes(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'satm-attributes-'))
  try {
    return note(fileIn(folder), 'user.comment', 'tried')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function note(path: string, name: string, value: string): boolean {
  return spawnSync('setfattr', ['-n', name, '-v', value, path]).status === 0
}

function notesOf(path: string): string {
  return execFileSync('getfattr', ['-d', '-m', '-', '--absolute-names', path], { encoding: 'utf8' })
}

describe.runIf(process.platform === 'linux' && hasAttributes())('extended attributes', () => {
  test('of the user are kept, at each write', async () => {
    const path = fileIn(temporaryFolder())
    note(path, 'user.comment', 'mine')
    const spec = await accepted(path)
    for (const value of ['one', 'two']) {
      expect(await deliver(spec, new Secret(value))).toEqual({ kind: 'delivered', ran: null })
      expect([readFileSync(path, 'utf8'), notesOf(path)]).toEqual([
        `TOKEN=${value}\n`,
        expect.stringContaining('user.comment="mine"'),
      ])
    }
  })

  test.runIf(isRoot)('that give a program rights of root are not', async () => {
    const path = fileIn(temporaryFolder())
    note(path, 'security.capability', '0x0100000200240000000000000000000000000000')
    expect(notesOf(path)).toContain('security.capability')
    expect(await deliver(await accepted(path))).toEqual({ kind: 'delivered', ran: null })
    expect(notesOf(path)).not.toContain('security.capability')
  })

  test('that cannot be copied are said to be lost, before the first write and at each', async () => {
    const path = fileIn(temporaryFolder())
    const spec = await accepted(path)
    const before = process.env.PATH
    onTestFinished(() => {
      process.env.PATH = before
    })
    // As BusyBox, which has no such option.
    const programs = temporaryFolder()
    writeFileSync(join(programs, 'cp'), '#!/bin/sh\nexit 1\n', { mode: 0o700 })
    process.env.PATH = `${programs}:${before}`
    expect(await refusal(spec)).toMatch(/may have extended attributes, which cannot be copied here/)
    expect(existsSync(path)).toBe(true)
    expect(await handler.accept(typed(path), null)).toMatchObject({
      kind: 'flawed',
      flaw: { field: 'confirmed' },
    })
    expect(await deliver(await accepted(path, ['attributes']))).toEqual({ kind: 'delivered', ran: null })
  })
})
