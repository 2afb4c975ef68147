// A vault as one across a network is: a call takes effect at once and in order, and is answered only later.
import type { OpenVault } from '#vault/open-vault.ts'

export function slow(vault: OpenVault): OpenVault {
  return {
    ...vault,
    load: async () => later(await vault.load()),
    deliveries: answeredLater(vault.deliveries),
    deliveryRuns: answeredLater(vault.deliveryRuns),
    consumers: answeredLater(vault.consumers),
    webhook: answeredLater(vault.webhook),
    cloud: answeredLater(vault.cloud),
  }
}

function answeredLater<T extends object>(calls: T): T {
  const slowed = Object.entries(calls).map(([name, call]) => [
    name,
    async (...args: unknown[]) => later(await call(...args)),
  ])
  return Object.fromEntries(slowed) as T
}

function later<T>(value: T): Promise<T> {
  return new Promise((resolve) => setImmediate(() => resolve(value)))
}
