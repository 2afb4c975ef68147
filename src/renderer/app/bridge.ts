// Requests to main. A request never throws: if it could not be sent, the reply is an error like any other.
import type { Bridge, Input, Reply, RequestName } from '#contract/contract.ts'

declare global {
  interface Window {
    readonly satm: Bridge
  }
}

export async function ask<N extends RequestName>(
  bridge: Bridge,
  name: N,
  input: Input<N>,
): Promise<Reply<N>> {
  try {
    return await bridge.request(name, input)
  } catch {
    return {
      ok: false,
      error: { code: 'internal', message: 'The window lost touch with the app. Close and open it again.' },
    }
  }
}
