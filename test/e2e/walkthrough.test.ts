// Every screen and dialog of the real app, by role and name: once by mouse, with axe in each place, light and dark;
// once by keyboard alone, where what has the focus is always seen and a closed dialog gives it back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { violationsOf } from './support/axe.ts'
import { keyboard, mouse } from './support/hands.ts'
import { type Manner, startWalk, type Walk } from './support/walk.ts'
import { add, connect, duplicate, emptyList, importing, storage } from './support/walk-in.ts'
import { list, remove, serviceApp, trouble } from './support/walk-list.ts'
import { history, keys, passphrase, settings } from './support/walk-screens.ts'

const steps: readonly (readonly [string, (walk: Walk) => Promise<void>])[] = [
  ['the storage that asks first', storage],
  ['the empty list', emptyList],
  ['connecting the integration', connect],
  ['adding a service app, pasted whole', add],
  ['the same service app in another org', duplicate],
  ['importing', importing],
  ['the list', list],
  ['a service app in trouble', trouble],
  ['the page of a service app', serviceApp],
  ['the history', history],
  ['the settings', settings],
  ['the passphrase and the lock', passphrase],
  ['the commands and the keys', keys],
  ['removing', remove],
]

walked('by mouse, each place without a violation of WCAG 2.2 AA in light and in dark', {
  hand: mouse,
  async look(page, place) {
    expect(await violationsOf(page), place).toEqual([])
  },
})

walked('by keyboard alone', { hand: keyboard, look: async () => undefined })

/** Each step begins where the one before it ended, so one that fails ends the walk. */
function walked(name: string, manner: Manner): void {
  describe(name, () => {
    let walk: Walk
    let lost = false
    beforeAll(async () => {
      walk = await startWalk(manner)
    })
    afterAll(() => walk?.end())

    test.each(steps)('%s', async (_, step) => {
      expect(lost, 'an earlier step failed').toBe(false)
      lost = true
      await step(walk)
      lost = false
    })
  })
}
