// Asks the app what its own window may ask, over the same bridge.
import type { Page } from 'playwright'
import type { Attempt, Input, Replies, Reply, RequestName } from '#contract/contract.ts'

/** Throws the refusal's sentence. */
export async function ask<N extends RequestName>(page: Page, name: N, input: Input<N>): Promise<Replies[N]> {
  const reply: Reply<N> = await page.evaluate(
    `window.satm.request(${JSON.stringify(name)}, ${JSON.stringify(input)})`,
  )
  if (!reply.ok) throw new Error(`${name}: ${reply.error.message}`)
  return reply.value
}

/** Newest first. */
export async function attemptsOf(page: Page, name: string): Promise<readonly Attempt[]> {
  const { attempts } = await ask(page, 'history.page', {
    profileId: null,
    managerId: null,
    outcome: null,
    tier: null,
    cursor: null,
    limit: 200,
  })
  return attempts.filter((attempt) => attempt.name === name)
}
