// Connecting the token manager integration.
import { z } from 'zod'
import { id, integration, none, token } from './fields.ts'

export const connectRequests = {
  'connect.begin': z.strictObject({
    /** null with a managerId reuses the stored credentials. */
    credentials: integration.nullable(),
    managerId: id.nullable(),
  }),
  'connect.cancel': none,
  'connect.copy-url': none,
  'connect.paste-url': z.strictObject({ url: z.string().trim().min(1).max(65_536) }),
  /** Takes the place of the one that was pasted before. */
  'connect.personal-token': z.strictObject({ token }),
} as const

export interface ConnectReplies {
  'connect.begin': null
  'connect.cancel': null
  'connect.copy-url': null
  'connect.paste-url': null
  'connect.personal-token': null
}

/** How the connect flow stands; main drives it, the dialog shows it. */
export type ConnectView =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'waiting'
      readonly since: number
      /** Epoch ms; five minutes after `since`. */
      readonly expiresAt: number
      readonly redirectUri: string
      /** false: no browser was opened, only the pasted redirected URL can finish it; `problem` says why. */
      readonly listening: boolean
      readonly problem: 'port-taken' | 'port-not-allowed' | 'localhost-leads-elsewhere' | 'no-browser' | null
      /** `node (process 4711)`, where the system tells. */
      readonly portTakenBy: string | null
    }
  | { readonly kind: 'exchanging' }
  | { readonly kind: 'connected'; readonly at: number; readonly sentence: string }
  | { readonly kind: 'failed'; readonly sentence: string; readonly trackingId: string | null }
