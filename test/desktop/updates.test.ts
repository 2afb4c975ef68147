// What is taken as a release: real files, signed by the release command, over real HTTP.
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createReleases } from '#desktop/updates/download.ts'
import { compareVersions, readReleaseSource } from '#desktop/updates/release-feed.ts'
import { readFetchFailure } from '#webex/network-errors.ts'
import { updateFeedOf } from '../../scripts/release/feed.mjs'
import { FakeClock } from '../engine/support/fake-clock.ts'
import {
  APP_IMAGE,
  announce,
  type ReleaseKey,
  type ReleaseServer,
  releaseKey,
  serveReleases,
} from './support/release-server.ts'

const CONTENT = Buffer.alloc(300_000, 'an AppImage ')
const never = new AbortController().signal

describe('a release', () => {
  let home: string
  let feed: string
  let key: ReleaseKey
  let server: ReleaseServer
  let clock: FakeClock
  let staged: string

  beforeEach(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'satm-updates-'))
    feed = path.join(home, 'feed')
    staged = path.join(home, 'staged')
    key = releaseKey(path.join(home, 'key.pem'))
    clock = new FakeClock()
    await announce(feed, { version: '0.2.0', key, files: { [APP_IMAGE]: CONTENT } })
    server = await serveReleases(feed)
  })
  afterEach(async () => {
    await server.close()
    rmSync(home, { recursive: true, force: true })
  })

  const releases = (kind: 'appimage' | 'deb' = 'appimage', keys = key.publicKey) =>
    createReleases({
      source: readReleaseSource(updateFeedOf({ SATM_UPDATE_FEED: server.url, SATM_UPDATE_KEYS: keys }) ?? ''),
      target: { kind, arch: 'x64' },
      clock,
      fetch,
      whyNoAnswer(error) {
        const failure = readFetchFailure(error)
        return failure.kind === 'redirected' ? 'redirected' : failure.reason
      },
    })
  const download = async (signal = never) => {
    const from = releases()
    await from.download(await from.newest(signal), staged, signal, () => undefined)
  }
  const edit = (change: (text: string) => string) => {
    const file = path.join(feed, 'latest.json')
    writeFileSync(file, change(readFileSync(file, 'utf8')))
  }
  const onFile = (answer: (response: ServerResponse) => void) => {
    server.instead = (url, response) => {
      if (!url.endsWith(APP_IMAGE)) return false
      answer(response)
      return true
    }
  }

  test('is downloaded whole, as its owner’s file, and stays proved', async () => {
    const from = releases()
    const newest = await from.newest(never)
    expect(newest).toMatchObject({ version: '0.2.0', size: CONTENT.length })
    const progress: number[] = []
    await from.download(newest, staged, never, (done) => progress.push(done))
    expect(readFileSync(staged)).toEqual(CONTENT)
    expect(progress.at(-1)).toBe(CONTENT.length)
    await from.verify(newest, staged)
    writeFileSync(staged, 'changed meanwhile')
    await expect(from.verify(newest, staged)).rejects.toMatchObject({ problem: 'differs' })
    expect(existsSync(staged)).toBe(false)
  })

  test('is requested without a word about who asks', async () => {
    await download()
    expect(server.asked.map(({ url }) => url)).toEqual(['/feed/latest.json', `/feed/0.2.0/${APP_IMAGE}`])
    for (const { headers } of server.asked) {
      expect(headers).toMatchObject({ 'user-agent': 'ServiceAppTokenManager', 'accept-language': 'en' })
      expect(headers.cookie ?? headers.authorization ?? headers.referer).toBeUndefined()
    }
  })

  test('is taken with a key that is being changed: by the old one and by the next', async () => {
    const next = releaseKey(path.join(home, 'next.pem'))
    const both = `${next.publicKey},${key.publicKey}`
    expect(await releases('appimage', both).newest(never)).toMatchObject({ version: '0.2.0' })
    await announce(feed, { version: '0.3.0', key: next, files: { [APP_IMAGE]: CONTENT } })
    expect(await releases('appimage', both).newest(never)).toMatchObject({ version: '0.3.0' })
  })

  test.each([
    ['with a foreign key', 'not-signed', async () => void (await foreign())],
    [
      'of which the version was raised',
      'not-signed',
      () => edit((text) => text.replaceAll('0.2.0', '0.9.0')),
    ],
    ['of which the size was changed', 'not-signed', () => edit((text) => text.replace('300000', '300001'))],
    [
      'with the hash of another file',
      'not-signed',
      () =>
        edit((text) => text.replace(/"sha256": "./, '"sha256": "0').replace(/"sha512": "./, '"sha512": "0')),
    ],
    ['without a signature', 'not-a-feed', () => edit((text) => text.replace('"signature"', '"sign"'))],
    [
      'with an empty signature',
      'not-signed',
      () => edit((text) => text.replace(/"signature": ".*"/, '"signature": ""')),
    ],
    ['that is nothing', 'not-a-feed', () => edit(() => '')],
    ['that is a sign-in page', 'not-a-feed', () => edit(() => '<html>Sign in</html>')],
    ['that is a list', 'not-a-feed', () => edit(() => '[null, 1]')],
    [
      'with entries that are none',
      'no-package',
      () => edit(() => '{"version":"0.2.0","packages":[null,7,"x",[]]}'),
    ],
    [
      'with a version that is none',
      'not-a-feed',
      () => edit((text) => text.replace('"0.2.0"', '"0.2.0-beta"')),
    ],
    ['of an endless size', 'not-a-feed', () => edit((text) => `${text}${' '.repeat(70_000)}`)],
    ['that leads out of the feed', 'not-a-feed', () => edit((text) => text.replace('"0.2.0/', '"../'))],
    [
      'that leads to another server',
      'not-a-feed',
      () => edit((text) => text.replace('"0.2.0/', '"//evil.example/')),
    ],
    ['for another system only', 'no-package', () => edit((text) => text.replace('"appimage"', '"nsis"'))],
    ['for another processor only', 'no-package', () => edit((text) => text.replace('"x64"', '"arm64"'))],
    ['that is not there', 'no-file', () => rmSync(path.join(feed, 'latest.json'))],
  ])('in a feed %s is refused before anything is downloaded', async (_, problem, spoil) => {
    await spoil()
    await expect(download()).rejects.toMatchObject({ name: 'UpdateFailure', problem })
    expect(server.asked).toHaveLength(1)
    expect(existsSync(staged)).toBe(false)
  })
  const foreign = () => {
    const other = releaseKey(path.join(home, 'foreign.pem'))
    return announce(feed, { version: '0.2.0', key: other, files: { [APP_IMAGE]: CONTENT } })
  }

  test('of another kind proves nothing for this one', async () => {
    edit((text) => text.replace('"appimage"', '"deb"'))
    await expect(releases('deb').newest(never)).rejects.toMatchObject({ problem: 'not-signed' })
  })

  test.each([
    ['with a byte changed', 'differs', (response) => response.end(Buffer.from(CONTENT).fill('x', 9, 10))],
    ['cut short', 'cut-short', (response) => response.end(CONTENT.subarray(1))],
    ['that is empty', 'cut-short', (response) => response.end()],
    ['longer than it was signed', 'differs', (response) => response.end(Buffer.concat([CONTENT, CONTENT]))],
    [
      'that never ends',
      'differs',
      (response) => {
        const more = () => void (response.destroyed || response.write(CONTENT, more))
        more()
      },
    ],
    [
      'of which the server loses the connection',
      'reset',
      (response) => response.write(CONTENT, () => response.destroy()),
    ],
    [
      'that leads elsewhere',
      'redirected',
      (response) => response.writeHead(302, { location: '/feed/x' }).end(),
    ],
    ['that the server does not have', 'no-file', (response) => response.writeHead(503).end('later')],
  ] as [string, string, (response: ServerResponse) => unknown][])(
    'a file %s is refused, and nothing of it stays',
    async (_, problem, answer) => {
      onFile(answer)
      await expect(download()).rejects.toMatchObject({ name: 'UpdateFailure', problem })
      expect(existsSync(staged)).toBe(false)
    },
  )

  test('of which nothing more comes is given up, and nothing of it stays', async () => {
    onFile((response) => void response.writeHead(200).write(CONTENT.subarray(0, 1000)))
    const ended = expect(download()).rejects.toMatchObject({ problem: 'timeout' })
    await expect.poll(() => existsSync(staged) && readFileSync(staged).length).toBe(1000)
    await clock.advance(31_000)
    await ended
    expect(existsSync(staged)).toBe(false)
  })

  test('that is canceled ends at once, and nothing of it stays', async () => {
    onFile((response) => void response.writeHead(200).write(CONTENT.subarray(0, 1000)))
    const abort = new AbortController()
    const ended = expect(download(abort.signal)).rejects.toBe('enough')
    await expect.poll(() => existsSync(staged) && readFileSync(staged).length).toBe(1000)
    abort.abort('enough')
    await ended
    expect(existsSync(staged)).toBe(false)
  })

  test('of a server that is gone is said to be so', async () => {
    await server.close()
    await expect(download()).rejects.toMatchObject({ problem: 'refused' })
    server = await serveReleases(feed)
  })

  test('is not downloaded where nothing can be written, nor through a link', async () => {
    const from = releases()
    const newest = await from.newest(never)
    const nowhere = path.join(home, 'no folder', 'staged')
    await expect(from.download(newest, nowhere, never, () => undefined)).rejects.toMatchObject({
      problem: 'not-writable',
    })
    const other = path.join(home, 'a file of mine')
    writeFileSync(other, 'mine')
    symlinkSync(other, staged)
    await from.download(newest, staged, never, () => undefined)
    expect(readFileSync(other, 'utf8')).toBe('mine')
    expect(readFileSync(staged)).toEqual(CONTENT)
  })
})

test('versions are compared by their numbers', () => {
  const sorted = ['0.10.0', '0.2.0', '1.0.0', '0.9.9', '0.2.10', '0.2.9'].sort(compareVersions)
  expect(sorted).toEqual(['0.2.0', '0.2.9', '0.2.10', '0.9.9', '0.10.0', '1.0.0'])
})

test.each([
  ['http to another machine', { feed: 'http://updates.example', keys: ['x'] }],
  ['no key', { feed: 'https://updates.example', keys: [] }],
  ['a key that is none', { feed: 'https://updates.example', keys: ['bm9uZQ=='] }],
  ['no address', { keys: ['x'] }],
])('a build with %s has no update server', (_, values) => {
  expect(() => readReleaseSource(JSON.stringify(values))).toThrow()
})
