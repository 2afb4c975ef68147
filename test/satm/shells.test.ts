// What shells make of what satm prints for them: each real shell reads it back.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'dotenv'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandNames } from '#satm/client/command-table.ts'
import { completionScript, completions } from '#satm/client/completion.ts'
import { shellLine } from '#satm/client/formats.ts'
import { STATES } from '#satm/client/option-table.ts'

/** What shells stumble over, and any other text an environment can hold. */
const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...`'"\\\`$(){};&|<>*?[]~#! \t\n\r=%^abÿ😀`), maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll('\0', '')),
)
const values = fc.array(hostile, { minLength: 60, maxLength: 60 })

/** One process reads all of them; each ends with a NUL, which no value holds. */
function readBack(program: string, args: readonly string[], all: readonly string[]): string[] {
  const language = program === 'fish' ? 'fish' : 'sh'
  const script = all.map((value) => `${shellLine(language, 'TOKEN', value)}printenv -0 TOKEN\n`).join('')
  return printed(program, args, script).split('\0').slice(0, -1)
}

/** From a file: fish reads no script from the kind of pipe that Node gives it. */
function printed(program: string, args: readonly string[], script: string, env = process.env): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'satm-script-'))
  try {
    const file = path.join(folder, 'script')
    writeFileSync(file, script)
    const { stdout, stderr, error } = spawnSync(program, [...args, file], { encoding: 'utf8', env })
    expect({ error, stderr }).toEqual({ error: undefined, stderr: '' })
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('a variable is read back as it is, whatever it holds, by', () => {
  test.each([
    ['sh', []],
    ['bash', ['--norc']],
    ['zsh', ['-f']],
    ['fish', ['--no-config']],
  ])('%s', (shell, args) => {
    fc.assert(
      fc.property(values, (all) => {
        expect(readBack(shell, args, all)).toEqual(all)
      }),
      { numRuns: 3 },
    )
  })

  test('dotenv', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`'"\`$# =\\ab`), maxLength: 20 }), (value) => {
        const written = line('dotenv', value)
        fc.pre(written !== null)
        expect(parse(written ?? '')).toEqual({ TOKEN: value })
      }),
    )
  })

  test('PowerShell, by its rule: quotes are doubled, the typographic ones too', () => {
    expect(shellLine('powershell', 'TOKEN', "a'b’c$d`e")).toBe("$Env:TOKEN = 'a''b’’c$d`e'\n")
  })

  test('nobody, when it holds a NUL', () => {
    expect(() => shellLine('sh', 'TOKEN', 'a\0b')).toThrow(/NUL/)
  })
})

/** null: a file of this kind cannot hold it, and says so. */
function line(shell: 'dotenv', value: string): string | null {
  try {
    return shellLine(shell, 'TOKEN', value)
  } catch {
    return null
  }
}

describe('completion offers', () => {
  const offered = (typed: string) => completions(typed.split(' '), async () => ['Orders', 'Queue@Acme'])

  test.each([
    ['', [...commandNames]],
    ['to', ['token']],
    ['token ', ['Orders', 'Queue@Acme']],
    ['token Q', ['Queue@Acme']],
    ['--data-folder /x token ', ['Orders', 'Queue@Acme']],
    ['token Orders ', []],
    ['token Orders --m', ['--min-ttl']],
    ['list --state ', [...STATES]],
    ['list --state e', ['expired']],
    ['history -o ', ['table', 'json', 'yaml', 'csv']],
    ['history --output j', ['json']],
    ['list --sort n', ['name', 'next']],
    ['list --json na', ['name']],
    ['list --json name,or', ['name,orgName', 'name,orgId']],
    ['history --json ', ['Orders', 'Queue@Acme']],
    ['history --json st', ['startedAt']],
    ['pause Q', ['Queue@Acme']],
    ['import ', []],
    ['exec --as Q', ['Queue@Acme=']],
    ['token --min-ttl ', []],
    ['env Orders --shell ', ['sh', 'fish', 'powershell', 'dotenv']],
    ['refresh --all ', []],
    ['exec Orders ', ['--']],
    ['exec Orders -- ', []],
    ['list --state expired,pa', ['expired,paused']],
    [
      'list --state paused,expired,',
      STATES.filter((one) => !/^(paused|expired)$/.test(one)).map((one) => `paused,expired,${one}`),
    ],
    ['list --json name,na', []],
    ['status -o ', ['table', 'json', 'yaml']],
    ['status --w', ['--watch']],
    ['status --watch ', ['Orders', 'Queue@Acme']],
    [
      'status --watch Orders --',
      ['--output', '--json', '--data-folder', '--no-start', '--timeout', '--help'],
    ],
    ['status --check --w', []],
    ['status -o yaml --j', []],
    ['exec --as Queue@Acme=A --a', ['--as']],
    [
      'data-sources list Orders --',
      ['--output', '--json', '--data-folder', '--no-start', '--timeout', '--help'],
    ],
    ['data-sources list Orders -o c', ['csv']],
    ['data-sources -o json list ', ['Orders', 'Queue@Acme']],
    ['data-sources list Orders --json expiresAt,u', ['expiresAt,url']],
    ['data-sources renew Orders ', []],
    ['data-sources ', ['list', 'renew']],
    ['data-sources renew Q', ['Queue@Acme']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['nonsense ', []],
  ])('after “%s”', async (typed, expected) => {
    expect(await offered(typed)).toEqual(expected)
  })
})

describe('the completion script of', () => {
  let folder: string
  const asked = () => readFileSync(path.join(folder, 'asked'), 'utf8').trimEnd().split('\n')

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'satm-shell-'))
    const stand = `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/asked'\nprintf '%s\\n' 'Orders data' "it's"\n`
    writeFileSync(path.join(folder, 'satm'), stand)
    chmodSync(path.join(folder, 'satm'), 0o755)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const lines = (program: string, args: readonly string[], script: string) => {
    const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder, TERM: 'dumb' }
    return printed(program, args, script, env).trimEnd().split('\n')
  }

  test('bash asks for the words typed so far and quotes what it gets', () => {
    const typed = `
      COMP_LINE='satm token Orders\\ d' COMP_POINT=20 COMP_WORDS=(satm token 'Orders\\ d') COMP_CWORD=2
      _satm satm 'Orders\\ d' token; printf '%s\\n' "\${COMPREPLY[@]}"`
    expect(lines('bash', ['--norc'], `${completionScript('bash')}${typed}\n`)).toEqual([
      'Orders\\ data',
      "it\\'s",
    ])
    expect(asked()).toEqual(['__complete', 'token', 'Orders d'])
  })

  test.each([
    ['read by a startup file', (script: string) => `${script}\n_satm`],
    ['loaded from a folder of $fpath', () => `fpath=('${folder}'); autoload -Uz _satm; _satm`],
  ])('zsh asks for the words typed so far, %s', (_, started) => {
    writeFileSync(path.join(folder, '_satm'), completionScript('zsh'))
    const stubs = `
      compdef() { : }; compadd() { shift; print -rl -- "$@" }
      words=(satm exec --min-ttl 1h "'Or'"); CURRENT=5`
    const script = `${stubs}\n${started(completionScript('zsh'))}\n`
    expect(lines('zsh', ['-f'], script)).toEqual(['Orders data', "it's"])
    expect(asked()).toEqual(['__complete', 'exec', '--min-ttl', '1h', 'Or'])
  })

  test('fish completes as it does at the prompt', () => {
    const typed = "complete -C 'satm token '"
    const script = `${completionScript('fish')}${typed}\n`
    expect(lines('fish', ['--no-config'], script).toSorted()).toEqual(['Orders data', "it's"])
    expect(asked()).toEqual(['__complete', 'token'])
  })
})
