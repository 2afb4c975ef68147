// The start over a data folder that cannot be used, or that other users of this computer could change.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { launchApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { refusedStart, startApp, windows, withMounts } from './support/refused-start.ts'

const NOBODY = 65_534
const PATIENTLY = { timeout: 60_000 }
const STACK = /\n\s+at /

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-data-folder-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** For everybody else: what root lets nobody into, and what others may only read. */
const ofRoot = process.getuid?.() === 0 ? [] : ['/root', '/usr/share']

test.each(['/proc/no-such-place/data', '/dev/null/data', '/dev/null', ...ofRoot])(
  'a data folder that cannot be made or used (%s) ends the start in words',
  async (dataFolder) => {
    const { code, said } = await refusedStart(dataFolder)
    expect([code, said]).toEqual([
      1,
      expect.stringContaining(`The data folder ${dataFolder} cannot be used (`),
    ])
    expect(said).not.toMatch(STACK)
  },
)

test('a link on the way that leads nowhere is named as what it is', async () => {
  const folder = temporaryFolder()
  symlinkSync('nowhere', path.join(folder, 'link'))
  expect(await refusedStart(path.join(folder, 'link', 'data'))).toEqual({
    code: 1,
    said: expect.stringContaining('a broken link'),
  })
  expect(readdirSync(folder)).toEqual(['link'])
})

describe.runIf(process.platform === 'linux')('a data folder', () => {
  test('that everybody may write is made its owner’s alone; settings that others may write are not read', async () => {
    const dataFolder = temporaryFolder()
    mkdirSync(path.join(dataFolder, 'vault'))
    for (const folder of [dataFolder, path.join(dataFolder, 'vault')]) chmodSync(folder, 0o777)
    const settings = path.join(dataFolder, 'preferences.json')
    writeFileSync(settings, JSON.stringify({ baseUrl: 'https://evil.example/v1', theme: 'dark' }))
    chmodSync(settings, 0o666)
    const app = await launchApp({ dataFolder })
    try {
      const view = await ask(app.page, 'view.get', {})
      expect(view.settings).toMatchObject({ baseUrl: 'https://webexapis.com/v1', theme: 'system' })
    } finally {
      await app.close()
    }
    for (const folder of ['', 'vault']) {
      expect(statSync(path.join(dataFolder, folder)).mode & 0o777).toBe(0o700)
    }
    expect(readFileSync(`${settings}.broken-1`, 'utf8')).toContain('evil.example')
    expect(readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8')).toContain('preferences.put-aside')
    expect(existsSync(settings) && readFileSync(settings, 'utf8')).not.toContain('evil.example')
  })

  test('in a folder that everybody may write is refused', async () => {
    const above = temporaryFolder()
    const dataFolder = path.join(above, 'data')
    mkdirSync(dataFolder)
    chmodSync(above, 0o777)
    const { code, said } = await refusedStart(dataFolder)
    expect([code, said]).toEqual([1, expect.stringContaining(`can change ${above} (mode 0777)`)])
    expect(readdirSync(dataFolder)).toEqual([])
  })

  test.runIf(process.getuid?.() === 0)(
    'that another user made first is refused and left as it is',
    async () => {
      const dataFolder = temporaryFolder()
      const vault = path.join(dataFolder, 'vault')
      mkdirSync(vault)
      writeFileSync(path.join(vault, 'vault.db'), 'planted')
      for (const planted of [dataFolder, vault, path.join(vault, 'vault.db')])
        chownSync(planted, NOBODY, NOBODY)
      const { code, said } = await refusedStart(dataFolder)
      expect([code, said]).toEqual([
        1,
        expect.stringContaining(`${dataFolder} belongs to another user of this computer (ID 65534)`),
      ])
      expect([readdirSync(dataFolder), readdirSync(vault)]).toEqual([['vault'], ['vault.db']])
      // A file that was planted while the folder was open is refused as well.
      for (const ours of [dataFolder, vault]) chownSync(ours, 0, 0)
      expect(await refusedStart(dataFolder)).toMatchObject({
        code: 1,
        said: expect.stringContaining(`${path.join(vault, 'vault.db')} belongs to another user`),
      })
      expect(readFileSync(path.join(vault, 'vault.db'), 'utf8')).toBe('planted')
    },
  )
})

describe.runIf(process.platform === 'linux')('a disk', () => {
  /** Runs the app with a disk of its own at `at`, on which `then` prepares the data folder. */
  const onDisk = (at: string, options: string, then: string) =>
    withMounts(at, `mount -t tmpfs -o mode=755,${options} tmpfs "$0"; ${then}`)
  const FILL = 'dd if=/dev/zero of="$0/rest" bs=1k status=none 2>/dev/null || true'

  test.each([
    [
      'that is read-only',
      'size=1m',
      'mkdir -m 700 "$0/data"; mount -o remount,ro "$0"',
      /cannot be used \(its disk is read-only\)/,
    ],
    ['without room for a folder', 'nr_inodes=2', 'true', /cannot be used \(its disk is full\)/],
    [
      'without room for the lock',
      'nr_inodes=4',
      'mkdir -m 700 "$0/data"',
      /cannot be used \(its disk is full\)/,
    ],
  ])('%s ends the start with a sentence', async (_what, options, then, sentence) => {
    const disk = temporaryFolder()
    const inside = onDisk(disk, options, then)
    const { code, said } = await refusedStart(path.join(disk, 'data'), { inside })
    expect([code, said]).toEqual([1, expect.stringMatching(sentence)])
    expect(said).not.toMatch(STACK)
  })

  /** The app stays, since room may be made; a quit before ends like a refused start. */
  const startAndQuit = async (disk: string, then: string) => {
    const folder = path.join(disk, 'data')
    const started = startApp([`--user-data-dir=${folder}`], { inside: onDisk(disk, 'size=2m', then) })
    await expect.poll(windows, PATIENTLY).toHaveLength(1)
    await expect.poll(started.said, PATIENTLY).toContain(`The disk with ${folder}/vault is full.`)
    started.signal('SIGTERM')
    await expect.poll(started.ended, PATIENTLY).toBe(1)
    await expect.poll(windows, PATIENTLY).toEqual([])
    expect(started.said()).not.toMatch(STACK)
  }

  test('without a free byte shows why, and the quit of an app that never opened its vault is no success', async () => {
    await startAndQuit(temporaryFolder(), `mkdir -m 700 "$0/data"; ${FILL}`)
  })

  test('with room for the vault and not for its log does the same', async () => {
    const before = temporaryFolder()
    const first = startApp([`--user-data-dir=${before}`])
    await expect.poll(windows, PATIENTLY).toHaveLength(1)
    await expect.poll(() => existsSync(path.join(before, 'satm.json')), PATIENTLY).toBe(true)
    first.signal('SIGTERM')
    await expect.poll(first.ended, PATIENTLY).toBe(0)
    await expect.poll(windows, PATIENTLY).toEqual([])
    const kept = 'vault preferences.json'
    await startAndQuit(
      temporaryFolder(),
      `mkdir -m 700 "$0/data"; (cd '${before}'; cp -a ${kept} "$0/data"); ${FILL}`,
    )
  })
})
