// Which token manager is the default is decided in memory when something changes, and in the vault when that is stored.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FleetChange, ManagerId, TokenManager } from '#engine/domain/model.ts'
import { FleetState } from '#engine/renewal/fleet-state.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { anIntegration, aPersonalToken, NOW, temporaryFolder } from './support/builders.ts'
import { opened } from './support/opened.ts'

const DAY = 86_400_000

const marks = (managers: ReadonlyMap<ManagerId, TokenManager>) =>
  [...managers.values()].map(({ id, isDefault }) => [id, isDefault])

/** Takes the changes over in memory and in the vault, as the engine does. */
async function applied(vault: OpenVault, changes: readonly FleetChange[]): Promise<FleetState> {
  const { fleet, lastAttempts } = await vault.load()
  const state = new FleetState(fleet, lastAttempts, 0)
  for (const change of changes) {
    await vault.commit([change], [])
    state.take(change)
    expect(marks((await vault.load()).fleet.managers)).toEqual(marks(state.managers))
  }
  return state
}

const saved = (manager: TokenManager): FleetChange => ({ kind: 'manager-saved', manager })

test.each([
  ['the other one is older', [0, 5, 3]],
  ['the clock was put back: each is older than the one before', [0, -1, -5]],
  ['all are of one moment', [0, 0, 0]],
])(
  'when the default token manager goes, the first that was added takes its place, whatever the dates say: %s',
  async (_, days) => {
    const vault = await opened(temporaryFolder())
    const [first, second, third] = days.map((day, index) =>
      anIntegration(`${'zya'[index]}`, { isDefault: index === 0, createdAt: NOW + day * DAY }),
    )
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three are needed')
    const state = await applied(vault, [
      saved(first),
      saved(second),
      saved(third),
      { kind: 'manager-removed', managerId: first.id },
    ])
    expect(marks(state.managers)).toEqual([
      ['y', true],
      ['a', false],
    ])
  },
)

test('memory and vault agree on the default after whatever is added, chosen, edited and removed', async () => {
  const step = fc.record({
    what: fc.constantFrom('add', 'add', 'choose', 'edit', 'remove', 'add again'),
    which: fc.nat(9),
    isDefault: fc.boolean(),
    isPersonal: fc.boolean(),
    day: fc.integer({ min: -9, max: 9 }),
  })
  const vault = await opened(temporaryFolder())
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const left = [...(await vault.load()).fleet.managers.keys()]
      let state = await applied(
        vault,
        left.map((managerId) => ({ kind: 'manager-removed', managerId })),
      )
      const removed: TokenManager[] = []
      for (const [index, { what, which, isDefault, isPersonal, day }] of steps.entries()) {
        const all = [...state.managers.values()]
        const chosen = all[which % Math.max(1, all.length)]
        const again = removed[which % Math.max(1, removed.length)]
        const make = isPersonal ? aPersonalToken : anIntegration
        const asDefault = all.length === 0 || isDefault
        const change: FleetChange | null =
          what === 'add'
            ? saved(make(`${which}-${index}`, { isDefault: asDefault, createdAt: NOW + day * DAY }))
            : what === 'add again'
              ? again === undefined || state.managers.has(again.id)
                ? null
                : saved({ ...again, isDefault: asDefault })
              : chosen === undefined
                ? null
                : what === 'remove'
                  ? { kind: 'manager-removed', managerId: chosen.id }
                  : saved({ ...chosen, isDefault: what === 'choose' || chosen.isDefault })
        if (change === null) continue
        if (change.kind === 'manager-removed' && chosen !== undefined) removed.push(chosen)
        // From what the vault loads, as after a restart.
        state = await applied(vault, [change])
      }
    }),
    { numRuns: 25 },
  )
})
