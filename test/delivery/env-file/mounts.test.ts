// A file that is given to a container by itself, with real mounts in mount namespaces of their own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkEnvFile } from '#delivery/env-file/env-file-check.ts'
import { envFileDelivery } from '#delivery/env-file/env-file-delivery.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { leftoverStem, readCurrent } from '#delivery/env-file/file-replacement.ts'
import { mended, prepareInPlace } from '#delivery/env-file/in-place.ts'
import { type DeliverySpec, type FileOddity, readSpec, unconfirmed } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'
import { type Bundle, bundle } from '../../vault/support/bundle.ts'

const canMount = process.platform === 'linux' && process.getuid?.() === 0
const CONTENT = '# kept\nTOKEN=old\nOTHER=1\n'
const { write } = createEnvFileWriter()
const put = (path: string, value: string, confirmed: readonly FileOddity[] = []) =>
  write(path, [{ name: 'TOKEN', value: new Secret(value) }], { confirmed })

let folder = ''
let file = ''
const containers: ChildProcess[] = []
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'satm-mounts-')))
  file = join(folder, '.env')
  writeFileSync(file, CONTENT, { mode: 0o600 })
})
afterEach(async () => {
  for (const container of containers.splice(0)) {
    container.kill('SIGKILL')
    await once(container, 'close')
  }
  rmSync(folder, { recursive: true, force: true })
})

/** A process with a mount namespace of its own, in which `from` is mounted at `to`. Reads as it sees. */
async function container(from: string, to: string) {
  mkdirSync(join(to, '..'), { recursive: true })
  if (!existsSync(to)) statSync(from).isDirectory() ? mkdirSync(to) : writeFileSync(to, '')
  const script = 'mount --bind -- "$1" "$2" && echo ready && exec sleep 1000'
  const child = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', from, to])
  containers.push(child)
  await once(child.stdout, 'data')
  return { pid: child.pid, read: (path = to) => readFileSync(`/proc/${child.pid}/root${path}`, 'utf8') }
}

const kinds = async (path: string) => (await checkEnvFile(path)).remarks.map(({ kind }) => kind)

describe.runIf(canMount)('a file that is mounted into a container', () => {
  test.each(['at', 'with space', 'back\\slash\ttab\nline', 'ünï'])(
    'is noticed under the name %j, and written in place once that is confirmed',
    async (name) => {
      const inside = await container(file, join(folder, name, 'app.env'))
      expect(await kinds(file)).toEqual(['mounted'])
      expect(await put(file, 'new')).toMatchObject({ kind: 'refused', remark: { confirm: 'mounted' } })
      expect(inside.read()).toBe(CONTENT)
      const before = statSync(file)
      expect(await put(file, 'new', ['mounted'])).toMatchObject({ kind: 'written' })
      expect(inside.read()).toBe(CONTENT.replace('old', 'new'))
      expect(statSync(file)).toMatchObject({ ino: before.ino, mode: before.mode, uid: before.uid })
      expect(await put(file, 'x', ['mounted'])).toMatchObject({ kind: 'written' })
      expect(inside.read()).toBe(CONTENT.replace('old', 'x'))
      expect(readdirSync(folder)).toEqual(['.env', name].toSorted())
    },
  )

  test('that has an older file since it was replaced is told to be restarted', async () => {
    const inside = await container(file, join(folder, 'at', 'app.env'))
    writeFileSync(`${file}.next`, 'TOKEN=replaced\n', { mode: 0o600 })
    execFileSync('mv', [`${file}.next`, file])
    expect(inside.read()).toBe(CONTENT)
    const { remarks } = await checkEnvFile(file)
    expect(remarks).toMatchObject([
      { kind: 'mounted', sentence: expect.stringContaining('restart the container') },
    ])
  })

  test('by its folder is replaced as usual, and seen there', async () => {
    const data = join(folder, 'data')
    mkdirSync(data, { mode: 0o700 })
    writeFileSync(join(data, '.env'), CONTENT, { mode: 0o600 })
    const inside = await container(data, join(folder, 'at'))
    expect(await kinds(join(data, '.env'))).toEqual([])
    expect(await put(join(data, '.env'), 'new')).toMatchObject({ kind: 'written' })
    expect(inside.read(join(folder, 'at', '.env'))).toBe(CONTENT.replace('old', 'new'))
  })

  test('is noticed at a delivery that was confirmed before it was mounted', async () => {
    const handler = envFileDelivery(createEnvFileWriter())
    const accepted = await handler.accept(aSpec(file), null)
    if (accepted.kind !== 'read') throw new Error(accepted.flaw.sentence)
    const spec = accepted.spec as DeliverySpec<'env-file'>
    await container(file, join(folder, 'at', 'app.env'))
    const token = { accessToken: new Secret('new'), refreshToken: null } as never
    const performed = await handler.perform(spec, token, AbortSignal.timeout(10_000), null)
    expect(performed).toMatchObject({
      kind: 'failed',
      sentence: expect.stringMatching(/mounted at .*edit this delivery/),
    })
    const again = await handler.accept({ ...aSpec(file), confirmed: ['mounted'] }, spec)
    expect(again).toMatchObject({ kind: 'read', spec: { inPlace: true, confirmed: [] } })
    if (again.kind !== 'read') return
    const now = await handler.perform(again.spec as typeof spec, token, AbortSignal.timeout(10_000), null)
    expect(now).toMatchObject({ kind: 'delivered' })
  })
})

describe.runIf(canMount)('a file that is a mount of its own', () => {
  let program: Bundle
  beforeAll(async () => {
    program = await bundle(join(import.meta.dirname, 'support/as-nobody.ts'))
  })
  afterAll(() => program.remove())

  /** The app inside of the namespace. */
  const within = (user: number, source: string, at: string, confirmed: readonly FileOddity[]) => {
    const script = `mount --bind -- "$1" "$2" && exec setpriv --reuid ${user} --regid ${user} --clear-groups "$3" "$4" "$5" "$2"`
    const args = ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', source, at]
    const printed = execFileSync('unshare', [
      ...args,
      process.execPath,
      join(folder, 'program.mjs'),
      JSON.stringify(confirmed),
    ])
    return JSON.parse(printed.toString())[0]
  }

  test.each([0, 65_534])('is noticed by user %d, and written in place once that is confirmed', (user) => {
    const source = join(folder, 'source.env')
    const app = join(folder, 'app')
    mkdirSync(app, { mode: 0o700 })
    writeFileSync(join(app, '.env'), '', { mode: 0o600 })
    writeFileSync(source, CONTENT, { mode: 0o600 })
    for (const path of [folder, app, source, join(app, '.env')])
      execFileSync('chown', [`${user}:${user}`, path])
    // Where that user may read it.
    copyFileSync(program.path, join(folder, 'program.mjs'))
    chmodSync(join(folder, 'program.mjs'), 0o644)
    const refused = within(user, source, join(app, '.env'), [])
    expect(refused).toMatchObject({
      remarks: ['mounted'],
      result: { kind: 'refused', remark: { kind: 'mounted' } },
    })
    expect(readFileSync(source, 'utf8')).toBe(CONTENT)
    const before = statSync(source)
    expect(within(user, source, join(app, '.env'), ['mounted'])).toMatchObject({
      result: { kind: 'written' },
    })
    expect(readFileSync(source, 'utf8')).toBe(CONTENT.replace('old', 'new'))
    expect(statSync(source)).toMatchObject({ ino: before.ino, mode: before.mode, uid: user })
    expect(readdirSync(app)).toEqual(['.env'])
  })
})

describe('a write in place that was killed', () => {
  const old = Buffer.from(CONTENT)

  test.each([
    ['longer', Buffer.from(CONTENT.replace('old', 'a-longer-one'))],
    ['shorter', Buffer.from('TOKEN=x\n')],
    ['as long', Buffer.from(CONTENT.replace('old', 'new'))],
  ])('is mended wherever it ended: %s', async (_, next) => {
    journal(old, next)
    for (let written = 0; written <= next.length; written += 1) {
      const torn = Buffer.concat([next.subarray(0, written), old.subarray(written)])
      const isWhole = torn.equals(next) || torn.equals(old)
      expect(await mended(file, torn)).toEqual(isWhole ? torn : old)
    }
  })

  test('is left alone once somebody has written the file', async () => {
    journal(old, Buffer.from('TOKEN=x\n'))
    const edited = Buffer.from('TOKEN=mine\nOTHER=2\n')
    expect(await mended(file, edited)).toBe(edited)
    writeFileSync(file, edited)
    expect(await put(file, 'new', ['mounted'])).toMatchObject({ kind: 'written' })
    expect(readFileSync(file, 'utf8')).toBe('TOKEN=new\nOTHER=2\n')
    expect(readdirSync(folder)).toEqual(['.env'])
  })

  test('has lost nothing of the file after the next write', async () => {
    const lines = Array.from({ length: 4_000 }, (_, n) => `KEY_${n}=${'v'.repeat(20)}`).join('\n')
    writeFileSync(file, `TOKEN=${'o'.repeat(40)}\n${lines}\n`, { mode: 0o600 })
    const program = await bundle(join(import.meta.dirname, 'support/write-loop.ts'))
    try {
      for (let round = 0; round < 8; round += 1) {
        const child = spawn(process.execPath, [program.path, file, '0', '["mounted"]'])
        await once(child.stdout, 'data')
        for (let turn = 0; turn < round * 7; turn += 1) await new Promise(setImmediate)
        child.kill('SIGKILL')
        await once(child, 'close')
        expect(await put(file, `after-${round}`, ['mounted'])).toMatchObject({ kind: 'written' })
        expect(readFileSync(file, 'utf8')).toBe(`TOKEN=after-${round}\n${lines}\n`)
      }
    } finally {
      program.remove()
    }
    expect(readdirSync(folder)).toEqual(['.env'])
  })

  test('does not begin on a file that is another one by then', async () => {
    const before = await readCurrent(file)
    if (before.kind !== 'file') throw new Error('there is a file')
    writeFileSync(file, 'edited\n')
    await expect(prepareInPlace(file, old, before).takePlace()).rejects.toThrow('changed')
    expect(readFileSync(file, 'utf8')).toBe('edited\n')
  })

  test('leaves a journal for its owner alone, which goes with the target', async () => {
    journal(old, Buffer.from('TOKEN=x\n'))
    await createEnvFileWriter().forget(file)
    expect(readdirSync(folder)).toEqual(['.env'])
  })
})

/** As `prepareInPlace` leaves it when it is killed. */
function journal(old: Buffer, next: Buffer): void {
  const text = JSON.stringify([old, next].map((bytes) => bytes.toString('base64')))
  writeFileSync(join(folder, `${leftoverStem(file)}in-place`), text, { mode: 0o600 })
}

const aSpec = (path: string): DeliverySpec<'env-file'> => ({
  kind: 'env-file',
  path,
  accessTokenName: 'TOKEN',
  refreshTokenName: null,
  confirmed: [],
})

test('the consent is a field that older versions leave out, and no backup brings it', () => {
  const spec = { ...aSpec('/x/.env'), inPlace: true }
  expect(readSpec(spec)).toEqual({ kind: 'read', spec })
  expect(unconfirmed(spec)).toEqual(aSpec('/x/.env'))
  expect(readSpec({ ...spec, inPlace: 'yes' }).kind).toBe('flawed')
})
