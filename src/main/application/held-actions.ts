// Held actions: what came with a backup or from unprotected data and waits to be confirmed, for a person who has no window.
import { createHash } from 'node:crypto'
import { isolated } from '#base/common/display-text.ts'
import { references } from '#base/common/find-profile.ts'
import { quoted } from '#contract/value-rules.ts'
import { type TargetState, whyUndelivered } from '#delivery/target-state.ts'
import type { DeliveryKind, DeliverySpec } from '#engine/domain/delivery-spec.ts'
import type { Fleet } from '#engine/domain/model.ts'
import { type Confirmed, type HeldAction, Refused } from '#satm/protocol.ts'
import type { Administration } from '#satm/server/administration.ts'
import type { Targets } from './delivery-targets.ts'
import type { RunningEndpoint } from './endpoint-consumers.ts'
import { UserFacingError } from './errors.ts'
import type { FleetDeliveries } from './fleet-deliveries.ts'
import { orRefused } from './satm-commands.ts'
import type { RunningWebhook } from './webhook-settings.ts'

/** Of a server that took over a backup: nothing is renewed before. */
export interface HeldRenewals {
  /** What would be renewed, in a sentence; null: they are not held. */
  held(): string | null
  confirm(): Promise<void>
}

export interface HeldActionsDependencies {
  /** null: nothing runs, so nothing but the renewals can be confirmed. */
  readonly fleet: () => Fleet | null
  readonly targets: () => Iterable<TargetState>
  readonly deliver: Targets['deliver']
  readonly fleetDeliveries: Pick<FleetDeliveries, 'list' | 'confirm'>
  readonly endpoint: Pick<RunningEndpoint, 'view' | 'confirmConsumer'>
  readonly webhook: Pick<RunningWebhook, 'view' | 'confirmed'>
  /** null: they are never held. */
  readonly renewals: HeldRenewals | null
}

type Outcome = Omit<Confirmed, 'id' | 'isConfirmed'>

/** What is listed, and how it is confirmed. */
interface Held extends HeldAction {
  /** Rejects with a `UserFacingError` when it stays held. */
  confirm(): Promise<Outcome>
}

/** Hexadecimal digits: to be typed, and told from others by a person. */
const ID_LENGTH = 12
const RENEWALS = 'renewals'
const DONE: Outcome = { sentence: null }

export function createHeldActions(parts: HeldActionsDependencies): Pick<Administration, 'held' | 'confirm'> {
  /** Renewals first, since what is delivered has to be renewed; and targets before the fleet deliveries they belong to. */
  const all = async (): Promise<readonly Held[]> => {
    const fleet = parts.fleet()
    if (fleet === null) return renewals()
    const names = references(fleet.profiles.values())
    const nameOf = (profileId: string) => names.get(profileId) ?? `${profileId} (removed)`
    return [
      ...renewals(),
      ...[...parts.targets()].filter(({ state }) => state.held).map((entry) => delivery(entry, nameOf)),
      ...consumers(nameOf),
      ...webhook(),
      ...(await fleetDeliveries()),
    ]
  }

  const renewals = (): readonly Held[] => {
    const sentence = parts.renewals?.held() ?? null
    if (sentence === null) return []
    return [
      {
        id: RENEWALS,
        kind: 'renewals',
        name: 'all service apps',
        actions: [sentence],
        confirm: async () => {
          await parts.renewals?.confirm()
          return DONE
        },
      },
    ]
  }

  const delivery = (entry: TargetState, nameOf: (profileId: string) => string): Held => {
    const { id: targetId, profileId, spec } = entry.target
    return withId([targetId, profileId, spec], {
      kind: 'delivery',
      name: nameOf(profileId),
      actions: actionsOf(spec),
      confirm: async () => {
        const { delivered } = await parts.deliver({ profileId, targetId })
        if (delivered > 0) return { sentence: 'delivered' }
        const why = whyUndelivered(entry)
        if (entry.state.held) throw new UserFacingError('refused', why ?? NO_TOKEN)
        return { sentence: `confirmed, but not delivered yet: ${why ?? NO_TOKEN}` }
      },
    })
  }

  const consumers = (nameOf: (profileId: string) => string): readonly Held[] =>
    parts.endpoint
      .view()
      .consumers.filter(({ held }) => held)
      .map(({ id, name, profileIds }) =>
        withId([id, name, profileIds], {
          kind: 'consumer',
          name,
          actions: [
            profileIds === null
              ? 'gets the tokens of all service apps, including future ones'
              : `gets the tokens of ${profileIds.map(nameOf).map(isolated).join(', ') || 'no service app'}`,
          ],
          confirm: async () => {
            await parts.endpoint.confirmConsumer(id)
            return DONE
          },
        }),
      )

  const webhook = (): readonly Held[] => {
    const { held, url } = parts.webhook.view()
    if (!held || url === null) return []
    const confirm = async () => {
      const secret = await parts.webhook.confirmed()
      return { sentence: NEW_SECRET, secret: secret.reveal() }
    }
    return [withId([url], { kind: 'webhook', name: 'alerts', actions: [`sends alerts to ${url}`], confirm })]
  }

  const fleetDeliveries = async (): Promise<readonly Held[]> => {
    const { deliveries } = await parts.fleetDeliveries.list()
    return deliveries
      .filter(({ held }) => held)
      .map(({ id, appId, appName, spec, customers }) =>
        withId([id, appId, spec], {
          kind: 'fleet-delivery',
          name: appName ?? 'all service apps',
          actions: [...actionsOf(spec), `for each of ${customers} customers, and future ones`],
          confirm: async () => {
            await parts.fleetDeliveries.confirm(id)
            return DONE
          },
        }),
      )
  }

  return {
    held: () =>
      orRefused(async () =>
        (await all()).map(({ id, kind, name, actions }) => ({ id, kind, name, actions })),
      ),
    confirm: (ids) =>
      orRefused(async () => {
        const held = await all()
        const wanted = [...new Set(ids)].map((id) => namedIn(held, id))
        const results: Confirmed[] = []
        for (const { id, confirm } of wanted) results.push({ id, ...(await outcomeOf(confirm)) })
        return results
      }),
  }
}

const NO_TOKEN = 'there is no token to deliver yet.'
const NEW_SECRET =
  'confirmed. Others may know its signing secret, so it has a new one: set it at the receiver.'

function withId(content: unknown, held: Omit<Held, 'id'>): Held {
  const text = JSON.stringify([held.kind, content, held.actions])
  return { id: createHash('sha256').update(text).digest('hex').slice(0, ID_LENGTH), ...held }
}

/** Throws `Refused` where it does not mean exactly one. */
function namedIn(held: readonly Held[], id: string): Held {
  const [found, ...others] = held.filter((one) => one.id === id)
  if (found !== undefined && others.length === 0) return found
  throw new Refused(
    'no-such-profile',
    `Nothing that is held has the ID ${quoted(id)}. What was changed since it was listed has another one: see satm confirm --list. Nothing was confirmed.`,
  )
}

async function outcomeOf(confirm: Held['confirm']): Promise<Omit<Confirmed, 'id'>> {
  try {
    return { isConfirmed: true, ...(await orRefused(confirm)) }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { isConfirmed: false, sentence: error.message }
  }
}

/** Whole: whoever confirms it has read it to its end. A new kind is an entry here. */
const ACTIONS: { readonly [K in DeliveryKind]: (spec: DeliverySpec<K>) => readonly string[] } = {
  'env-file': ({ path, accessTokenName, refreshTokenName }) => [
    `writes ${path}`,
    `sets ${[accessTokenName, ...(refreshTokenName === null ? [] : [refreshTokenName])].join(', ')}`,
  ],
  hook: ({ command, pass, readBack, timeLimit }) => [
    `runs ${command}`,
    ...(readBack === undefined ? [] : [`then runs ${readBack}`]),
    `gets the token by ${pass === 'stdin' ? 'standard input' : 'its environment'}, at most ${timeLimit / 1000} s`,
  ],
}

function actionsOf<K extends DeliveryKind>(spec: DeliverySpec<K>): readonly string[] {
  const actions: (spec: DeliverySpec<K>) => readonly string[] = ACTIONS[spec.kind]
  return actions(spec)
}
