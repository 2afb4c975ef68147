// What a secret looks like when nobody has told us its value: an answer of a stranger, a pasted token, a stack trace.

const UUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}'

/** In order: the first rules name their secret, the last one judges any long run of token characters. */
const RULES: readonly { readonly shape: RegExp; readonly keep: 'nothing' | 'first group' }[] = [
  // Authorization: Bearer …, Basic …
  { shape: /\b((?:Bearer|Basic)\s+)[\w\-.~+/=%]{4,}/gi, keep: 'first group' },
  // Query parameters and form fields (RFC 6749 sections 4.1 and 6, RFC 7636 section 4).
  {
    shape:
      /\b((?:access_token|refresh_token|client_secret|code_verifier|code_challenge|code|state|id_token|password)=)[^&\s"'<>#]+/gi,
    keep: 'first group',
  },
  // The same as fields of a JSON text inside a text.
  {
    shape:
      /("(?:access_?token|refresh_?token|client_?secret|code_?verifier|personal_?access_?token|password|authorization)"\s*:\s*")(?:[^"\\]|\\.)*/gi,
    keep: 'first group',
  },
  // A Webex access token: <opaque>_<cluster>_<org uuid>.
  { shape: new RegExp(`(?<![\\w-])[\\w-]{16,}_[A-Za-z0-9]{2,12}_${UUID}`, 'gi'), keep: 'nothing' },
  // The secret of a consumer of the local endpoint.
  { shape: /(?<![\w-])satm_[\w-]{43}(?![\w-])/g, keep: 'nothing' },
  // A JSON web token (RFC 7519).
  { shape: /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, keep: 'nothing' },
  // A Webex client secret.
  { shape: /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gi, keep: 'nothing' },
]

const LONG_RUN = /[\w\-+/]{40,}={0,2}/g

/** `text` with everything that has the shape of a secret replaced by `mark`. */
export function redactShapes(text: string, mark: string): string {
  let safe = text
  for (const { shape, keep } of RULES) safe = safe.replace(shape, keep === 'nothing' ? mark : `$1${mark}`)
  return safe.replace(LONG_RUN, (run) => (looksRandom(run) ? mark : run))
}

/** Ids, tracking ids and paths are long too; what is left of a run without ids decides, part by part. */
function looksRandom(run: string): boolean {
  // base64 of "ciscospark://": the public id of an app, org or person.
  if (run.startsWith('Y2lzY29zcGFyazovL')) return false
  return run
    .replace(new RegExp(UUID, 'gi'), '')
    .split('/')
    .some((part) => part.length >= 24 && /[0-9]/.test(part) && /[a-z]/.test(part) && /[A-Z]/.test(part))
}
