// Redacts a server's message for keeping: one short line without the secrets of this call or anything that looks like
// one.
import { findPartsOf, redactEncoded } from '#base/common/encoded-text.ts'

const MARK = '[redacted]'
export const MESSAGE_LIMIT = 300
/** Characters that are looked at: far more than are kept, whatever a stranger sends. */
const MOST_TEXT = 64 * 1024
/** The longest token, each character of it written as `%XX`. */
const LONGEST_SPELLING = 48 * 1024

/** `name=value`, `"name": "value"`: the value goes whatever it looks like. */
const NAMED =
  /((?:access_?token|refresh_?token|client_?secret|code_?verifier|id_?token|password)["']?\s*[:=]\s*["']?)[^\s"'&,;}]+/gi
const BEARER = /(bearer\s+)[\w.~+/=-]{16,}/gi
/** A run that may contain a JWT or a JWE: base64url parts joined by dots. */
const DOTTED_RUN = /[\w.-]+/g
/** Opaque tokens, authorization codes, hex and base64 secrets: no word or path is that long with a digit in it. */
const LONG_RUN = /[\w+/-]{40,}={0,2}/g
/** Characters of a secret in a row that no innocent words have, whatever separates or encodes them. */
const CERTAIN_PART = 16
/** What a server may quote of a secret: a piece of it between spaces and punctuation. */
const PIECE = /[\w.~+/=-]{8,}/g

/**
 * `text` as one line of at most 300 characters in which neither `secrets` (or a recognisable piece of one), nor
 * anything shaped like a token is left.
 */
export function redact(text: string, secrets: readonly string[]): string {
  // Secrets are taken out before lines are joined and before anything is cut: half a secret would not be recognised.
  let clean = text.slice(0, MOST_TEXT)
  for (const spelling of longestFirst(secrets.flatMap(spellingsOf))) {
    clean = clean.replaceAll(spelling, MARK)
  }
  clean = redactEncoded(clean, MARK, findPartsOf(secrets, CERTAIN_PART))
  // The end of what was looked at may be such a half.
  if (text.length > MOST_TEXT) clean = clean.slice(0, -LONGEST_SPELLING)
  clean = clean
    .replace(NAMED, `$1${MARK}`)
    .replace(BEARER, `$1${MARK}`)
    .replace(DOTTED_RUN, withoutJose)
    .replace(LONG_RUN, (run) => (/\d/.test(run) ? MARK : run))
    .replace(PIECE, (piece) => (isPieceOfOne(piece, secrets) ? MARK : piece))
  return oneLine(clean)
}

/** JWTs and JWEs begin with `{"` and have two dots or more. */
function withoutJose(run: string): string {
  const start = run.indexOf('eyJ')
  return start !== -1 && run.slice(start).split('.').length > 2 ? `${run.slice(0, start)}${MARK}` : run
}

/** Whitespace, control characters, and the marks that reorder or hide text, become single spaces. */
export function oneLine(text: string): string {
  const flat = text.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return flat.length <= MESSAGE_LIMIT ? flat : `${flat.slice(0, MESSAGE_LIMIT - 1).trimEnd()}…`
}

/** As it is, as a form carries it, and as `encodeURIComponent` writes it (which throws on half a surrogate). */
function spellingsOf(secret: string): readonly string[] {
  const inForm = new URLSearchParams([['', secret]]).toString().slice(1)
  const inUrl = inForm.replaceAll('+', '%20').replace(/%(?:2[1789]|7E)/g, decodeURIComponent)
  return [secret, inForm, inUrl]
}

function longestFirst(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => text.length >= 4).toSorted((a, b) => b.length - a.length)
}

/** A short piece counts only with a digit in it: "password" inside a secret must not blacken every "password". */
function isPieceOfOne(piece: string, secrets: readonly string[]): boolean {
  if (piece.length < 16 && !/\d/.test(piece)) return false
  return secrets.some((secret) => secret.includes(piece))
}
