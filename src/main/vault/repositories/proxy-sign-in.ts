// The sign-in for a proxy, sealed, as one row of `meta`. It belongs to this computer and its network: no backup has it.
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import type { RowAccess } from './row-access.ts'
import { openMeta, readMeta, writeSealedMeta } from './sealed-meta.ts'

export interface StoredSignIn {
  readonly user: string
  readonly password: Secret
  readonly proxy: string
  readonly rejected: boolean
}

/** Each rejects with a `StoreFailure` when the database does not answer. A write is durable when it resolves. */
export interface ProxySignInRow {
  /** null: none is saved, or it was altered: then it has to be entered again. */
  load(): Promise<StoredSignIn | null>
  /** null removes it. */
  save(signIn: StoredSignIn | null): Promise<void>
}

export const PROXY_SIGN_IN = 'proxy-sign-in'

const content = z.object({ user: z.string(), password: z.string(), proxy: z.string(), rejected: z.boolean() })

export function proxySignInRow({ db, key, read, write }: RowAccess): ProxySignInRow {
  return {
    load: () =>
      read(() => {
        const opened = openMeta(key(), PROXY_SIGN_IN, readMeta(db, PROXY_SIGN_IN) ?? '')
        if (opened === null) return null
        const { password, ...rest } = content.parse(JSON.parse(opened.reveal()))
        return { ...rest, password: new Secret(password) }
      }),
    save: (signIn) =>
      write(() => {
        if (signIn === null) return void db.run('DELETE FROM meta WHERE key = ?', PROXY_SIGN_IN)
        const text = JSON.stringify({ ...signIn, password: signIn.password.reveal() })
        writeSealedMeta(db, key(), PROXY_SIGN_IN, new Secret(text))
      }),
  }
}
