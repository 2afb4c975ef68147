// What an ID, a secret and a name can be: the one home of these rules for the window, the contract, the import and the
// command line. Imports nothing. Sentences name the field and say what to do; they never quote the value, which may
// hold a secret.

/** Characters. */
export const LONGEST = { id: 500, name: 200, secret: 8192 } as const

/**
 * IDs of Webex are base64 (RFC 4648, both alphabets), UUIDs, client IDs, or the URI they stand for. No config file, URL,
 * command or table row is written in these characters alone.
 */
const ID = /^(?:ciscospark:\/\/[\w:./-]+|[\w.+/-]+={0,2})$/
/** Secrets and tokens are printable ASCII without spaces (RFC 6750 section 2.1, RFC 6749 appendix A). */
const SECRET = /^[\x21-\x7e]+$/
/** What a text is shortened with where it is shown. */
const SHORTENED = /\.\.\.|\u2026/
/** Control characters, line ends, what turns text around, and what is not seen at all. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]/u
/** `clientSecret: …`, `client_secret=…`, `"refreshToken": …` */
const CONFIG = /(?:client[_-]?secret|access[_-]?token|refresh[_-]?token)["'\]]?\s*[:=]/i
/**
 * The end of an opaque Webex token (`<opaque>_<cluster>_<org UUID>`), a JSON web token, a client secret of Webex, and a
 * secret of the local endpoint.
 */
const SECRET_SHAPE =
  /_[a-z0-9]{2,12}_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|eyJ[\w-]{8,400}\.[\w-]{8}|(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])|satm_[\w-]{43}/i
/** A shorter secret stands in innocent words as well, so it counts only as the whole value. */
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

/** null: `value` can stand in the field. It is trimmed and not empty. */
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
  return SECRET.test(value)
    ? null
    : `${label} contains a space or another character that it cannot contain. Paste it alone, without its name, quotes or other lines.`
}

/** null: `value` can be the name of something. Spaces may stand in it. */
export function nameProblem(label: string, value: string): string | null {
  if (value.length > LONGEST.name) return `${label} is too long. Use at most ${LONGEST.name} characters.`
  if (UNPRINTABLE.test(value))
    return `${label} contains a line break or an invisible character. Type it anew.`
  return CONFIG.test(value) || looksSecret(value) ? secretInstead(label) : null
}

/** Has the shape of a token or a client secret, or has one in it. */
export function looksSecret(text: string): boolean {
  return SECRET_SHAPE.test(text)
}

/** The first of the fields that are shown in clear whose text is or contains one of `secrets`; null where there is none. */
export function secretIn(
  texts: Readonly<Partial<Record<PlainField, string | null>>>,
  secrets: Iterable<string>,
): { readonly field: PlainField; readonly sentence: string } | null {
  const filled = PLAIN_FIELDS.filter((field) => texts[field])
  for (const secret of secrets) {
    const field = filled.find((each) => isOrHolds(texts[each] ?? '', secret))
    if (field !== undefined) return { field, sentence: secretInstead(LABELS[field]) }
  }
  return null
}

function isOrHolds(text: string, secret: string): boolean {
  return text === secret || (secret.length >= SHORTEST_PART && text.includes(secret))
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
