import { describe, expect, test } from 'vitest'
import { keptOutput, OutputTail, withoutPartsOf } from '#delivery/hook/output-tail.ts'
import { Secret } from '#engine/domain/secret.ts'

const KIB = 1024
const same = (line: string) => line
const ESCAPE = '\u001b'

describe('what is kept of an output', () => {
  test('is all of it while it is short, without what only a terminal understands', () => {
    const text = `${ESCAPE}[32mok${ESCAPE}[0m\n\n${ESCAPE}]8;;https://x.example${ESCAPE}\\a link${ESCAPE}]8;;${ESCAPE}\\\n\tb\u0008bold\u0007\n\n`
    expect(keptOutput(text, same)).toBe('ok\n\na link\n\tbold')
  })

  test('is what stands on the terminal in the end: progress is drawn over itself', () => {
    expect(keptOutput('10 %\r50 %\r100 %\r\ndone\r\n', same)).toBe('100 %\ndone')
  })

  test('is the end of it when it is long, and says so', () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => `line ${n}`)
    const kept = keptOutput(lines.join('\n'), same)
    expect(kept).toMatch(/^….*\nline 999$/s)
    expect(kept).toContain('line 990\n')
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(2 * KIB + 3)
  })

  test('is never half a character', () => {
    for (const shift of ['', 'x', 'xx', 'xxx']) {
      expect(keptOutput(`${'🙂'.repeat(1_000)}${shift}`, same)).toMatch(/^…(🙂)+x*$/u)
    }
  })

  test.each([
    ['a color', `s3cret${ESCAPE}[1;38:2::255:0:0m-value`],
    ['a title', `s3cret${ESCAPE}]0;title\u0007-value`],
    ['a string for the device', `s3cret${ESCAPE}P1$r0m${ESCAPE}\\-value`],
    ['a saved cursor', `s3cret${ESCAPE}7-value${ESCAPE}8`],
    ['bold letters of a printer', `s3c\u0008cret-v\u0008value`],
  ])('is redacted also where %s stands in the middle of a secret', (_, line) => {
    expect(keptOutput(line, (text) => text.replaceAll('s3cret-value', '#'))).toBe('#')
  })

  test('is redacted before anything is cut off', () => {
    const secret = 's3cret-value'
    const redact = (line: string) => line.replaceAll(secret, '#')
    for (let cut = 0; cut <= secret.length; cut++) {
      const kept = keptOutput(`${'a'.repeat(99)}${secret}${'b'.repeat(2 * KIB - cut)}`, redact)
      expect(kept).toMatch(/^…a*#?b+$/)
    }
  })

  test('costs the redaction of a bounded part, whatever was printed', () => {
    const tail = new OutputTail()
    for (let n = 0; n < 60; n += 1) tail.add(Buffer.from('word word\n'.repeat(100)))
    expect(tail.text().length).toBeLessThanOrEqual(16 * KIB)
  })

  test('does not begin with what was lost of a flood', () => {
    const tail = new OutputTail()
    tail.add(Buffer.from(`${'0'.repeat(300 * KIB)}lost end of a secret\nthe end\n`))
    expect(keptOutput(tail.text(), same)).toBe('the end')
  })
})

describe('parts of a token', () => {
  const redact = withoutPartsOf(new Secret('abcdefghijKLMNOP'), null, new Secret('0123456789'))

  test.each([
    ['abcdefghijKLMNOP', '[redacted]'],
    ['say cdefgh!', 'say [redacted]!'],
    ['hijKLMN 234567 end', '[redacted] [redacted] end'],
    ['abcdef and abcdefgh', '[redacted] and [redacted]'],
    ['abcde is too little, abcdexfghij as well', 'abcde is too little, abcdexfghij as well'],
    ['', ''],
    ['short', 'short'],
    ['ends with 456789', 'ends with [redacted]'],
  ])('%s', (text, safe) => {
    expect(redact(text)).toBe(safe)
  })

  test('of no token are nowhere', () => {
    expect(withoutPartsOf(null, new Secret('abc'))('abc abcdefgh')).toBe('abc abcdefgh')
  })
})
