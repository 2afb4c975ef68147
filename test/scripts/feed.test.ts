import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { updateFeedOf, writeFeed } from '../../scripts/release/feed.mjs'
import { APP_IMAGE, announce, releaseKey } from '../desktop/support/release-server.ts'
import { tempFolder } from './support/temp-folder.ts'

const DEB = 'service-app-token-manager_0.2.0_amd64.deb'
const content = Buffer.from('a package')

test('a feed names each package with its kind, and has the file', async () => {
  const home = tempFolder()
  const feed = path.join(home, 'feed')
  const key = releaseKey(path.join(home, 'key.pem'))
  await announce(feed, { version: '0.2.0', key, files: { [APP_IMAGE]: content, [DEB]: content } })
  const { version, packages } = JSON.parse(readFileSync(path.join(feed, 'latest.json'), 'utf8'))
  expect(version).toBe('0.2.0')
  expect(packages.map(({ kind, path: file }: Record<string, string>) => [kind, file])).toEqual([
    ['appimage', `0.2.0/${APP_IMAGE}`],
    ['deb', `0.2.0/${DEB}`],
  ])
  expect(readFileSync(path.join(feed, '0.2.0', DEB))).toEqual(content)
  expect(readdirSync(path.join(feed, '0.2.0')).sort()).toEqual([APP_IMAGE, DEB].sort())
})

test('nothing is announced that apps would refuse, that is not what was packaged, or with a key that others can read', async () => {
  const home = tempFolder()
  const feed = path.join(home, 'feed')
  const key = releaseKey(path.join(home, 'key.pem'))
  const files = { [APP_IMAGE]: content }
  await announce(feed, { version: '0.10.0', key, files })
  const announced = () => JSON.parse(readFileSync(path.join(feed, 'latest.json'), 'utf8')).version
  await expect(announce(feed, { version: '0.9.0', key, files })).rejects.toThrow('apps take no older one')

  const from = path.join(home, 'dist-feed-0.10.0')
  writeFileSync(path.join(from, APP_IMAGE), 'changed since')
  await expect(writeFeed({ from, feed: path.join(home, 'other'), keyFile: key.file })).rejects.toThrow(
    'nothing was announced',
  )
  expect(existsSync(path.join(home, 'other', 'latest.json'))).toBe(false)

  const empty = path.join(home, 'empty')
  mkdirSync(empty)
  await expect(writeFeed({ from: empty, feed, keyFile: key.file })).rejects.toThrow('no package')
  await expect(writeFeed({ from: path.join(home, 'none'), feed, keyFile: key.file })).rejects.toThrow(
    'no package',
  )
  const none = path.join(home, 'none.pem')
  await expect(writeFeed({ from, feed, keyFile: none })).rejects.toThrow('openssl genpkey')
  const text = path.join(home, 'text')
  writeFileSync(text, 'no key', { mode: 0o600 })
  await expect(writeFeed({ from, feed, keyFile: text })).rejects.toThrow('openssl genpkey')
  chmodSync(key.file, 0o644)
  await expect(writeFeed({ from, feed, keyFile: key.file })).rejects.toThrow('chmod 600')
  expect(announced()).toBe('0.10.0')
})

test('test packages are never announced, whatever their names', async () => {
  const home = tempFolder()
  const key = releaseKey(path.join(home, 'key.pem'))
  const from = path.join(home, 'dist')
  mkdirSync(from)
  writeFileSync(path.join(from, APP_IMAGE), content)
  const sums = `${createHash('sha256').update(content).digest('hex')}  ${APP_IMAGE}\n0  service-app-token-manager-0.2.0~test.cdx.json\n`
  writeFileSync(path.join(from, 'SHA256SUMS'), sums)
  const feed = path.join(home, 'feed')
  await expect(writeFeed({ from, feed, keyFile: key.file })).rejects.toThrow('nothing was announced')
  expect(existsSync(feed)).toBe(false)
})

test('a build has updates with an address and keys, and none without both', () => {
  expect(updateFeedOf({})).toBeNull()
  expect(updateFeedOf({ SATM_UPDATE_FEED: '', SATM_UPDATE_KEYS: '' })).toBeNull()
  const key = releaseKey(path.join(tempFolder(), 'key.pem')).publicKey
  const feed = 'https://updates.example/satm'
  expect(
    JSON.parse(updateFeedOf({ SATM_UPDATE_FEED: feed, SATM_UPDATE_KEYS: ` ${key}, ${key}` }) ?? ''),
  ).toEqual({
    feed,
    keys: [key, key],
  })
  expect(() => updateFeedOf({ SATM_UPDATE_FEED: feed })).toThrow('both')
  expect(() => updateFeedOf({ SATM_UPDATE_FEED: 'http://updates.example', SATM_UPDATE_KEYS: key })).toThrow(
    'https',
  )
  expect(() => updateFeedOf({ SATM_UPDATE_FEED: feed, SATM_UPDATE_KEYS: 'bm9uZQ==' })).toThrow()
})
