// Wording: no text that a person reads uses a phrase for which the field has a plainer one.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'vite'
import { describe, expect, test } from 'vitest'
import { walk } from '../scripts/structure/source-facts.mjs'

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const filesIn = (folder: string, pattern: RegExp) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file) && !file.includes('node_modules'))
    .map((file) => path.posix.join(folder, file))

/** What is not written, and what is written instead. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bby (itself|themselves|yourself)\b/i, 'automatically'],
  [/\basked (of|for)\b/i, 'requested, required'],
  [/\b(comes?|came|coming) (in|from outside)\b(?! the)|\bto come\b/i, 'imported, ready, future'],
  [/\b(is|are|was) said\b|\bsays? so\b|\bit said\b|\bsaid (below|above|here|only)\b/i, 'shown, reported'],
  [/\btells? (you|the (person|app)|of|from)\b|\bis told\b/i, 'shows, reports'],
  [/\bneeds? (you|someone|somebody|a person)\b|\b(someone|somebody) is needed\b/i, 'needs attention'],
  [/\b(is|are) over(?! \d)(?= |\.|$)|^Over\b/, 'resolved, has ended'],
  [/\bof (yours|theirs|ours)\b|\btrouble of its own\b/i, 'your'],
  [/\banew\b|\bafresh\b/i, 'again, from the start'],
  [/\bonce more\b/i, 'again, repeat'],
  [/\bnobody (has to|ever)\b|\bif nobody (ever|does|helps)\b/i, 'no action needed'],
  [/\blike the (system|others)\b/i, 'System'],
  [/\b(go|goes|going|went) on\b/i, 'continue, keep'],
  [/\b(nothing|none)( of [^.]*)? fits\b/i, 'No matches'],
  [/, please[.?]/i, 'Enter …'],
  [/\bholds\b|\bhold (the|a|no|every|all)\b|\bheld by\b/i, 'contains'],
  [/(?<!connection (to Webex )?)\b(is|are|was|were) refused\b|\bWebex refuse[sd]\b/i, 'rejected'],
  [/\bthere is none\b|\bit does not$|\bdoes it work\b/i, 'No …'],
  [/\bby hand\b/i, 'manual'],
  [/\bbroken off\b|\bbroke off\b/i, 'interrupted, canceled'],
  [/\bgood reason\b/i, 'the reason itself'],
  [/\bin sight\b|\bneeds? a look\b|\blook at what\b/i, 'shown'],
  [/\bfrom outside\b|\bset from\b/i, 'Set by <variable>'],
  [/\bway left\b|\bways left\b/i, 'can no longer'],
  [/\bodd answer\b|\bnot expected\b|\bhas trouble\b/i, 'unexpected, having problems'],
  [/\basks for fewer\b|\bmisses the\b|\bin place of webex\b/i, 'rate-limiting, missing, instead of'],
  [/^Dead$/, 'No longer accepted'],
  [/\bnowhere yet\b|\blooking around\b|\bblank in it\b/i, 'none yet, exploring, a space'],
  [/\bset aside\b/i, 'could not be opened, was kept'],
  [/\bas it is wanted\b|\bis wanted\b|\bwas wanted\b/i, 'is requested'],
  [/\beverything here\b|, no secrets$/i, 'Delete all data; (no secrets)'],
  [/\bis due: all\b|\bonly then\b|\bwill have passed\b/i, 'state it directly'],
  [/\bMade when\b|\bis ended\b/i, 'Created if, is stopped'],
  [/\bown cloud\b|\bno keychain protects\b/i, 'Custom Webex address, No keychain found'],
  [
    /\b(nobody|somebody)( has| have)? (renew|use|listen)\w*|\bdo(es)? nobody\b/i,
    'no computer, nothing, not in use',
  ],
  [/\bsomebody (else|wrote|pressed)\b|\bno member any more\b/i, 'someone else, was removed'],
  [/\bmust be reconnected\b|\bwhat gets each\b/i, 'Reconnect …, Deliver new tokens of …'],
  [
    /\bmay be closed\b|\bfirst token is here\b|^What happened$/i,
    'You can close, First token issued, History',
  ],
  [/\bAt Webex nothing is\b|\bpart of the lifetime\b/i, 'not revoked at Webex, % of lifetime'],
  [/\blooked (at|up) again\b/i, 'checked again'],
  [/\bwithout a word\b|\bwhat (it has seen|was known last)\b/i, 'crashed, may have kept, last known state'],
  [/\bover another channel\b|\bis no (URL|public key)\b/i, 'over a different channel, is not a'],
]

const plain = (text: string) => text.replace(/\s+/g, ' ').trim()
/** What no person reads: names of requests, kinds and fields, and SQL. */
const isCode = (text: string) =>
  /^[a-z][\w.-]*$|^(CREATE|ALTER|SELECT|INSERT|UPDATE|DELETE) /.test(plain(text))
const flawsOf = (text: string) =>
  isCode(text) ? [] : BANNED.filter(([pattern]) => pattern.test(plain(text)))

interface Text {
  readonly text: string
  readonly at: number
}

/** Of the text of JSX, string literals and templates; comments, imports and types are none. */
function textsOf(file: string, source: string): readonly Text[] {
  const { program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`)
  const found: Text[] = []
  for (const { node, parent } of walk(program as unknown as Parameters<typeof walk>[0])) {
    const text = textOf(node)
    const isNamed = /^(Import|Export|TSLiteral|TSImport)/.test(parent?.type ?? '')
    if (text !== null && !isNamed) found.push({ text, at: Number(node.start) })
  }
  return found
}

type Node = Parameters<typeof walk>[0]

function textOf(node: Node): string | null {
  if (node.type === 'JSXText' || node.type === 'Literal')
    return typeof node.value === 'string' ? node.value : null
  if (node.type !== 'TemplateLiteral' || !Array.isArray(node.quasis)) return null
  // What is put in is unknown: a mark that ends no phrase.
  return node.quasis
    .map((part: { readonly value: { readonly cooked: string } }) => part.value.cooked)
    .join('…')
}

/** Of a document: its prose, with code and comments blanked. */
function proseOf(source: string): readonly Text[] {
  const blank = (match: string) => match.replace(/[^\n]/g, ' ')
  const text = source
    .replace(/^```[\s\S]*?^```/gm, blank)
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/`[^`\n]*`/g, (code) => '…'.padEnd(code.length))
  return [...text.matchAll(/(?:[^\n]|\n(?!\n))+/g)].map((match) => ({ text: match[0], at: match.index }))
}

const lineOf = (source: string, at: number) => source.slice(0, at).split('\n').length

function complaints(file: string, texts: (source: string) => readonly Text[]): readonly string[] {
  const source = read(file)
  return texts(source).flatMap(({ text, at }) =>
    flawsOf(text).map(([pattern, instead]) => {
      const line = lineOf(source, at + Math.max(0, text.search(/\S/)))
      return `${file}:${line}: "${plain(text).match(pattern)?.[0]}" (instead: ${instead}) in: ${plain(text)}`
    }),
  )
}

describe('no plainer words are missing in', () => {
  test('what the window, the app and the command line show and log', () => {
    const files = [...filesIn('src', /\.tsx?$/), ...filesIn('scripts', /\.mjs$/)]
    expect(files.flatMap((file) => complaints(file, (source) => textsOf(file, source)))).toEqual([])
  })

  // The architecture speaks to those who change the app, about its code.
  test('the documents', () => {
    const files = ['README.md', 'SECURITY.md', ...filesIn('docs', /(?<!architecture)\.md$/)]
    expect(files.flatMap((file) => complaints(file, proseOf))).toEqual([])
  })
})

describe('the rules', () => {
  test.each([
    'Over: Contact sync / Acme',
    '3 problems are over',
    '2 things need a look',
    'It will be tried again by itself.',
    'Nobody has to: it is tried again',
    'Webex misses the client secret',
    'Webex has trouble of its own',
    'Webex asks for fewer requests',
    'Something answers in place of Webex',
    'There is no way left to renew',
    'Someone is needed first.',
    'Needs you',
    '3 needs you',
    'if nobody ever helped',
    'Dead',
    'Comes in',
    'Look at what is said below',
    'Off for good reason: programs need none',
    'Then it is ended, and tried again later.',
    'It said:',
    'By hand',
    'Broken off',
    'What may pass by itself is said only then.',
    'What is wrong stays in sight in the window in any case.',
    'All service apps, those to come as well',
    'Set from outside',
    'Like the system',
    "Not Webex's own cloud",
    'List, no secrets',
    'Everything here',
    'Begin anew',
    'The data file was set aside',
    'No keychain protects this computer',
    'Once more',
    'None of the 400 tokens fits.',
    'Nothing fits.',
    'There is a blank in it',
    'A whole number from 1 to 20, please.',
    'Only looking around?',
    'The backup holds every secret.',
    "A service app's client secret is refused",
    'Nobody has renewed since 14:02.',
    'Does nobody use the shared vault?',
    'nobody listens at /run/satm.sock',
    'Somebody else has changed this in the meantime',
    'server 2 is no member any more',
    'The token manager must be reconnected (affects 41)',
    'What gets each new token of Orders',
    'This page may be closed.',
    'saved; its first token is here.',
    'What happened',
    'At Webex nothing is revoked',
    'Refresh after this part of the lifetime',
    'It is looked at again as soon as that one has finished.',
    'One that ends without a word is followed within 75 seconds.',
    'What it has seen, it knows',
    'Compare the key over another channel',
    'The connection string is no URL of PostgreSQL.',
  ])('find "%s"', (text) => {
    expect(flawsOf(text)).not.toEqual([])
  })

  test.each([
    'Resolved: Contact sync · Acme',
    'No action needed; it retries automatically',
    'Needs attention',
    'It takes over 10 s.',
    'No longer accepted',
    'The connection was refused.',
    'begin-anew',
    'Held until you confirm: 3.',
    'The request was rejected.',
    'If nobody intervenes, renewal stops on this day.',
    "Nobody can read this store's secrets",
  ])('let "%s" pass', (text) => {
    expect(flawsOf(text)).toEqual([])
  })

  test('read texts of every kind, and neither comments nor imports', () => {
    const source = [
      "import x from 'by itself'",
      '// by itself',
      "type T = 'Once more'",
      'const a = <p title="Once more">It renews {x}',
      ' by itself</p>',
      "const b = ['Needs you', `Nothing of $".concat('{a} fits`]'),
    ].join('\n')
    const found = textsOf('x.tsx', source).filter(({ text }) => flawsOf(text).length > 0)
    expect(found.map(({ text, at }) => [plain(text), lineOf(source, at)])).toEqual([
      ['Once more', 4],
      ['by itself', 4],
      ['Needs you', 6],
      ['Nothing of … fits', 6],
    ])
    expect(proseOf('A `by itself`.\n\n```\nOnce more\n```\n').flatMap(({ text }) => flawsOf(text))).toEqual(
      [],
    )
  })
})
