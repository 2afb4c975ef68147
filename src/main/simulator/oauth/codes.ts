// Authorization codes (one use, one minute, a replay kills what they gave), and the consents that wait for a decision.
import { makeCode, makeUuid, type RandomBytes } from '../identifiers.ts'
import type { Grant } from '../model.ts'

const CONSENT_LIVES_MS = 10 * 60_000
const CODE_LIVES_MS = 60_000
/** A used code is remembered this long, so that a replay is recognised (RFC 6749 section 4.1.2). */
const CODE_REMEMBERED_MS = 10 * 60_000

/** An authorization request whose parameters were found in order. */
export type AuthorizationRequest = {
  readonly redirectUri: string
  readonly scope: string
  readonly state: string | null
  /** S256 (RFC 7636 section 4.2). */
  readonly codeChallenge: string
}

export type IssuedCode = {
  readonly request: AuthorizationRequest
  readonly issuedAt: number
  used: boolean
  /** What the code was exchanged for. */
  grant: Grant | null
}

export class AuthorizationCodes {
  readonly #random: RandomBytes
  readonly #consents = new Map<string, { readonly request: AuthorizationRequest; readonly shownAt: number }>()
  readonly #codes = new Map<string, IssuedCode>()

  constructor(random: RandomBytes) {
    this.#random = random
  }

  /** Remembers a consent page being shown; its id is good for one decision. */
  ask(request: AuthorizationRequest, now: number): string {
    for (const [id, { shownAt }] of this.#consents) {
      if (now - shownAt > CONSENT_LIVES_MS) this.#consents.delete(id)
    }
    const id = makeUuid(this.#random)
    this.#consents.set(id, { request, shownAt: now })
    return id
  }

  decide(id: string, now: number): AuthorizationRequest | null {
    const asked = this.#consents.get(id)
    this.#consents.delete(id)
    return asked === undefined || now - asked.shownAt > CONSENT_LIVES_MS ? null : asked.request
  }

  issue(request: AuthorizationRequest, now: number): string {
    for (const [code, { issuedAt }] of this.#codes) {
      if (now - issuedAt > CODE_REMEMBERED_MS) this.#codes.delete(code)
    }
    const code = makeCode(this.#random)
    this.#codes.set(code, { request, issuedAt: now, used: false, grant: null })
    return code
  }

  find(code: string): IssuedCode | undefined {
    return this.#codes.get(code)
  }
}

export const isExpiredCode = (code: IssuedCode, now: number): boolean => now - code.issuedAt > CODE_LIVES_MS
