// The running app, asked the way its own window asks it.
import { setTimeout } from 'node:timers/promises'

/** ms. How long each step may take before the demo gives up. */
export const PATIENCE = 60_000

/** @typedef {import('playwright').Page} Page */
/** @typedef {{ id: string, outcome: string, calls: readonly { tier: number }[], trigger: string }} Attempt */

/**
 * Tells renewals apart that were told already.
 * @param {Page} page
 */
export function renewals(page) {
  /** @type {Set<string>} */
  const told = new Set()
  /**
   * Waits until history holds a new renewal with this trigger and these tiers, in this order.
   * @param {string} trigger
   * @param {readonly number[]} tiers
   */
  return async (trigger, tiers) => {
    /** @param {Attempt} attempt */
    const isIt = (attempt) =>
      !told.has(attempt.id) &&
      attempt.outcome === 'renewed' &&
      attempt.trigger === trigger &&
      attempt.calls.map((call) => call.tier).join() === tiers.join()
    await until(`a renewal by tier ${tiers.join(', ')}`, async () => {
      const found = (await history(page)).find(isIt)
      if (found) told.add(found.id)
      return found !== undefined
    })
  }
}

/**
 * @param {Page} page
 * @returns {Promise<readonly Attempt[]>}
 */
function history(page) {
  const query = { profileId: null, managerId: null, outcome: null, tier: null, cursor: null, limit: 50 }
  return ask(page, 'history.page', query).then((value) => value.attempts)
}

/**
 * Asks the app what its window may ask.
 * @param {Page} page
 * @param {string} name
 * @param {object} input
 */
export async function ask(page, name, input) {
  const reply = await page.evaluate(
    ([request, given]) => Reflect.get(globalThis, 'satm').request(request, given),
    [name, input],
  )
  if (!reply.ok) throw new Error(`${name}: ${reply.error.message}`)
  return reply.value
}

/**
 * @param {string} what
 * @param {() => Promise<boolean>} holds
 */
export async function until(what, holds) {
  const deadline = Date.now() + PATIENCE
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited ${PATIENCE / 1000} s in vain for this: ${what}.`)
    await setTimeout(200)
  }
}
