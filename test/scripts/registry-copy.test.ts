import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { registryCopy } from '../../scripts/electron-runtime/registry-copy.mjs'
import { tempFolder } from './support/temp-folder.ts'

const ARCHIVE = 'what the registry sends'
const SHA512 = createHash('sha512').update(ARCHIVE).digest('base64')

describe('on Linux x64', () => {
  test('the archive is fetched once and taken from the cache afterwards', async () => {
    const { copy, calls } = withArchive()

    const first = await copy.place()
    const second = await copy.place()

    expect(first).toMatchObject({ kind: 'found', why: expect.stringContaining('fetched') })
    expect(second).toMatchObject({ kind: 'found', why: expect.stringContaining('cached') })
    expect(second.kind === 'found' && readFileSync(second.executable, 'utf8')).toBe('unpacked')
    expect(calls).toEqual(['download', 'unpack'])
  })

  test('an archive with another hash is refused and never unpacked', async () => {
    const { copy, calls, cache } = withArchive({ archive: 'something else' })

    expect(await copy.place()).toMatchObject({
      kind: 'absent',
      why: expect.stringMatching(/sha512 .* not the pinned .* not unpacked/),
    })
    expect(calls).toEqual(['download'])
    expect(readdirSync(path.join(cache, 'electron'))).toEqual([])
  })

  test('a half-made runtime in the cache is not used', async () => {
    const { copy, calls, cache } = withArchive()
    mkdirSync(path.join(cache, 'electron', '.making-killed'), { recursive: true })
    writeFileSync(path.join(cache, 'electron', '.making-killed', 'electron'), 'half')

    const answer = await copy.place()

    expect(answer.kind === 'found' && readFileSync(answer.executable, 'utf8')).toBe('unpacked')
    expect(calls).toEqual(['download', 'unpack'])
  })

  test('an unpacking that fails leaves no runtime', async () => {
    const { copy, cache } = withArchive({
      unpack: async (_, into) => {
        writeFileSync(path.join(into, 'electron'), 'half')
        throw new Error('the archive ends early')
      },
    })

    expect(await copy.place()).toMatchObject({ kind: 'absent', why: expect.stringContaining('ends early') })
    expect(copy.isCached()).toBe(false)
    expect(readdirSync(path.join(cache, 'electron'))).toEqual([])
  })

  test('the tarball does not stay in the cache', async () => {
    const { copy } = withArchive()
    const answer = await copy.place()
    expect(answer.kind === 'found' && readdirSync(path.dirname(answer.executable))).toEqual(['electron'])
  })

  test('another pinned hash has another folder', async () => {
    const cache = tempFolder()
    const one = registryCopy({ cache, platform: 'linux', arch: 'x64', sha512: SHA512, steps: steps([]) })
    await one.place()
    expect(registryCopy({ cache, platform: 'linux', arch: 'x64', sha512: 'other' }).isCached()).toBe(false)
  })
})

test.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['linux', 'arm64'],
] as const)('on %s %s there is none and nothing is fetched', async (platform, arch) => {
  const calls: string[] = []
  const copy = registryCopy({ cache: tempFolder(), platform, arch, sha512: SHA512, steps: steps(calls) })
  expect(await copy.place()).toMatchObject({
    kind: 'absent',
    why: expect.stringContaining(`${platform} ${arch}`),
  })
  expect(calls).toEqual([])
})

interface Wishes {
  readonly archive?: string
  readonly unpack?: (tarball: string, into: string) => Promise<void>
}

function withArchive(wishes: Wishes = {}) {
  const cache = tempFolder()
  const calls: string[] = []
  const all = { ...steps(calls, wishes.archive), ...(wishes.unpack ? { unpack: wishes.unpack } : {}) }
  const copy = registryCopy({ cache, platform: 'linux', arch: 'x64', sha512: SHA512, steps: all })
  return { copy, calls, cache }
}

function steps(calls: string[], archive = ARCHIVE) {
  return {
    download: async (into: string) => {
      calls.push('download')
      const tarball = path.join(into, 'runtime.tgz')
      writeFileSync(tarball, archive)
      return tarball
    },
    unpack: async (_: string, into: string) => {
      calls.push('unpack')
      writeFileSync(path.join(into, 'electron'), 'unpacked')
    },
  }
}
