// Env files as people and programs leave them, well formed and not.
import fc from 'fast-check'

const newline = fc.constantFrom('\n', '\n', '\r\n', '\r')

/** What grammars trip over, in any order. */
const hostile = fc.string({
  maxLength: 12,
  unit: fc.oneof(
    fc.constantFrom(
      ...['"', "'", '`', '\\', '#', '=', ':', ' ', '\t', '\n', '\r', '\r\n', '$', 'A', 'B', '_', '-', '.'],
      ...['\u00a0', '\u2028', '\u2029', '\u3000', '\ufeff', 'é', '😀', 'export ', '\\n', '\\"', "\\'", '\v'],
    ),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
})

export const variableName = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
  .filter((name) => name !== '__proto__')

/** Of Webex's kind, mostly; and what no token is. */
export const value = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/) },
  { weight: 1, arbitrary: hostile.map((text) => text.replaceAll('\0', '')) },
)

const written = fc.oneof(
  value.filter((text) => /^[\w-]*$/.test(text)),
  hostile.map((text) => `"${text}"`),
  hostile.map((text) => `'${text}'`),
  hostile.map((text) => `\`${text}\``),
  hostile,
  fc.constantFrom(
    '"line one\nline two\n"',
    "'-----BEGIN\r\nB=x\r\n-----END'",
    '"not closed',
    "it's",
    '""',
    '',
  ),
)

function callGuard(names: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const space = fc.constantFrom('', '', '', ' ', '  ', '\t')
  const entry = fc
    .tuple(
      fc.constantFrom('', '', '', 'export ', 'export\t', ' '),
      names,
      space,
      fc.constantFrom('=', '=', '=', '=', ': ', ':'),
      space,
      written,
      fc.constantFrom('', '', '', ' # a comment', '#a comment', ' #', '  '),
    )
    .map((parts) => parts.join(''))
  return fc.oneof(
    { weight: 5, arbitrary: entry },
    { weight: 1, arbitrary: fc.constantFrom('', '', '# a comment', '  # "quoted', '#A=1', 'A', 'export A') },
    { weight: 1, arbitrary: hostile },
  )
}

/** `names`: what the file's entries are called, so that some of them are the ones that are set. */
export function envText(names: readonly string[]): fc.Arbitrary<string> {
  const name = fc.oneof(fc.constantFrom(...names), fc.constantFrom('A', 'B', 'a.b', 'x-y'), variableName)
  return fc
    .tuple(
      fc.constantFrom('', '', '\ufeff'),
      fc.array(fc.tuple(callGuard(name), newline), { maxLength: 8 }),
      fc.option(callGuard(name), { nil: '' }),
    )
    .map(([bom, lines, last]) => bom + lines.flat().join('') + last)
}

/** A well-formed file in pieces, with room for the values of `names` between them. */
export interface Pieces {
  readonly before: string
  /** As `expected` says it should be when every name has its value. */
  readonly after: string
}

/** Files whose every line is of the ordinary kinds, as they are before and after each name gets its token. */
export function ordinaryFile(tokens: Readonly<Record<string, string>>): fc.Arbitrary<Pieces> {
  const names = Object.keys(tokens)
  const quote = fc.constantFrom('', '', '"', "'", '`')
  const ours = fc
    .tuple(
      fc.constantFrom('', '', 'export ', '  ', '\t'),
      fc.constantFrom(...names),
      fc.constantFrom('=', '=', ' = ', '= ', ': '),
      quote,
      fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/),
      fc.constantFrom('', '', ' ', ' # ours', ' #', '\t# "quoted" \'comment\' = `x`'),
    )
    .map(([lead, name, sign, q, old, tail]) => ({
      before: `${lead}${name}${sign}${q}${old}${q}${tail}`,
      after: `${lead}${name}${sign}${q}${tokens[name]}${q}${tail}`,
    }))
  const same = (text: fc.Arbitrary<string>) =>
    text.map((callGuard) => ({ before: callGuard, after: callGuard }))
  const inside = fc.stringMatching(/^[A-Za-z0-9 =#$\n;:{}é€\t-]{0,30}$/)
  const other = same(
    fc.oneof(
      fc.constantFrom(
        '',
        '# TOKEN=commented',
        '# it\'s "so',
        'export PATH_LIKE',
        ' \t ',
        ...names.map((n) => `#${n}=1`),
      ),
      fc
        .tuple(fc.constantFrom('"', "'", '`'), inside, fc.constantFrom('', ` # ${names[0]}=no`))
        .map(([q, text, tail]) => `OTHER=${q}${text}${q}${tail}`),
      // A value over several lines, one of which looks like ours.
      fc.constantFrom('"', "'", '`').map((q) => `MULTI=${q}first\n${names[0]}=not ours\nlast${q}`),
      fc.stringMatching(/^[A-Za-z0-9 $;:{}é€-]{0,30}$/).map((text) => `PLAIN_${names[0]}=${text}`),
    ),
  )
  const newline = fc.constantFrom('\n', '\r\n')
  return fc
    .tuple(
      fc.constantFrom('', '\ufeff'),
      fc.array(fc.tuple(fc.oneof(ours, other), newline), { maxLength: 10 }),
      fc.option(fc.oneof(ours, other), { nil: { before: '', after: '' } }),
    )
    .map(([bom, lines, last]) => ({
      before: bom + lines.map(([{ before }, end]) => before + end).join('') + last.before,
      after: bom + lines.map(([{ after }, end]) => after + end).join('') + last.after,
    }))
}
