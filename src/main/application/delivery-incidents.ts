// Delivery incidents: what is not delivered, one for each service app and cause, beside those of the engine, which knows
// nothing of deliveries.
import { commonName } from '#base/common/common-name.ts'
import { isolated } from '#base/common/display-text.ts'
import { orgKey } from '#base/common/webex-id.ts'
import { fingerprint } from '#base/node/fingerprint.ts'
import { type TargetState, whyUndelivered } from '#delivery/target-state.ts'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import type { Fleet, Profile } from '#engine/domain/model.ts'
import type { Incident } from '#engine/domain/view-model.ts'

type Undelivered = Pick<TargetState, 'target' | 'state'>

interface Entry {
  readonly profile: Profile
  readonly state: TargetState['state']
  readonly sentence: string
}

/** `failing`: those that fail or are held. `failuresBeforeAlert`: fewer that are retried only inform. */
export function deliveryIncidents(
  failing: Iterable<Undelivered>,
  { profiles, serviceApps }: Fleet,
  failuresBeforeAlert: number,
): readonly Incident[] {
  const groups = new Map<string, { readonly cause: string; readonly entries: [Entry, ...Entry[]] }>()
  for (const { target, state } of failing) {
    const profile = profiles.get(target.profileId)
    const sentence = whyUndelivered({ state })
    if (profile === undefined || sentence === null) continue
    const cause = state.held ? 'held' : withoutPlace(sentence, target.spec)
    const key = `${state.held ? 'delivery-held' : 'undelivered'}:${profile.serviceAppId}:${fingerprint(cause)}`
    const entry = { profile, state, sentence }
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { cause, entries: [entry] })
    else group.entries.push(entry)
  }
  return [...groups].map(([key, { cause, entries }]): Incident => {
    const [{ profile, state, sentence }] = entries
    const found = [...new Map(entries.map((each) => [each.profile.id, each.profile])).values()]
    const customers = new Set(found.map(({ targetOrgId }) => orgKey(targetOrgId))).size
    const name = commonName(found.map((each) => each.name))
    const one = profile.orgName === null ? '1 customer' : isolated(profile.orgName)
    const whom = customers === 1 ? one : `${customers} customers`
    const isPassing = entries.every(
      ({ state: { held, failure } }) =>
        !held && failure !== null && failure.retryAt !== null && failure.failures < failuresBeforeAlert,
    )
    const isSame = entries.every((each) => each.sentence === sentence)
    return {
      key,
      code: state.held ? 'delivery-held' : 'undelivered',
      level: isPassing ? 'information' : 'warning',
      title: state.held
        ? `Deliveries of “${isolated(name)}” for ${whom} wait to be confirmed`
        : `Tokens of “${isolated(name)}” not delivered for ${whom}`,
      sentence: isSame ? sentence : cause === 'held' ? sentence : cause,
      fix: state.held ? null : { kind: 'deliver', profileId: profile.id },
      owner: isPassing ? 'nobody-or-you' : 'you',
      serviceApp: {
        id: profile.serviceAppId,
        name,
        appId: serviceApps.get(profile.serviceAppId)?.appId ?? '',
      },
      profileIds: found.map(({ id }) => id),
      customers,
      // The token itself is renewed; what programs have meanwhile is not known.
      deadline: null,
      trackingId: null,
      since: entries.reduce((earliest, each) => Math.min(earliest, beganAt(each)), beganAt(entries[0])),
    }
  })
}

function beganAt({ state, profile }: Entry): number {
  return state.failure?.at ?? profile.createdAt
}

/** The same for each file, and each token by its fingerprint, with the same trouble. */
function withoutPlace(sentence: string, spec: DeliverySpec): string {
  const named = spec.kind === 'env-file' ? sentence.replaceAll(spec.path, 'the file') : sentence
  const words = named
    .replaceAll(/(?<=^|\s)(?:[A-Za-z]:)?[\\/][^\s,;:]+/g, 'the file')
    .replaceAll(/ \([0-9a-f]{8}\)/g, '')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
