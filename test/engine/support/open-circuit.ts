// A world whose circuit is open: something else answers in Webex's place.

import { odd } from './answers.ts'
import { DAY, failWith, HOUR, makeWorld, press, type World, type WorldOptions } from './world.ts'

export const page = odd('html')
export const young = { age: 0, managerAge: 0 }
/** Its last tenth began two hours ago. */
export const old = { age: 12.6 * DAY + 2 * HOUR, managerAge: 0 }

export function fleet(count: number, appOf: (index: number) => string = () => 'app-a') {
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    targetOrgId: `org-${index}`,
    serviceAppId: appOf(index),
  }))
}

/** Requests that carried a credential. */
export function credentials({ cloud }: World): number {
  return cloud.count('refresh') + cloud.count('application') + cloud.count('expiry') + cloud.count('probe')
}

/** When they left. */
export function credentialTimes({ cloud }: World): readonly number[] {
  return cloud.seen.filter(({ endpoint }) => endpoint !== 'presence').map(({ at }) => at)
}

/** Both endpoints show a page; the first profile's attempt has met it. */
export async function opened(options: WorldOptions, id = 'one') {
  const world = makeWorld(options)
  const liftQuestion = failWith(world, 'presence', page)
  const lift = failWith(world, 'refresh', page)
  await press(world, id)
  return { world, lift, liftQuestion, sent: credentials(world) }
}
