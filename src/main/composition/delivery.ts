// Where tokens go after a renewal, put together: targets with their state, the local endpoint, the webhook.
import type { DeliveryView } from '../../preload/contract.ts'
import type { DeliveryParts } from '../ipc/delivery.ts'
import { Refusal } from '../ipc/dispatch.ts'

export interface Delivery extends DeliveryParts {
  view(): DeliveryView
}

export function createDelivery(): Delivery {
  const notYet = (): never => {
    throw new Refusal('refused', 'Delivery is not ready.')
  }
  return {
    targets: {
      chooseFile: notYet,
      checkFile: notYet,
      ofProfile: () => ({ targets: [] }),
      save: notYet,
      remove: notYet,
      deliver: notYet,
      exportEnv: notYet,
    },
    endpoint: { save: notYet, addConsumer: notYet, copySecret: notYet, forgetSecret: notYet, revoke: notYet },
    webhook: { save: notYet, renewSecret: notYet, copySecret: notYet, test: notYet },
    view: () => ({
      revision: 0,
      targets: 0,
      failing: [],
      endpoint: { on: false, port: 3710, listening: false, problem: null, consumers: [] },
      webhook: { url: null, last: null },
      commandLine: { command: 'satm', socket: null, problem: null },
    }),
  }
}
