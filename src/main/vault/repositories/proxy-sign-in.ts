// The sign-in for a proxy, sealed, as one row of `meta`. It belongs to this computer and its network: no backup has it.
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import type { RowAccess } from './row-access.ts'
import { type SealedRow, sealedRow } from './sealed-meta.ts'

export interface StoredSignIn {
  readonly user: string
  readonly password: Secret
  readonly proxy: string
  readonly rejected: boolean
}

export type ProxySignInRow = SealedRow<StoredSignIn>

export const PROXY_SIGN_IN = 'proxy-sign-in'

const secret = z.string().transform((text) => new Secret(text))
const content = z.object({ user: z.string(), password: secret, proxy: z.string(), rejected: z.boolean() })

export function proxySignInRow(access: RowAccess): ProxySignInRow {
  return sealedRow(access, PROXY_SIGN_IN, {
    parse: (json) => content.parse(json),
    of: (value) => ({ ...value, password: value.password.reveal() }),
  })
}
