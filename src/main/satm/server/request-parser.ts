// Request parser: a line from the command line, parsed strictly into a request or the reason why it is not one.
import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { parseJson } from '#base/common/json.ts'
import { LONGEST_PASSPHRASE } from '#base/common/passphrase-strength.ts'
import { LONGEST } from '#contract/value-rules.ts'
import type { TypedSpec } from '#engine/domain/delivery-spec.ts'
import { LONGEST_PAUSE, PROTOCOL, type SatmError } from '../protocol.ts'

/** A name, an id or `name@org`. */
const profile = z.string().min(1).max(1000)
const MOST_IDS = 200
/** ms. A year. */
const LONGEST_TTL = 365 * 86_400_000

const request = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('list') }),
  /** null: of everything. */
  z.strictObject({ kind: z.literal('status'), profile: profile.nullable() }),
  z.strictObject({
    kind: z.literal('token'),
    profile,
    /** ms; less may not be left. null: whatever lives, refreshed first when it is about to expire. */
    minTtl: z.number().int().min(0).max(LONGEST_TTL).nullable(),
  }),
  /** null: all that are not paused; each says its outcome as it comes. */
  z.strictObject({ kind: z.literal('refresh'), profile: profile.nullable() }),
  z.strictObject({
    kind: z.literal('history'),
    profile: profile.nullable(),
    limit: z.number().int().min(1).max(1000),
  }),
  z.strictObject({
    kind: z.literal('data-sources'),
    action: z.enum(['list', 'renew']),
    profile,
    /** Empty: all that are kept alive. */
    ids: z.array(z.string().min(1).max(200)).max(200),
  }),
  z.strictObject({ kind: z.literal('test'), profile }),
  z.strictObject({ kind: z.literal('pause'), profile, paused: z.boolean() }),
  /** ms; null: all go on. */
  z.strictObject({
    kind: z.literal('pause-all'),
    duration: z.number().int().min(1).max(LONGEST_PAUSE).nullable(),
  }),
  z.strictObject({ kind: z.literal('deliver'), profile }),
  /** null: the list. */
  z.strictObject({ kind: z.literal('open'), profile: profile.nullable() }),
  z.strictObject({
    kind: z.literal('import'),
    file: z.string().max(4096).refine(isAbsolute),
    isDryRun: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('doctor') }),
  z.strictObject({
    kind: z.literal('connect-begin'),
    /** The name of the token manager that is reconnected; null: the only one, or that of the client ID. */
    manager: profile.nullable(),
    /** null: those of the token manager. */
    credentials: z
      .strictObject({ clientId: z.string().max(LONGEST.id), clientSecret: z.string().max(LONGEST.secret) })
      .nullable(),
  }),
  z.strictObject({ kind: z.literal('connect-finish'), url: z.string() }),
  z.strictObject({ kind: z.literal('connect-cancel'), authorizationUrl: z.string() }),
  z.strictObject({ kind: z.literal('held') }),
  z.strictObject({
    kind: z.literal('confirm'),
    ids: z.array(z.string().min(1).max(64)).min(1).max(MOST_IDS),
  }),
  z.strictObject({ kind: z.literal('consumers') }),
  /** `profiles` null: all, including future ones. */
  z.strictObject({
    kind: z.literal('consumer-add'),
    name: z.string(),
    profiles: z.array(profile).min(1).nullable(),
  }),
  z.strictObject({ kind: z.literal('consumer-remove'), name: z.string() }),
  /** null: of all service apps. */
  z.strictObject({ kind: z.literal('deliveries'), profile: profile.nullable() }),
  /** `id`: what is edited; null: nothing. Changes nothing. */
  z.strictObject({
    kind: z.literal('delivery-check'),
    path: z.string().max(4096).refine(isAbsolute),
    id: z.string().max(160).nullable(),
  }),
  z.strictObject({
    kind: z.literal('delivery-save'),
    of: z.union([
      z.strictObject({ profile }),
      /** One that is there. */
      z.strictObject({ id: z.string().max(160) }),
    ]),
    /** What may stand in it is a rule of its kind, which the use case applies. */
    target: z.custom<TypedSpec>((value) => typeof value === 'object' && value !== null),
    /** Of the file check that was shown; null: of no file. */
    shown: z.string().max(64).nullable(),
  }),
  z.strictObject({ kind: z.literal('delivery-remove'), id: z.string().max(160) }),
  z.strictObject({
    kind: z.literal('backup'),
    file: z.string().max(4096).refine(isAbsolute),
    passphrase: z.string().min(1).max(LONGEST_PASSPHRASE),
    /** Nothing is renewed here from then on. */
    isMove: z.boolean(),
  }),
])

export type SatmRequest = z.infer<typeof request>

const envelope = z.strictObject({ version: z.number(), request: z.unknown() })

export type ParsedRequest =
  | { readonly kind: 'request'; readonly request: SatmRequest }
  | { readonly kind: 'refused'; readonly error: SatmError }

export function parseRequest(line: string): ParsedRequest {
  const outer = envelope.safeParse(parseJson(line))
  if (!outer.success) return malformed
  const { version } = outer.data
  if (!Number.isInteger(version) || version < 1 || version > PROTOCOL) {
    const message = `This satm (protocol ${version}) and the running app (protocol ${PROTOCOL}) are of different versions. Use the satm that came with the app, or restart the app.`
    return { kind: 'refused', error: { code: 'other-version', message } }
  }
  const inner = request.safeParse(outer.data.request)
  return inner.success ? { kind: 'request', request: inner.data } : malformed
}

const malformed: ParsedRequest = {
  kind: 'refused',
  error: { code: 'malformed', message: 'That is no request this app knows.' },
}
