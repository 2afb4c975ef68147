// Passphrase strength: how long a new passphrase must be, and how hard it is to guess. Words that everybody tries first,
// rows of the keyboard and repetitions count as one character each.

/** Characters of a new passphrase, of the vault as of a backup: both files can be copied, and guessed at for years. */
export const SHORTEST_PASSPHRASE = 12
/** Characters that the command line and a server take, as the window does. */
export const LONGEST_PASSPHRASE = 1024

export type Strength = 'weak' | 'fair' | 'strong'

/** Whatever comes after this many characters no longer changes the answer. */
const LONGEST_CONSIDERED = 128
const LEAST_FAIR = 8
const LEAST_STRONG = 16
/** Of at least three kinds of characters: letters of both cases, digits, others. */
const LEAST_STRONG_MIXED = 12
const SHORTEST_SEQUENCE = 3

/** The start of every list of leaked passwords, what people call things of this app, and the usual keyboards. */
const COMMON = [
  'passphrase password passwort passwd secret geheim kennwort motdepasse contrasena letmein welcome willkommen',
  'bonjour hello hallo changeme default admin administrator root guest user login master access test temp demo',
  'iloveyou monkey dragon shadow sunshine princess football baseball superman batman pokemon starwars trustno',
  'michael jennifer jordan charlie summer winter spring autumn sommer monday friday january december qazwsx zaq1xsw2',
  'webex cisco token service backup restore company office internet computer security samsung google',
]
  .flatMap((line) => line.split(' '))
  .concat('correct horse battery staple', 'correcthorsebatterystaple')
  .toSorted((one, other) => other.length - one.length)

const SEQUENCES = [
  '012345678901234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'qsdfghjklm',
  'zxcvbnm',
  'yxcvbnm',
  '!@#$%^&*()',
].flatMap((row) => [row, [...row].reverse().join('')])

/** How words are disguised; one character for one, so that places stay. */
const DISGUISES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '!': 'i',
  '3': 'e',
  '4': 'a',
  '@': 'a',
  '5': 's',
  $: 's',
  '7': 't',
}

export function strengthOf(passphrase: string): Strength {
  const counted = countedCharacters(passphrase)
  if (counted < LEAST_FAIR) return 'weak'
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}\s]/u].filter((kind) => kind.test(passphrase))
  return counted >= LEAST_STRONG || (counted >= LEAST_STRONG_MIXED && kinds.length >= 3) ? 'strong' : 'fair'
}

/** Why it cannot protect a new backup, and what to do; null: it can. */
export function backupPassphraseProblem(passphrase: string): string | null {
  if ([...passphrase].length < SHORTEST_PASSPHRASE) {
    return `Use at least ${SHORTEST_PASSPHRASE} characters.`
  }
  return strengthOf(passphrase) === 'weak'
    ? 'This passphrase is easy to guess. Use several unrelated words.'
    : null
}

function countedCharacters(passphrase: string): number {
  const text = passphrase
    .slice(0, LONGEST_CONSIDERED)
    .normalize('NFKC')
    .toLowerCase()
    // A part that is repeated adds nothing.
    .replace(/(.{3,}?)\1+/gu, '$1')
  const plain = text.replace(/[0134577@$!]/g, (character) => DISGUISES[character] ?? character)
  let counted = 0
  for (let at = 0; at < text.length; counted++) {
    const word = COMMON.find((common) => plain.startsWith(common, at) || text.startsWith(common, at))
    at += word?.length ?? sequenceAt(text, at)
  }
  return counted
}

/** Characters of the row, the alphabet or the repetition that begins there; 1: none. */
function sequenceAt(text: string, at: number): number {
  const repeated = /^(.)\1+/u.exec(text.slice(at))?.[0].length ?? 1
  let length = 1
  while (at + length < text.length && isInSequence(text.slice(at, at + length + 1))) length++
  const longest = Math.max(repeated, length)
  return longest < SHORTEST_SEQUENCE ? 1 : longest
}

function isInSequence(part: string): boolean {
  return SEQUENCES.some((sequence) => sequence.includes(part))
}
