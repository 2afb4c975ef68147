// Where the app listens, and which note and socket are trusted.
import { chmodSync, copyFileSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultDataFolder, readNote, writeNote } from '#satm/app-location.ts'
import { chooseSocket, removeSocket } from '#satm/server/listening-socket.ts'
import { aFolder, userId } from './support/running.ts'

let folder: string
beforeEach(() => {
  folder = aFolder()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the socket lies', () => {
  const place = (dataFolder: string, runtime = folder) =>
    chooseSocket(dataFolder, {
      platform: 'linux',
      env: { XDG_RUNTIME_DIR: runtime },
      temporary: folder,
      userId,
    })

  test('in the data folder', () => {
    expect(place(folder)).toBe(path.join(folder, 'satm.sock'))
  })

  test('in a folder of its own when its path would be too long for a socket', () => {
    const deep = path.join(folder, 'd'.repeat(100))
    mkdirSync(deep, { mode: 0o700 })
    const socket = place(deep)
    expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(103)
    expect(path.dirname(path.dirname(socket))).toBe(folder)
    expect((statSync(path.dirname(socket)).mode & 0o777).toString(8)).toBe('700')
    removeSocket(socket, deep, userId)
    expect(() => statSync(path.dirname(socket))).toThrow('ENOENT')
  })

  test('in a folder of its own when others may write to the data folder', () => {
    chmodSync(folder, 0o775)
    expect(path.dirname(place(folder))).not.toBe(folder)
  })

  test('elsewhere when the runtime folder is too long as well, or gone', () => {
    const deep = path.join(folder, 'd'.repeat(100))
    mkdirSync(deep, { mode: 0o700 })
    expect(place(deep, deep)).toMatch(new RegExp(`^${folder}/satm-\\w+/satm.sock$`))
    expect(place(deep, '/no/such/folder')).toMatch(new RegExp(`^${folder}/satm-`))
  })

  test('on Windows in a pipe of that user and folder', () => {
    const pipe = (env: Record<string, string>, at: string) =>
      chooseSocket(at, { platform: 'win32', env, temporary: folder, userId: null })
    const ada = { USERNAME: 'ada', USERDOMAIN: 'pc' }
    expect(pipe(ada, 'C:\\Data')).toMatch(/^\\\\\.\\pipe\\service-app-token-manager-[0-9a-f]{32}$/)
    expect(pipe(ada, 'c:\\data')).toBe(pipe(ada, 'C:\\Data'))
    expect(pipe({ ...ada, USERNAME: 'bob' }, 'C:\\Data')).not.toBe(pipe(ada, 'C:\\Data'))
  })
})

describe('the note', () => {
  const note = { socket: '/run/x.sock', command: ['/opt/app', '--no-sandbox'] }

  test('is read as it was written, by its owner only', () => {
    writeNote(folder, note)
    expect(readNote(folder, userId)).toEqual(note)
    expect((statSync(path.join(folder, 'satm.json')).mode & 0o777).toString(8)).toBe('600')
  })

  test('of another folder names no socket here, but the program', () => {
    writeNote(folder, note)
    const copy = path.join(folder, 'copy')
    mkdirSync(copy)
    copyFileSync(path.join(folder, 'satm.json'), path.join(copy, 'satm.json'))
    expect(readNote(copy, userId)).toEqual({ ...note, socket: null })
  })

  test.each([
    ['that is damaged', '{"socket":'],
    ['without a socket', '{"command":null}'],
    ['with a command that is no list of words', '{"socket":"/x","command":["a",1]}'],
    ['with an empty command', '{"socket":"/x","command":[]}'],
  ])('%s is none', (_, text) => {
    writeFileSync(path.join(folder, 'satm.json'), text, { mode: 0o600 })
    expect(readNote(folder, userId)).toBeNull()
  })

  test('that others may write, that is a link, or another user’s, is none', () => {
    const file = path.join(folder, 'satm.json')
    writeNote(folder, note)
    chmodSync(file, 0o666)
    expect(readNote(folder, userId)).toBeNull()
    chmodSync(file, 0o600)
    expect(readNote(folder, (userId ?? 0) + 1)).toBeNull()
    const other = path.join(folder, 'other')
    mkdirSync(other)
    symlinkSync(file, path.join(other, 'satm.json'))
    expect(readNote(other, userId)).toBeNull()
  })
})

test('the data folder is the platform’s own unless one is named', () => {
  expect(defaultDataFolder('linux', {}, '/home/ada')).toBe('/home/ada/.config/service-app-token-manager')
  expect(defaultDataFolder('linux', { XDG_CONFIG_HOME: '/c' }, '/home/ada')).toBe(
    '/c/service-app-token-manager',
  )
  expect(defaultDataFolder('darwin', {}, '/Users/ada')).toBe(
    '/Users/ada/Library/Application Support/service-app-token-manager',
  )
})
