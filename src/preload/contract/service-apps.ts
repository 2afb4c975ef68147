// Requests about service apps, their profiles and the token managers, and about connecting the integration.
import { z } from 'zod'
import type { BulkEnd, Verdict } from '#engine/domain/engine-api.ts'
import type { Attempt } from '#engine/domain/model.ts'
import {
  accessToken,
  clientId,
  clientSecret,
  field,
  id,
  integration,
  name,
  none,
  refreshToken,
  storedText,
  token,
} from './fields.ts'
import type { ImportDryRun } from './keeping.ts'
import { LONGEST, looksSecret, type PlainField } from './value-rules.ts'

const probe = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['data-sources', 'meetings', 'messaging', 'contact-center']) }),
  z.strictObject({
    kind: z.literal('custom'),
    path: z
      .string()
      .max(500)
      .regex(/^\/[\w\-./~%?=&:+,]*$/, 'A path starts with / and has no host.')
      .refine(
        (path) => !looksSecret(path),
        'The path contains a token. Leave it out: the token is sent in a header.',
      ),
  }),
])

const serviceAppFields = {
  name,
  appId: field('appId', 'The App ID is missing.'),
  clientId,
  targetOrgId: field('targetOrgId', 'The target org ID is missing.'),
  orgName: field('orgName', 'The customer has no name.').nullable(),
  probe,
}

/** See `edition`: what is new among them is held to the rules there. */
const editedFields = {
  name: storedText('Enter a name.', LONGEST.name),
  appId: storedText('The App ID is missing.'),
  clientId: storedText('The client ID is missing.'),
  targetOrgId: storedText('The target org ID is missing.'),
  orgName: storedText('The customer has no name.', LONGEST.name).nullable(),
  probe,
}

/** Fields that are null and get what was read of a pasted text, by the `id` of that reading. */
const pasted = <F extends string>(...fields: readonly F[]) => z.partialRecord(z.enum(fields), id).optional()

const profileIds = (most: number) => z.array(id).min(1).max(most)

/** null: the default one; left out: as it is. */
const usedManager = { managerId: id.nullable().optional() }

export const serviceAppRequests = {
  'service-app.add': z.strictObject({
    ...serviceAppFields,
    ...usedManager,
    /** null: the one of `likeProfileId`, which has the same client ID. */
    clientSecret: clientSecret.nullable(),
    /** Duplicated from this profile, for another org. */
    likeProfileId: id.nullable().optional(),
    accessToken: accessToken.nullable(),
    refreshToken: refreshToken.nullable(),
    pasted: pasted('clientSecret', 'accessToken', 'refreshToken'),
    /** Taken over when none is connected yet. `pasted`: the one in a pasted text. */
    tokenManager: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('pasted'), id }),
        z.strictObject({ kind: z.literal('integration'), ...integration.shape, refreshToken }),
        z.strictObject({ kind: z.literal('personal-access-token'), token }),
      ])
      .nullable(),
    /** Issue a token by tier 2 right after saving. */
    issueToken: z.boolean(),
  }),
  'service-app.edit': z.strictObject({
    profileId: id,
    ...editedFields,
    ...usedManager,
    /** Another App ID is that of all customers of the service app, and their tokens are kept; otherwise this one moves to another app. */
    ofAll: z.boolean().optional(),
    /** null keeps the stored one. */
    clientSecret: clientSecret.nullable(),
    refreshToken: refreshToken.nullable(),
    pasted: pasted('clientSecret', 'refreshToken'),
  }),
  'profile.remove': z.strictObject({ profileId: id }),
  'profile.pause': z.strictObject({ profileId: id, paused: z.boolean() }),
  'profile.refresh': z.strictObject({ profileId: id }),
  'profile.test': z.strictObject({ profileId: id }),
  /** Test of all tiers: a renewal through tiers 3 and 2. `now`: with one more token than what is due. */
  'profile.drill': z.strictObject({ profileId: id, when: z.enum(['next-renewal', 'now', 'never']) }),
  'profile.copy-token': z.strictObject({
    profileId: id,
    as: z.enum(['token', 'authorization-header', 'env']),
  }),
  'fleet.refresh-due': none,
  /** As by hand, one after the other; what waits its turn can be canceled. */
  'fleet.refresh': z.strictObject({ profileIds: profileIds(100_000) }),
  /** Resolves when those of the two have ended that are under way. */
  'fleet.refresh-end': none,
  /** Resolves when all of them are tested. */
  'fleet.test': z.strictObject({ profileIds: profileIds(100) }),
  /** In one transaction. */
  'fleet.remove': z.strictObject({ profileIds: profileIds(100_000) }),
  /** What waits its turn in it does not begin; what is under way ends as it will. */
  'fleet.cancel-refresh': none,
  /** Stored, unlike `fleet.pause`; null: all. */
  'fleet.set-paused': z.strictObject({
    profileIds: z.array(id).max(100_000).nullable(),
    paused: z.boolean(),
  }),
  /** Renews those that another copy affected. */
  'fleet.other-copy-stopped': none,
  'fleet.pause': z.strictObject({ minutes: z.number().int().min(1).max(1440).nullable() }),
  'manager.refresh': z.strictObject({ managerId: id }),
  'manager.remove': z.strictObject({ managerId: id }),
  /** The one for every service app that names none. */
  'manager.make-default': z.strictObject({ managerId: id }),
  /** Which one takes its place while it cannot serve; null: none. */
  'manager.set-fallback': z.strictObject({ managerId: id, fallbackId: id.nullable() }),
  /** Reads a text of several values that was pasted into a form, as the import would. */
  'paste.read': z.strictObject({
    form: z.enum(['add', 'edit', 'connect', 'personal-token']),
    text: z.string().min(1).max(2_000_000, 'Too long to paste. Save it as a file and import it.'),
  }),
  /** Goes on with it in the import. */
  'paste.import': z.strictObject({ id }),
  /** The form is closed. */
  'paste.forget': none,
} as const

export interface ServiceAppReplies {
  /** `attempt` is the first token's, when one was asked for. */
  'service-app.add': { readonly profileId: string; readonly attempt: Attempt | null }
  'profile.refresh': Attempt
  'profile.test': Verdict
  /** null: it was requested, or cancelled. */
  'profile.drill': Attempt | null
  'profile.copy-token': { readonly clearsAfterSeconds: number | null; readonly refreshedFirst: boolean }
  'fleet.refresh-due': { readonly started: number }
  'fleet.refresh': { readonly started: number }
  'fleet.refresh-end': BulkEnd
  /** How many Webex accepted the token of. */
  'fleet.test': { readonly accepted: number }
  'fleet.other-copy-stopped': { readonly started: number }
  'manager.refresh': Attempt
  'paste.read': PastedView
  'paste.import': ImportDryRun
}

/** A field whose content is not shown. */
export type SecretField = 'clientSecret' | 'accessToken' | 'refreshToken' | 'token'

/** What a pasted text has for a form. Its secrets stay in main, which puts them in by `id`. */
export type PastedView =
  | {
      readonly kind: 'values'
      readonly id: string
      readonly texts: Readonly<Partial<Record<PlainField, string>>>
      readonly secrets: readonly SecretField[]
      /** Its token manager is connected when the form is saved. */
      readonly withManager: boolean
      /** What of it is left out and why, in sentences. */
      readonly remarks: readonly string[]
    }
  /** Several rows, or something to choose. */
  | { readonly kind: 'import'; readonly id: string; readonly rows: number | null }

export const connectRequests = {
  'connect.begin': z.strictObject({
    /** null with a managerId reuses the stored credentials. */
    credentials: integration.extend({ clientSecret: clientSecret.nullable() }).nullable(),
    managerId: id.nullable(),
    pasted: pasted('clientSecret'),
  }),
  'connect.cancel': none,
  'connect.copy-url': none,
  'connect.paste-url': z.strictObject({ url: z.string().trim().min(1).max(65_536) }),
  /** Takes the place of the one that was pasted before. */
  'connect.personal-token': z.strictObject({ token: token.nullable(), pasted: pasted('token') }),
} as const

/** State of the connect flow; main drives it, the dialog shows it. */
export type ConnectView =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'waiting'
      readonly since: number
      /** Epoch ms. */
      readonly expiresAt: number
      readonly redirectUri: string
      /** false: no browser was opened, only the pasted redirected URL can finish it; `problem` says why. */
      readonly listening: boolean
      readonly problem:
        | 'port-taken'
        /** Windows keeps ranges of ports for itself. */
        | 'port-reserved'
        | 'port-not-allowed'
        | 'localhost-leads-elsewhere'
        | 'no-browser'
        /** The browser insists on https, so it cannot reach the app. */
        | 'browser-uses-https'
        /** It was begun there, and is mostly finished there. */
        | 'command-line'
        | null
      /** What came without proof that it belongs to this authorization; it has ended nothing. */
      readonly hint: string | null
      /** `node (process 4711)`, where the system tells. */
      readonly portTakenBy: string | null
    }
  | { readonly kind: 'exchanging' }
  | { readonly kind: 'connected'; readonly at: number; readonly sentence: string }
  | {
      readonly kind: 'failed'
      readonly sentence: string
      readonly trackingId: string | null
      /** No answer came: a page of Webex's may have said why. */
      readonly unanswered: boolean
    }
