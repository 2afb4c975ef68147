// Where tokens go: targets of a profile, the local endpoint and its consumers, the webhook. Secrets made here are put on
// the clipboard by main and never shown.
import { z } from 'zod'
import type { DeliveryFailure, DeliveryRun, DeliveryStanding } from '#engine/domain/delivery-model.ts'
import {
  type DeliverySpec,
  type FileOddity,
  readTypedSpec,
  type TypedSpec,
} from '#engine/domain/delivery-spec.ts'
import { id, name, none, setting, storedText } from './fields.ts'
import { SECRET_STORE_IDS } from './secret-stores.ts'
import { ENDPOINT_SETTINGS } from './settings.ts'

const filePath = z.string().min(1, 'Choose a file.').max(4096)

/** What may stand in it is a rule of the kind, which rows and backups are held to as well. */
const target = z.custom<TypedSpec>().check(({ value, issues }) => {
  const reading = readTypedSpec(value)
  if (reading.kind === 'read') return
  const { field, sentence } = reading.flaw
  issues.push({ code: 'custom', path: [field], message: sentence, input: value })
})

/** One of a fleet delivery's is made of two IDs. */
const targetId = z.string().min(1).max(160)

/** Of Webex, about 124 characters; null: of all service apps. */
const appOfFleet = storedText('The App ID is missing.').nullable()

const fleetDelivery = z.strictObject({
  id: id.nullable(),
  appId: appOfFleet,
  /** With `{app}`, `{customer}` and `{orgId}` in its path or commands. */
  target,
})

const store = z.enum(SECRET_STORE_IDS)

export const deliveryRequests = {
  'delivery.choose-file': none,
  /** Looks at a file before it is first written; changes nothing. `targetId`: what is being edited; null: nothing. */
  'delivery.check-file': z.strictObject({ path: filePath, targetId: targetId.nullable() }),
  /** Whether the store's own command line tool is there. */
  'delivery.store-tool': z.strictObject({ store }),
  /**
   * Asks the store what may be done there; writes nothing. `values`: of its fields, filled in for one customer where they
   * have placeholders. `template`: of a fleet delivery, with its service app.
   */
  'delivery.check-store': z.strictObject({
    store,
    values: z.record(z.string().max(64), z.string().max(512)),
    template: z.strictObject({ appId: appOfFleet }).nullable(),
  }),
  /** Ends the look at a store's tool or rights that is running, with all it has started. */
  'delivery.cancel-check': none,
  'delivery.targets': z.strictObject({ profileId: id }),
  /** The last deliveries of a target. Asked again when the view's `revision` has grown. */
  'delivery.runs': z.strictObject({ targetId }),
  /** `targetId`: null adds one. Delivers at once when there is a token. */
  'delivery.save': z.strictObject({
    profileId: id,
    targetId: targetId.nullable(),
    target,
    /** Of the `FileCheck` that the person has seen: with another one now nothing is saved. */
    shown: z.string().max(64).exactOptional(),
  }),
  'delivery.remove': z.strictObject({ targetId }),
  /** `targetId`: null is all of the profile. */
  'delivery.deliver': z.strictObject({ profileId: id, targetId: targetId.nullable() }),
  /** Asks where, and puts the token into that `.env` once. */
  'delivery.export-env': z.strictObject({ profileId: id }),
  /** One delivery for all customers, or those of one service app. Asked again when the view's `revision` has grown. */
  'fleet-delivery.list': none,
  /** Who would get what; changes nothing. `id`: null is a new one. */
  'fleet-delivery.preview': fleetDelivery,
  /** Delivers at once. */
  'fleet-delivery.save': fleetDelivery,
  /** It was held: a backup was restored since. */
  'fleet-delivery.confirm': z.strictObject({ id }),
  /** With its targets; what they wrote stays. */
  'fleet-delivery.remove': z.strictObject({ id }),
  'fleet-delivery.customers': z.strictObject({ id }),
  'endpoint.save': z.strictObject({ on: z.boolean(), port: setting(ENDPOINT_SETTINGS.endpointPort) }),
  /** Its secret is put on the clipboard. `profileIds`: null is all, those to come as well. */
  'endpoint.add-consumer': z.strictObject({ name, profileIds: z.array(id).min(1).max(10_000).nullable() }),
  /** Only as long as the dialog that made it is open. */
  'endpoint.copy-secret': none,
  'endpoint.forget-secret': none,
  /** It came with a backup, and is held no more. Its signing secret is made anew, and copied. */
  'endpoint.confirm-consumer': z.strictObject({ consumerId: id }),
  'endpoint.revoke': z.strictObject({ consumerId: id }),
  /** null: off. The signing secret is made with the first URL. */
  'webhook.save': z.strictObject({ url: z.string().trim().min(1).max(2000).nullable() }),
  /** It came with a backup, and is held no more. Its signing secret is made anew, and copied. */
  'webhook.confirm': none,
  'webhook.renew-secret': none,
  'webhook.copy-secret': none,
  'webhook.test': none,
} as const

export interface DeliveryReplies {
  'delivery.choose-file': { readonly path: string } | null
  'delivery.check-file': FileCheck
  /** One of the two is null. */
  'delivery.store-tool': { readonly version: string | null; readonly problem: string | null }
  /** `output`: the end of what the tool said, redacted. */
  'delivery.check-store': { readonly ok: boolean; readonly sentence: string; readonly output: string }
  'delivery.targets': { readonly targets: readonly TargetView[] }
  /** The newest first, at most 20. */
  'delivery.runs': { readonly runs: readonly RunView[] }
  'delivery.save': { readonly targetId: string }
  /** `unverified`: of those that were delivered, what is written and not proven. */
  'delivery.deliver': { readonly delivered: number; readonly unverified: number; readonly of: number }
  'delivery.export-env': { readonly path: string } | null
  'fleet-delivery.list': { readonly deliveries: readonly FleetDeliveryView[] }
  'fleet-delivery.preview': {
    readonly customers: number
    readonly first: readonly FleetCustomerView[]
    readonly problem: string | null
  }
  'fleet-delivery.save': { readonly id: string }
  'fleet-delivery.customers': { readonly customers: readonly FleetCustomerView[] }
  'endpoint.add-consumer': { readonly consumerId: string }
  'webhook.test': { readonly delivered: boolean; readonly sentence: string }
}

export interface FileCheck {
  /** Stands for all that was found: the file, owner, mode, lists and the folders on the way. */
  readonly shown: string
  /** Absolute. */
  readonly path: string
  readonly exists: boolean
  readonly remarks: readonly FileRemark[]
}

export interface FileRemark {
  /** null: it cannot be confirmed; another file has to be chosen. */
  readonly confirm: FileOddity | null
  readonly sentence: string
}

export interface TargetView {
  readonly id: string
  readonly profileId: string
  /** It is changed and removed with the fleet delivery that made it. */
  readonly isOfFleet?: boolean
  readonly spec: DeliverySpec
  /** `outdated`: an older token is there; the current one follows. `held`: see `DeliveryState`. */
  readonly state: DeliveryStanding
  readonly delivered: { readonly at: number; readonly fingerprint: string } | null
  readonly failure: DeliveryFailure | null
}

export interface FleetDeliveryView {
  readonly id: string
  /** null: of all service apps. */
  readonly appId: string | null
  readonly appName: string | null
  readonly spec: DeliverySpec
  readonly held: boolean
  readonly customers: number
  /** Proven. */
  readonly delivered: number
  /** Written, and nothing proves it. */
  readonly unverified: number
  readonly failing: number
  /** Customers that have no place of their own get nothing. */
  readonly problem: string | null
}

/** What one customer gets. */
export interface FleetCustomerView {
  readonly profileId: string
  /** null: it gets nothing. */
  readonly targetId: string | null
  readonly name: string
  readonly place: string
  /** null with `targetId`. */
  readonly state: DeliveryStanding | null
  readonly sentence: string | null
}

export interface RunView extends DeliveryRun {
  /** Of its target's runs. */
  readonly number: number
}

/** Part of the view. The targets themselves are asked for by profile, again when `revision` has grown. */
export interface DeliveryView {
  readonly revision: number
  readonly targets: number
  /** Those that fail or are held; at most 50, the oldest first. */
  readonly failing: readonly {
    readonly profileId: string
    readonly targetId: string
    readonly sentence: string
  }[]
  readonly endpoint: {
    readonly on: boolean
    readonly port: number
    readonly listening: boolean
    /** Why it is not listening although it is on. */
    readonly problem: string | null
    readonly consumers: readonly ConsumerView[]
  }
  readonly webhook: {
    readonly url: string | null
    /** It came with a backup: nothing is sent until a person confirms it. */
    readonly held: boolean
    readonly last: { readonly at: number; readonly delivered: boolean; readonly sentence: string } | null
  }
  readonly commandLine: {
    /** What to run, or to put on the PATH. */
    readonly command: string
    /** The socket or pipe; null while it is not listening. */
    readonly socket: string | null
    readonly problem: string | null
  }
}

export interface ConsumerView {
  readonly id: string
  readonly name: string
  /** null: all. */
  readonly profileIds: readonly string[] | null
  readonly createdAt: number
  readonly lastUsedAt: number | null
  /** It came with a backup: it gets nothing until a person confirms it. */
  readonly held: boolean
}
