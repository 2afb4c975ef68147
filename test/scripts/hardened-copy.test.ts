import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { describe, expect, test } from 'vitest'
import { hardenedCopy } from '../../scripts/electron-runtime/hardened-copy.mjs'
import { tempFolder } from './support/temp-folder.ts'

/** What marks the fuses inside Electron's executable: version 1, eight of them, all on. */
const FUSES = `dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x08${'1'.repeat(8)}`
const ON = 0x31

function aRuntime(code = `binary ${FUSES} code`): string {
  const folder = path.join(tempFolder(), 'dist')
  mkdirSync(path.join(folder, 'resources', 'app'), { recursive: true })
  writeFileSync(path.join(folder, 'electron'), code)
  chmodSync(path.join(folder, 'electron'), 0o755)
  writeFileSync(path.join(folder, 'chrome-sandbox'), 'helper')
  writeFileSync(path.join(folder, 'resources', 'app', 'main.mjs'), 'loader')
  return path.join(folder, 'electron')
}

const copyOf = (executable: string, cache: string) => hardenedCopy(executable, { cache, platform: 'linux' })

async function isOn(executable: string, fuse: FuseV1Options): Promise<boolean> {
  return Number(Reflect.get(await getCurrentFuseWire(executable), fuse)) === ON
}

describe('a hardened copy', () => {
  test('has the fuses of a release but those for an archive; the original stays as it is', async () => {
    const original = aRuntime()
    const before = readFileSync(original)
    const copy = await copyOf(original, tempFolder())
    for (const fuse of [
      FuseV1Options.RunAsNode,
      FuseV1Options.EnableNodeOptionsEnvironmentVariable,
      FuseV1Options.EnableNodeCliInspectArguments,
      FuseV1Options.OnlyLoadAppFromAsar,
      FuseV1Options.GrantFileProtocolExtraPrivileges,
    ])
      expect(await isOn(copy, fuse)).toBe(false)
    expect(readFileSync(original)).toEqual(before)
    expect(statSync(copy).mode & 0o777).toBe(0o755)
  })

  test('takes the room of one file: all others are the original’s own', async () => {
    const original = aRuntime()
    const copy = await copyOf(original, tempFolder())
    for (const name of ['chrome-sandbox', 'resources/app/main.mjs']) {
      const [from, to] = [original, copy].map((file) => statSync(path.join(path.dirname(file), name)).ino)
      expect(to).toBe(from)
      expect(lstatSync(path.join(path.dirname(copy), name)).isFile()).toBe(true)
    }
    expect(statSync(copy).ino).not.toBe(statSync(original).ino)
  })

  test('is made once, and again when the runtime was replaced', async () => {
    const original = aRuntime()
    const cache = tempFolder()
    const first = await copyOf(original, cache)
    expect(await copyOf(original, cache)).toBe(first)
    writeFileSync(original, `newer binary ${FUSES}`)
    const second = await copyOf(original, cache)
    expect(second).not.toBe(first)
    expect(readFileSync(second, 'latin1')).toContain('newer')
  })

  test('lies in folders that nobody else may write', async () => {
    const original = aRuntime()
    const cache = tempFolder()
    const copy = await copyOf(original, cache)
    const folders = [
      cache,
      path.join(cache, 'electron'),
      path.dirname(copy),
      path.dirname(path.dirname(copy)),
    ]
    for (const folder of folders) chmodSync(folder, 0o777)
    expect(await copyOf(original, cache)).toBe(copy)
    expect(folders.filter((folder) => (statSync(folder).mode & 0o022) !== 0)).toEqual([])
  })

  test.runIf(process.getuid?.() === 0)('is not taken from a folder of another user', async () => {
    const original = aRuntime()
    const cache = tempFolder()
    const copy = await copyOf(original, cache)
    chownSync(path.dirname(copy), 65534, 65534)
    await expect(copyOf(original, cache)).rejects.toThrow('SATM_CACHE_DIR')
    chownSync(cache, 65534, 65534)
    await expect(copyOf(aRuntime(), cache)).rejects.toThrow('another user')
  })

  test('of what is no Electron is refused and leaves nothing', async () => {
    const cache = tempFolder()
    await expect(copyOf(aRuntime('#!/bin/sh\n'), cache)).rejects.toThrow('sentinel')
    expect(readdirSync(path.join(cache, 'electron'))).toEqual([])
  })
})
