// A program: delivers ever newer tokens of many profiles to their env files by the real queue, until it is killed. Says each
// generation that has begun.
import { writeSync } from 'node:fs'
import { createDeliveryKinds } from '#delivery/delivery-kinds.ts'
import { DeliveryQueue } from '#delivery/delivery-queue.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { afterDelivery } from '#engine/delivery-schedule/delivery-schedule.ts'
import { deliverableToken } from '../../delivery/support/delivery-world.ts'

const [folder = '', count = '0', first = '0'] = process.argv.slice(2)
const clock = systemClock()
const profiles = Array.from({ length: Number(count) }, (_, n) => `p${n}`)
let generation = Number(first)

const deliveries = new DeliveryQueue({
  clock,
  now: () => Date.now(),
  stored: profiles.map((profileId) => ({
    target: {
      id: profileId,
      profileId,
      spec: {
        kind: 'env-file',
        path: `${folder}/${profileId}.env`,
        accessTokenName: 'TOKEN',
        refreshTokenName: null,
        confirmed: [],
      },
      createdAt: 0,
    },
    // Not the first time, so that Git is not asked about each.
    state: afterDelivery({ at: 0, fingerprint: 'before', refreshFingerprint: null }),
  })),
  note: async () => {},
  noteRun: async () => {},
  tokenOf: ({ profileId }) => deliverableToken(`${profileId}-t${generation}`, profileId),
  isRejected: () => false,
  kinds: createDeliveryKinds({
    clock,
    envFiles: createEnvFileWriter(),
    redact: (text) => text,
    log: () => {},
  }),
  changed: () => {},
  failed: (_event, error) => {
    throw error
  },
})

for (; ; generation++) {
  writeSync(1, `${generation}\n`)
  const outcome = await deliveries.deliver([...deliveries.targets.all()], true)
  if (outcome.some((isThere) => !isThere)) throw new Error('a file could not be written')
}
