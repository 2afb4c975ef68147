// Value rules: what an ID, a secret and a name can be. Shared by the window, the contract, the import and the command
// line. Sentences name the field and say what to do; they never quote the value, which may hold a secret.
import { UNPRINTABLE } from '#base/common/display-text.ts'
import { decodeBase64 } from '#base/common/webex-id.ts'

/** Characters. */
export const LONGEST = { id: 500, name: 200, secret: 8192 } as const

/**
 * IDs of Webex are base64 (RFC 4648, both alphabets), UUIDs, client IDs, or the URI they encode. No config file, URL,
 * command or table row is written in these characters alone.
 */
const ID = /^(?:ciscospark:\/\/[\w:./-]+|[\w.+/-]+={0,2})$/
/** Secrets and tokens are printable ASCII without spaces (RFC 6750 section 2.1, RFC 6749 appendix A). */
const SECRET = /^[\x21-\x7e]+$/
/** What a text is shortened with where it is shown. */
const SHORTENED = /\.\.\.|\u2026/
/** What a portal shows in place of a secret, with or without its last characters. */
const MASKED = /\*{4}/
/** Not seen where a name begins or ends: joiners, variation selectors, fillers (Unicode: Default_Ignorable_Code_Point). */
const INVISIBLE_AT_EDGE =
  /^[\p{Default_Ignorable_Code_Point}\u2800]|(?![\ufe0e\ufe0f])[\p{Default_Ignorable_Code_Point}\u2800]$/u
/** `clientSecret: …`, `Client secret = …`, `"refreshToken": …`, `config['password'] = …` */
const CONFIG =
  /(?:secret|password|passphrase|api[\s_-]?key|(?:access|refresh)[\s_-]?token)["'\]]*\s*[:=\uff1a]/i
/** Also where the end was not copied. */
const SECRET_SHAPES: readonly RegExp[] = [
  // An opaque Webex token: <opaque>_<cluster>_<org UUID>.
  /_[a-z0-9]{2,12}_[0-9a-f]{8}(?:-[0-9a-f]{4}){2}/i,
  /(?=[a-z]{0,23}\d)[a-z0-9]{24}_(?=[a-z]{0,11}\d)[a-z0-9]{2,12}(?![a-z0-9])/i,
  // A JSON web token (RFC 7519), encrypted without a key of its own too (RFC 7518 section 4.5).
  /eyJ[\w-]{8,400}\.{1,2}[\w-]{8}/i,
  // A client secret of Webex: 64 digits. A client ID is a C and 64 digits.
  /(?<![0-9a-z])(?!c[0-9a-f]{64}(?![0-9a-z]))[0-9a-f]{48,}(?![0-9a-z])/i,
  // A secret of the local endpoint, of a webhook (Standard Webhooks), and a token as it is in a header.
  /satm_[\w-]{32}|whsec_[\w+/=-]{16}|bearer\s+[\w.~+/-]{16}/i,
]
/** What base64 of an ID encodes: its URI, a UUID, a client ID. */
const ENCODED_ID = /^(?:ciscospark:\/\/[\x21-\x7e]+|[\w.+/-]+={0,2})$/
const PRINTABLE = /^[\t\r\n\x20-\x7e]{12,}$/
/** A shorter secret occurs in innocent words as well, so it counts only as the whole value. */
const SHORTEST_PART = 8

/** What a field is called where a person meets it. */
const LABELS = {
  name: 'The name',
  orgName: "The customer's name",
  appId: 'The App ID',
  clientId: 'The client ID',
  targetOrgId: 'The target org ID',
  clientSecret: 'The client secret',
  accessToken: 'The access token',
  refreshToken: 'The refresh token',
} as const

/** A field of a service app; `PLAIN_FIELDS` are stored and shown in clear. */
export type ValueField = keyof typeof LABELS
export const PLAIN_FIELDS = ['name', 'orgName', 'appId', 'clientId', 'targetOrgId'] as const
export type PlainField = (typeof PLAIN_FIELDS)[number]

/** null: `value` is valid for the field. It is trimmed and not empty. */
export function valueProblem(field: ValueField, value: string): string | null {
  switch (field) {
    case 'name':
    case 'orgName':
      return nameProblem(LABELS[field], value)
    case 'appId':
    case 'clientId':
    case 'targetOrgId':
      return idProblem(LABELS[field], value)
    default:
      return secretProblem(LABELS[field], value)
  }
}

/** null: `value` can be an ID. `label` begins the sentence: "The App ID". The value is trimmed and not empty. */
export function idProblem(label: string, value: string): string | null {
  if (value.length > LONGEST.id) return `${label} is longer than any ID. Paste the ID alone.`
  if (SHORTENED.test(value)) return shortened(label)
  if (!ID.test(value))
    return `${label} contains a space or another character that no ID contains. Paste the ID alone, without its name, quotes or other lines.`
  return looksSecret(value) ? secretInstead(label) : null
}

/** null: `value` can be a client secret or a token. */
export function secretProblem(label: string, value: string): string | null {
  if (value.length > LONGEST.secret) return `${label} is longer than any secret or token. Paste it alone.`
  if (SHORTENED.test(value)) return shortened(label)
  if (MASKED.test(value)) return `${label} is hidden by asterisks. Copy the value itself.`
  return SECRET.test(value)
    ? null
    : `${label} contains a space or another character that it cannot contain. Paste it alone, without its name, quotes or other lines.`
}

/** null: `value` can be a name, which may contain spaces. */
export function nameProblem(label: string, value: string): string | null {
  if (value.length > LONGEST.name) return `${label} is too long. Use at most ${LONGEST.name} characters.`
  if (UNPRINTABLE.test(value) || INVISIBLE_AT_EDGE.test(value))
    return `${label} contains a line break or an invisible character. Enter it again.`
  return looksSecret(value) ? secretInstead(label) : null
}

/** Is or contains a token, a client secret, or a secret with its name; also in base64. */
export function looksSecret(text: string): boolean {
  const decoded = decodings(text)
  return (
    [text, ...decoded].some((each) => CONFIG.test(each) || SECRET_SHAPES.some((shape) => shape.test(each))) ||
    // Credentials of a Basic header, a config file.
    decoded.some((each) => PRINTABLE.test(each) && !ENCODED_ID.test(each.trim()))
  )
}

/**
 * The first of the fields that are shown in clear whose text is or contains one of `secrets`; null where there is none.
 */
export function secretIn(
  texts: Readonly<Partial<Record<PlainField, string | null>>>,
  secrets: Iterable<string>,
): { readonly field: PlainField; readonly sentence: string } | null {
  const filled = PLAIN_FIELDS.map((field) => {
    const text = texts[field] ?? ''
    return { field, readings: text === '' ? [] : [text, ...decodings(text)] }
  })
  for (const secret of secrets) {
    const found = filled.find(({ readings }) => readings.some((text) => isOrHolds(text, secret)))
    if (found !== undefined) return { field: found.field, sentence: secretInstead(LABELS[found.field]) }
  }
  return null
}

function isOrHolds(text: string, secret: string): boolean {
  return text === secret || (secret.length >= SHORTEST_PART && text.includes(secret))
}

/**
 * What base64 in `text` encodes (RFC 4648, both alphabets), and base64 in that once more. A separator before it may be
 * a character of base64 as well, and its first characters may not have been copied.
 */
function decodings(text: string, levels = 2): readonly string[] {
  // No field takes a longer text.
  const part = text.slice(0, LONGEST.secret)
  const runs = new Set([...(part.match(/[\w+/-]{16,}/g) ?? []), ...(part.match(/[a-z0-9]{16,}/gi) ?? [])])
  return [...runs].flatMap((run) =>
    [0, 1, 2, 3].flatMap((start) => {
      const plain = decodeBase64(run.slice(start))
      return levels > 1 && PRINTABLE.test(plain) ? [plain, ...decodings(plain, levels - 1)] : [plain]
    }),
  )
}

/** `text` for a message; what is long or looks like a secret stays out of it. */
export function shown(text: string): string {
  return text.length > LONGEST.name || looksSecret(text) ? '[redacted]' : text
}

export function quoted(text: string): string {
  return `“${shown(text)}”`
}

function secretInstead(label: string): string {
  return `${label} contains a secret or a token. It would be stored and shown in clear: paste the right value.`
}

function shortened(label: string): string {
  return `${label} was shortened when it was copied: it contains “…” or “...”. Copy it in full.`
}
