// What bash makes of a Tab: a real bash at a real terminal, which breaks words at `@`, `:` and `=`.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { completionScript } from '#satm/client/completion.ts'
import { type Terminal, terminal } from './support/terminal.ts'

const NAMES = ['Queue@Acme Corp', 'Queue@Beta', 'Orders data', "it's", 'a:b=c', 'cost$5']

/** Answers like satm, and notes what it is run with. */
const STAND = `#!/bin/sh
if [ "$1" = __complete ]; then
  for typed; do :; done
  while IFS= read -r each; do
    case $each in "$typed"*) printf '%s\\n' "$each" ;; esac
  done < "$HOME/names"
else
  printf '%s\\n' "$@" > "$HOME/begun" && mv "$HOME/begun" "$HOME/ran"
fi
`

let folder: string
let shell: Terminal

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'satm-bash-'))
  writeFileSync(path.join(folder, 'names'), `${NAMES.join('\n')}\n`)
  writeFileSync(path.join(folder, 'satm'), STAND)
  chmodSync(path.join(folder, 'satm'), 0o755)
  // When its terminal goes bash would still write its history, into a folder that is being removed.
  writeFileSync(path.join(folder, 'rc'), `unset HISTFILE\n${completionScript('bash')}PS1='go> '\n`)
  shell = terminal(`cd "$HOME" && exec bash --noprofile --rcfile rc -i`, {
    PATH: `${folder}:${process.env.PATH}`,
    HOME: folder,
    TERM: 'dumb',
    LANG: 'C.UTF-8',
  })
  await expect.poll(shell.shown, { timeout: 10_000 }).toContain('go> ')
})

afterEach(async () => {
  await shell.close()
  rmSync(folder, { recursive: true, force: true })
})

test.each([
  ['after the @', 'Queue@A\t', 'Queue@Acme Corp'],
  ['at the @', 'Queue@\tB\t', 'Queue@Beta'],
  ['before the @, as far as all have it', 'Qu\t', 'Queue@'],
  ['before the @, and then after it', 'Qu\tA\t', 'Queue@Acme Corp'],
  ['after other breaks', 'a:b=\t', 'a:b=c'],
  ['after a blank that was typed with a backslash', 'Orders\\ d\t', 'Orders data'],
  ['with what the shell would take for its own', 'it\t', "it's"],
  ['between quotes', '"Queue@A\t', 'Queue@Acme Corp'],
  ['between quotes, where it would mean something else, not at all', '"cost\t"', 'cost'],
])('a name is completed %s', async (_, typed, expected) => {
  const ran = path.join(folder, 'ran')
  shell.type(`satm token ${typed}\n`)
  await expect.poll(() => existsSync(ran), { timeout: 10_000 }).toBe(true)
  expect(readFileSync(ran, 'utf8')).toBe(`token\n${expected}\n`)
})

test('options before it are no part of it', async () => {
  shell.type('satm --data-folder=/x token  Queue@B\t\n')
  const ran = path.join(folder, 'ran')
  await expect.poll(() => existsSync(ran), { timeout: 10_000 }).toBe(true)
  expect(readFileSync(ran, 'utf8')).toBe('--data-folder=/x\ntoken\nQueue@Beta\n')
})
