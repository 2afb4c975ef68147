import { execFileSync } from 'node:child_process'
import { parseEnv } from 'node:util'
import { parse } from 'dotenv'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { editEnv } from '#base/node/env-editor.ts'
import { Secret } from '#engine/domain/secret.ts'
import { envText, ordinaryFile, value, variableName } from './support/env-texts.ts'

const TOKEN = 'WEBEX_SERVICE_APP_ACCESS_TOKEN'
const NEW = 'ZDI3MGEyYzQtNmFlNS00NDNhLWFlNzAtZGVjNjE0MGU1OGZm_PF84_1eb65fdf-9643'

function edit(before: string | Uint8Array, values: Readonly<Record<string, string>>) {
  const bytes = typeof before === 'string' ? Buffer.from(before) : before
  return editEnv(
    bytes,
    Object.entries(values).map(([name, text]) => ({ name, value: new Secret(text) })),
  )
}

/** The text afterwards; throws what was said when it was refused. */
function edited(before: string | Uint8Array, values: Readonly<Record<string, string>>): string {
  const result = edit(before, values)
  if (result.kind === 'refused') throw new Error(result.sentence)
  return Buffer.from(result.bytes).toString('utf8')
}

function without(record: Readonly<Record<string, string>>, names: readonly string[]) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))
}

describe('in whatever file, with whatever values,', () => {
  const names = fc.uniqueArray(variableName, { minLength: 1, maxLength: 3 })
  const anything = names.chain((list) =>
    fc.tuple(
      envText(list).filter((text) => !text.includes('\0') && !text.includes('__proto__')),
      fc
        .tuple(...list.map(() => value))
        .map((values) => Object.fromEntries(list.map((n, i) => [n, values[i] ?? '']))),
    ),
  )

  test('dotenv reads our values back and all others as before, or nothing is written', () => {
    let written = 0
    let runs = 0
    fc.assert(
      fc.property(anything, ([before, values]) => {
        runs += 1
        const result = edit(before, values)
        if (result.kind === 'refused') return
        written += 1
        const after = parse(Buffer.from(result.bytes))
        expect(after).toMatchObject(values)
        const list = Object.keys(values)
        expect(without(after, list)).toEqual(without(parse(before), list))
      }),
      { numRuns: 1_000 },
    )
    expect(written / runs).toBeGreaterThan(0.8)
  })

  test('a second time changes nothing', () => {
    fc.assert(
      fc.property(anything, ([before, values]) => {
        const result = edit(before, values)
        if (result.kind === 'refused') return
        expect(editEnv(result.bytes, toValues(values))).toEqual({ ...result, changed: false })
      }),
      { numRuns: 500 },
    )
  })
})

function toValues(values: Readonly<Record<string, string>>) {
  return Object.entries(values).map(([name, text]) => ({ name, value: new Secret(text) }))
}

describe('in an ordinary file', () => {
  const tokens = { TOKEN: NEW, REFRESH: 'r_1-2' }

  test('every byte but those of our values stays', () => {
    fc.assert(
      fc.property(ordinaryFile(tokens), ({ before, after }) => {
        const now = edited(before, tokens)
        expect(now.slice(0, after.length)).toBe(after)
        // What was missing comes at the end, on lines of its own.
        expect(now.slice(after.length)).toMatch(/^(\r?\n)?(TOKEN=[\w-]+(\r?\n))?(REFRESH=[\w-]+(\r?\n))?$/)
        expect(parse(now)).toMatchObject(tokens)
        expect(without(parse(now), Object.keys(tokens))).toEqual(without(parse(before), Object.keys(tokens)))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a line of ours', () => {
  test.each([
    ['plain', `${TOKEN}=old\n`, `${TOKEN}=${NEW}\n`],
    ['in double quotes', `${TOKEN}="old"\n`, `${TOKEN}="${NEW}"\n`],
    ['in single quotes', `${TOKEN}='old'\n`, `${TOKEN}='${NEW}'\n`],
    ['with export', `export ${TOKEN}=old\n`, `export ${TOKEN}=${NEW}\n`],
    ['with spaces', `  ${TOKEN} = old  \n`, `  ${TOKEN} = ${NEW}  \n`],
    ['with a comment', `${TOKEN}=old # keep me\n`, `${TOKEN}=${NEW} # keep me\n`],
    ['with a comment that begins at once', `${TOKEN}=old#keep me\n`, `${TOKEN}=${NEW} #keep me\n`],
    ['with nothing', `${TOKEN}=\nB=1`, `${TOKEN}=${NEW}\nB=1`],
    ['with nothing but a comment', `${TOKEN}=# here\n`, `${TOKEN}=${NEW} # here\n`],
    ['with a colon', `${TOKEN}: old\n`, `${TOKEN}: ${NEW}\n`],
    ['that ends in CR LF among others', `A=1\n${TOKEN}=old\r\nB=2\n`, `A=1\n${TOKEN}=${NEW}\r\nB=2\n`],
    ['that is the last, unfinished one', `A=1\n${TOKEN}=old`, `A=1\n${TOKEN}=${NEW}`],
    ['after a byte order mark', `\ufeff${TOKEN}=old\n`, `\ufeff${TOKEN}=${NEW}\n`],
    ['with a value over lines', `${TOKEN}="a\nb"\nB=2\n`, `${TOKEN}="${NEW}"\nB=2\n`],
    [
      'that stands there twice',
      `${TOKEN}=a\nB=1\n${TOKEN}='b'\n`,
      `${TOKEN}=${NEW}\nB=1\n${TOKEN}='${NEW}'\n`,
    ],
    ['that has the value already', `${TOKEN}='${NEW}' # x\r\n`, `${TOKEN}='${NEW}' # x\r\n`],
  ])('%s', (_, before, after) => {
    expect(edited(before, { [TOKEN]: NEW })).toBe(after)
  })
})

describe('a missing name is appended', () => {
  test.each([
    ['to an empty file', '', `${TOKEN}=${NEW}\n`],
    ['to a byte order mark', '\ufeff', `\ufeff${TOKEN}=${NEW}\n`],
    ['after a finished line', 'A=1\n', `A=1\n${TOKEN}=${NEW}\n`],
    ['after an unfinished line', 'A=1', `A=1\n${TOKEN}=${NEW}\n`],
    [
      'with the newline most lines have',
      'A=1\r\nB=1\r\nC=1\nD=1',
      `A=1\r\nB=1\r\nC=1\nD=1\r\n${TOKEN}=${NEW}\r\n`,
    ],
    ['in the file of an old Mac', 'A=1\rB=2\r', `A=1\rB=2\r${TOKEN}=${NEW}\r`],
    ['beside a comment of that name', `# ${TOKEN}=x\n`, `# ${TOKEN}=x\n${TOKEN}=${NEW}\n`],
    ['beside a longer name', `X${TOKEN}=x\n`, `X${TOKEN}=x\n${TOKEN}=${NEW}\n`],
    ['beside one inside quotes', `A="\n${TOKEN}=x\n"\n`, `A="\n${TOKEN}=x\n"\n${TOKEN}=${NEW}\n`],
    ['beside a name without a value', `export ${TOKEN}\n`, `export ${TOKEN}\n${TOKEN}=${NEW}\n`],
    ['after a quote that is never closed', 'A="x\n', `A="x\n${TOKEN}=${NEW}\n`],
  ])('%s', (_, before, after) => {
    expect(edited(before, { [TOKEN]: NEW })).toBe(after)
  })

  test('in the order they were given', () => {
    expect(edited('', { B: '2', A: '1' })).toBe('B=2\nA=1\n')
  })
})

describe('a value is quoted only where it has to be:', () => {
  test.each([
    ['a token', NEW, NEW],
    ['nothing', '', ''],
    ['a URL', 'https://x.example:8443/a?b', "'https://x.example:8443/a?b'"],
    ['a space', 'a b', "'a b'"],
    ['a hash', 'a#b', "'a#b'"],
    ['a dollar', '$HOME', "'$HOME'"],
    ['a backslash', 'a\\nb', "'a\\nb'"],
    ['a single quote', "it's", '"it\'s"'],
    ['a double quote', 'say "x"', '\'say "x"\''],
    ['both quotes', `it's "x"`, '`it\'s "x"`'],
    ['a newline', 'a\nb', "'a\nb'"],
    ['a carriage return', 'a\rb', '"a\\rb"'],
    ['all quotes', `a'b"c\`d`, `"a'b"c\`d"`],
    ['spaces around', '  a ', "'  a '"],
  ])('%s', (_, text, written) => {
    expect(edited('A=1\n', { TOKEN: text })).toBe(`A=1\nTOKEN=${written}\n`)
    expect(parse(edited('A=1\n', { TOKEN: text }))).toEqual({ A: '1', TOKEN: text })
    expect(parse(edited('A=1\n', { TOKEN: text }), { fast: true })).toEqual({ A: '1', TOKEN: text })
  })
})

describe('a token is the same to', () => {
  const files = [
    '',
    'A=1',
    `export ${TOKEN}="old" # c\n`,
    `${TOKEN}='old'\n`,
    `${TOKEN}=old#c\nB='x y'\n`,
    `${TOKEN}=#c\n`,
  ]
  test.each(files)('Node and a shell in %j', (before) => {
    const after = edited(before, { [TOKEN]: NEW })
    expect(parseEnv(after)[TOKEN]).toBe(NEW)
    const script = `set -a; eval "$1"; printf %s "$${TOKEN}"`
    expect(execFileSync('sh', ['-c', script, 'sh', after], { encoding: 'utf8' })).toBe(NEW)
  })
})

describe('refused, with what to do:', () => {
  test.each([
    ['UTF-16, low byte first', Buffer.from('\ufeff変数', 'utf16le'), /it is in UTF-16/],
    ['UTF-16, high byte first', Buffer.from('\ufeff変数', 'utf16le').swap16(), /it is in UTF-16/],
    ['UTF-16 without its mark', Buffer.from('A=1\n', 'utf16le'), /not a plain text file.*Save it as UTF-8/],
    ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]), /not a plain text file/],
    [
      'a value on the next line',
      Buffer.from(`A=1\n${TOKEN}:\nB=2\n`),
      /another line than its name \(line 2\)/,
    ],
    ['a quoted value on the next line', Buffer.from(`${TOKEN}=\n"x"\n`), /another line than its name/],
    ['an unfinished line that would take ours', Buffer.from('A:'), /cannot be written/],
  ])('%s', (_, bytes, sentence) => {
    const result = edit(bytes, { [TOKEN]: NEW })
    expect(result).toMatchObject({ kind: 'refused', sentence: expect.stringMatching(sentence) })
  })

  test.each([
    ['a digit first', '1A'],
    ['a dash', 'A-B'],
    ['nothing', ''],
    ['a newline', 'A\nB'],
    ['a letter beyond ASCII', 'É'],
  ])('a name with %s', (_, name) => {
    expect(edit('', { [name]: 'x' })).toMatchObject({
      kind: 'refused',
      sentence: expect.stringMatching(/name of a variable/),
    })
  })

  test('nothing as a value where a quote on the next line would become its value', () => {
    expect(edit(`${TOKEN}=old\n''\n`, { [TOKEN]: '' })).toMatchObject({ kind: 'refused' })
  })

  test('one name with two values', () => {
    const values = [1, 2].map((n) => ({ name: 'A', value: new Secret(`${n}`) }))
    expect(editEnv(new Uint8Array(), values)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringMatching(/two values/),
    })
  })

  test.each([
    ['all quotes and a hash', 'a\'b"c`d#e'],
    ['a zero byte', 'a\0b'],
    ['half a character', 'a\ud800b'],
  ])('a value with %s, without telling it', (_, text) => {
    const result = edit('A=1\n', { TOKEN: text })
    expect(result).toMatchObject({
      kind: 'refused',
      sentence: expect.stringMatching(/The value of TOKEN cannot/),
    })
    expect(JSON.stringify(result)).not.toContain('d#e')
  })
})

test('bytes that are no UTF-8 stay', () => {
  const latin1 = Buffer.from('# caf\xe9\nTOKEN=old # \xa0\xff\nB=\x80\n', 'latin1')
  const result = edit(latin1, { TOKEN: NEW })
  const after = result.kind === 'edited' ? Buffer.from(result.bytes).toString('latin1') : ''
  expect(after).toBe(`# caf\xe9\nTOKEN=${NEW} # \xa0\xff\nB=\x80\n`)
})

test('10 MB are edited in about a second', () => {
  const callGuard = 'SOME_VARIABLE="some value" # é\n'
  const half = callGuard.repeat(Math.ceil(5_000_000 / callGuard.length))
  const from = process.cpuUsage()
  const after = edited(`${half}${TOKEN}=old\n${half}`, { [TOKEN]: NEW, REFRESH: NEW })
  const { user } = process.cpuUsage(from)
  expect(after === `${half}${TOKEN}=${NEW}\n${half}REFRESH=${NEW}\n`).toBe(true)
  // In µs of the processor, which other programs do not slow down.
  expect(user).toBeLessThan(5_000_000)
})
