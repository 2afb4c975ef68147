// What stands on the screen of a desktop whose notification server is the test's own.
import type { MockService } from '../desktop-harness/mock-services.ts'

export interface Notice {
  readonly id: number
  readonly title: string
  readonly body: string
}

/** All that was ever shown, in order; the mock numbers them from 1. */
export async function shownEver(server: MockService): Promise<readonly Notice[]> {
  const calls = await server.calls('Notify')
  return calls.map(([, , , title, body], index) => ({
    id: index + 1,
    title: String(title),
    body: String(body),
  }))
}

/** What the app has not taken back. */
export async function standing(server: MockService): Promise<readonly Notice[]> {
  const closed = new Set((await server.calls('CloseNotification')).map(([id]) => id))
  return (await shownEver(server)).filter(({ id }) => !closed.has(id))
}

/** As a person's click on it reaches the app. */
export function click(server: MockService, { id }: Notice): Promise<void> {
  return server.emit('ActionInvoked', 'us', [id, 'default'])
}
