// Nobody can read more of an env file after a write than before: tried by other users of the system, over owners, modes,
// access control lists and lists that a folder gives its files, written by root and by a user without rights.
import { chmodSync, chownSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { type Bundle, bundle } from '../../vault/support/bundle.ts'
import { leftovers, token } from './support/places.ts'
import {
  ANNA,
  BEN,
  CONFIRMED,
  fileWith,
  GUESTS,
  isRoot,
  NOBODY,
  placeFor,
  readersOf,
  runAsNobody,
  STAFF,
  setfacl,
  users,
} from './support/readers.ts'

const { write } = createEnvFileWriter()

describe.runIf(isRoot)(
  'whoever writes, no user can read a file that this user could not read before:',
  () => {
    let program: Bundle

    beforeAll(async () => {
      program = await bundle(resolve(import.meta.dirname, 'support/as-nobody.ts'))
    })

    afterAll(() => program.remove())

    function writeAsNobody(path: string): void {
      runAsNobody(program.path, [JSON.stringify(CONFIRMED), path])
    }

    const rights = fc.constantFrom('-', 'r', 'rw', 'w')
    const named = fc.oneof(
      fc.tuple(fc.constantFrom(...users.map(({ uid }) => uid)), rights).map(([id, to]) => `u:${id}:${to}`),
      fc.tuple(fc.constantFrom(STAFF, GUESTS, NOBODY), rights).map(([id, to]) => `g:${id}:${to}`),
      rights.map((to) => `g::${to}`),
      rights.map((to) => `o::${to}`),
    )
    const list = fc
      .tuple(fc.array(named, { maxLength: 4 }), fc.option(rights, { nil: null }))
      .map(([entries, mask]) => (mask === null ? entries : [...entries, `m::${mask}`]))

    const scene = fc.record({
      exists: fc.constantFrom(true, true, true, false),
      uid: fc.constantFrom(0, ANNA, NOBODY),
      gid: fc.constantFrom(0, STAFF, NOBODY),
      mode: fc
        .tuple(fc.constantFrom(2, 6, 7), fc.nat(7), fc.nat(7))
        .map(([owner, group, others]) => (owner << 6) | (group << 3) | others),
      list: fc.oneof(fc.constant([]), list),
      folderMode: fc.constantFrom(0o755, 0o777, 0o1777, 0o2775),
      folderList: fc.oneof(fc.constant([]), list),
      byRoot: fc.constantFrom(true, true, false),
    })

    function set(path: string, how: '-m' | '-dm', entries: readonly string[]): void {
      if (entries.length > 0) setfacl(path, how, entries.join(','))
    }

    test('any owner, mode and list, in any folder', async () => {
      let changed = 0
      await fc.assert(
        fc.asyncProperty(scene, async (given) => {
          const path = placeFor()
          const folder = dirname(path)
          chownSync(folder, NOBODY, GUESTS)
          if (given.exists) {
            writeFileSync(path, 'TOKEN=old\n')
            chownSync(path, given.uid, given.gid)
            chmodSync(path, given.mode)
            set(path, '-m', given.list)
          }
          chmodSync(folder, given.folderMode)
          set(folder, '-dm', given.folderList)
          const before = given.exists ? readersOf(path) : []
          if (given.byRoot) await write(path, token('new'), { confirmed: CONFIRMED })
          else writeAsNobody(path)
          const after = existsSync(path) ? readersOf(path) : []
          // Whoever wrote it had it in hand.
          const writer = given.byRoot ? 0 : NOBODY
          expect(before).toEqual(expect.arrayContaining(after.filter((uid) => uid !== writer)))
          expect(leftovers(folder)).toEqual([])
          if (existsSync(path) && readFileSync(path, 'utf8').includes('new')) changed += 1
          rmSync(dirname(folder), { recursive: true })
        }),
        { numRuns: 100 },
      )
      expect(changed).toBeGreaterThan(30)
    }, 120_000)

    test.each<readonly [string, { uid: number; gid: number }, number, string[], string, readonly number[]]>([
      ['the group that loses it', { uid: NOBODY, gid: STAFF }, 0o604, [], '0600', [NOBODY]],
      ['the owner that loses it', { uid: ANNA, gid: NOBODY }, 0o266, [], '0622', [NOBODY]],
      ['both', { uid: ANNA, gid: STAFF }, 0o606, [], '0600', [NOBODY]],
      ['a list of another owner', { uid: ANNA, gid: NOBODY }, 0o666, [`u:${BEN}:-`], '0600', [NOBODY]],
    ])('%s', async (_, { uid, gid }, mode, entries, becomes, readers) => {
      const path = fileWith(mode, ...entries)
      chownSync(path, uid, gid)
      chownSync(dirname(path), NOBODY, NOBODY)
      writeAsNobody(path)
      expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
      expect(statSync(path)).toMatchObject({ uid: NOBODY, gid: NOBODY })
      expect((statSync(path).mode & 0o777).toString(8).padStart(4, '0')).toBe(becomes)
      expect(readersOf(path)).toEqual(readers)
    })
  },
)
