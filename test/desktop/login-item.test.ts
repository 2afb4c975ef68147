// The written entry is started by the desktop's own launcher, which says what came out of the quoting.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { autostartEntry, startsAtLogin } from '#desktop/system/login-item.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'satm autostart-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test.runIf(process.platform === 'linux').each([
  ['plain words', ['--started-at-login', '/opt/app']],
  ['spaces', ['/home/a b/My App']],
  ['quotes and dollars', ['a"b', 'c`d', '$HOME', "e'f"]],
  ['backslashes', ['C:\\x\\n', '\\\\']],
  ['percent signs', ['100%', '%f', '%%']],
  ['what a shell would read', ['; touch x', '$(id)', '&&', '*', '~']],
  ['line ends and tabs', ['a\nb', 'c\td', '\r', '\\n']],
  ['a data folder and switches', ['--user-data-dir=/home/a b/100% "x"\\$y', '--no-sandbox']],
  ['an empty word and other alphabets', ['', '/home/日本 語/مجلد']],
])('%s arrive at the program as they were', async (_what, args) => {
  const notes = path.join(folder, 'notes')
  const program = path.join(folder, 'the program')
  writeFileSync(
    program,
    `#!/bin/sh\nfor a; do printf '%s\\0' "$a"; done > '${notes}.part'; mv '${notes}.part' '${notes}'\n`,
  )
  chmodSync(program, 0o700)
  const entry = path.join(folder, 'entry.desktop')
  writeFileSync(entry, autostartEntry('Some App', [program, ...args]))
  expect(validated(entry)).toEqual([0, '', ''])

  const { status, stderr, error } = spawnSync('gio', ['launch', entry], { encoding: 'utf8', cwd: folder })
  if (error !== undefined) throw new Error('gio is missing: apt-get install libglib2.0-bin', { cause: error })
  expect([status, stderr]).toEqual([0, ''])
  await expect.poll(() => read(notes)).toEqual(args)
})

test('an entry is one desktop entry of the application type', () => {
  const lines = autostartEntry('Some App', ['/opt/app']).split('\n')
  expect(lines[0]).toBe('[Desktop Entry]')
  expect(lines).toContain('Type=Application')
  expect(lines).toContain('Name=Some App')
  expect(lines.filter((line) => line.startsWith('['))).toHaveLength(1)
})

/** What the desktop's own checker says. */
function validated(entry: string) {
  const { status, stdout, stderr, error } = spawnSync('desktop-file-validate', [entry], { encoding: 'utf8' })
  if (error !== undefined) {
    throw new Error('desktop-file-validate is missing: apt-get install desktop-file-utils', { cause: error })
  }
  return [status, stdout, stderr]
}

describe('an entry', () => {
  const entry = autostartEntry('Some App', ['/opt/app'])
  const added = (line: string) => `${entry}${line}\n`

  test.each([
    ['as it was written', entry, true],
    ['with Windows line ends', entry.replaceAll('\n', '\r\n'), true],
    ['that a tool hides (Xfce, KDE)', added('Hidden=true'), false],
    ['that a tool shows again', added('Hidden=false'), true],
    ['hidden with spaces and an older truth', added('Hidden = 1'), false],
    ['that GNOME switched off', entry.replace('enabled=true', 'enabled=false'), false],
    ['that MATE switched off', added('X-MATE-Autostart-enabled=false'), false],
    ['whose other group is hidden', added('[Desktop Action x]\nHidden=true'), true],
    ['with a comment', added('#Hidden=true'), true],
    ['whose program was removed by hand', entry.replace(/^Exec=.*$/m, 'Exec='), false],
    ['that is empty', '', false],
    ['that is something else', '\0\0\0', false],
  ])('%s says whether it starts', (_what, text, expected) => {
    expect(startsAtLogin(text)).toBe(expected)
  })
})

function read(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}
