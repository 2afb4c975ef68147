// Administration: what a person does over the command line where there is no window, by the window's use cases.
import { composeText } from '#base/common/fold-text.ts'
import { SerialQueue } from '#base/common/serial-queue.ts'
import { nameProblem, quoted } from '#contract/value-rules.ts'
import { Refused } from '#satm/protocol.ts'
import type { Administration } from '#satm/server/administration.ts'
import { createCommandLineConnect } from './command-line-connect.ts'
import type { Targets } from './delivery-targets.ts'
import type { RunningEndpoint } from './endpoint-consumers.ts'
import { ownerOf, type RunningFleetDeliveries } from './fleet-deliveries.ts'
import { createHeldActions, type HeldActionsDependencies } from './held-actions.ts'
import { orRefused } from './satm-commands.ts'

type AdministrationDependencies = Omit<HeldActionsDependencies, 'endpoint' | 'fleetDeliveries'> &
  Parameters<typeof createCommandLineConnect>[0] & {
    readonly endpoint: Pick<RunningEndpoint, 'view' | 'confirmConsumer' | 'newConsumer' | 'revoke'>
    readonly fleetDeliveries: HeldActionsDependencies['fleetDeliveries'] &
      Pick<RunningFleetDeliveries, 'isOwned' | 'remove'>
    readonly deliveries: Pick<Targets, 'ofProfile' | 'checkFile' | 'save' | 'delivered' | 'remove'>
  }

export function createAdministration(dependencies: AdministrationDependencies): Administration {
  const { endpoint, deliveries, fleetDeliveries } = dependencies
  /** Two of the same name that are added at once would both find it free. */
  const adding = new SerialQueue()
  return {
    ...createCommandLineConnect(dependencies),
    ...createHeldActions(dependencies),
    consumers: () => endpoint.view().consumers,
    endpoint() {
      const { on, port, listening, problem } = endpoint.view()
      return { on, port, listening, problem }
    },
    addConsumer: (input) =>
      orRefused(() =>
        adding.run(async () => {
          const name = composeText(input.name.trim())
          const flaw = name === '' ? 'Give the consumer a name.' : nameProblem('The name', name)
          if (flaw !== null) throw new Refused('needs-person', flaw)
          if (endpoint.view().consumers.some((one) => one.name === name))
            throw new Refused(
              'needs-person',
              `A consumer is already named ${quoted(name)}. Choose another name, or remove it first.`,
            )
          const profileIds = input.profileIds === null ? null : [...input.profileIds]
          const { consumerId, secret } = await endpoint.newConsumer({ name, profileIds })
          return { id: consumerId, secret: secret.reveal() }
        }),
      ),
    removeConsumer: (id) => orRefused(() => endpoint.revoke(id)),
    deliveries: {
      ofProfiles: (ids) => orRefused(async () => [...ids].flatMap((id) => deliveries.ofProfile(id).targets)),
      checkFile: (input) => orRefused(() => deliveries.checkFile(input)),
      save: (input) => orRefused(() => deliveries.save(input)),
      delivered: (id) => orRefused(() => deliveries.delivered(id)),
      remove: (id) => orRefused(() => deliveries.remove(id)),
      fleetDeliveries: () => orRefused(async () => (await fleetDeliveries.list()).deliveries),
      fleetDeliveryOf: (targetId) => (fleetDeliveries.isOwned(targetId) ? ownerOf(targetId) : null),
      removeFleetDelivery: (id) => orRefused(() => fleetDeliveries.remove(id)),
    },
  }
}
