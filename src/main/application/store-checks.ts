// Store checks: whether a secret store's command line tool is there, and what its user may do. Nothing is written.
import type { Input, Replies } from '#contract/contract.ts'
import { SECRET_STORES, type SecretStore, type StoreValues, storeFlaws } from '#contract/secret-stores.ts'
import type { Ran } from '#delivery/delivery-handler.ts'
import { filledText } from '#delivery/fleet-template.ts'
import type { Fleet, Profile } from '#engine/domain/model.ts'
import { UserFacingError } from './errors.ts'
import { customerName } from './fleet-places.ts'

/** `check` throws a `UserFacingError` that names the field; both throw one when they are canceled. */
export interface StoreChecks {
  tool(input: Input<'delivery.store-tool'>): Promise<Replies['delivery.store-tool']>
  check(input: Input<'delivery.check-store'>): Promise<Replies['delivery.check-store']>
  cancel(): void
}

export interface StoreCheckDependencies {
  /** `signal`: ends it with all it has started. */
  readonly tryCommand: (command: string, signal: AbortSignal) => Promise<Ran>
  /** Throws a `UserFacingError` while nothing runs. */
  readonly fleet: () => Pick<Fleet, 'profiles' | 'serviceApps'>
  readonly isWindows: boolean
}

export function createStoreChecks({ tryCommand, fleet, isWindows }: StoreCheckDependencies): StoreChecks {
  const running = new Set<AbortController>()

  const run = async (command: string): Promise<Ran> => {
    const controller = new AbortController()
    running.add(controller)
    try {
      const ran = await tryCommand(command, controller.signal)
      if (controller.signal.aborted) throw new UserFacingError('refused', 'The check was canceled.')
      return ran
    } finally {
      running.delete(controller)
    }
  }

  /** The customer whose names stand for those of all; null: nothing is to be filled in. */
  const exampleFor = (values: StoreValues, appId: string | null): Profile | null => {
    if (Object.values(values).every((value) => filledText(value, NOBODY) === value)) return null
    const { profiles, serviceApps } = fleet()
    for (const profile of profiles.values()) {
      if (appId === null || serviceApps.get(profile.serviceAppId)?.appId === appId) return profile
    }
    throw new UserFacingError(
      'invalid',
      'There is no customer yet whose names could stand for {app}, {customer} and {orgId}. Add one first.',
    )
  }

  return {
    async tool({ store }) {
      const { tool, version } = SECRET_STORES[store]
      const { sentence, exitCode, output } = await run(version)
      if (sentence === null) return { version: firstLine(output), problem: null }
      const problem =
        exitCode !== null && COMMAND_NOT_FOUND.has(exitCode)
          ? `“${tool}” was not found. Install it, or write its whole path into the commands.`
          : `“${version}” did not work. ${sentence}`
      return { version: null, problem }
    },

    async check({ store, values, template }) {
      const chosen: SecretStore = SECRET_STORES[store]
      const [flaw] = Object.entries(storeFlaws(chosen, values, { isTemplate: template !== null, isWindows }))
      if (flaw !== undefined) throw new UserFacingError('invalid', flaw[1], { field: flaw[0] })
      const example = template === null ? null : exampleFor(values, template.appId)
      const filled = example === null ? values : filledValues(values, example)
      const { sentence, output } = await run(chosen.commands(filled, isWindows).check)
      // `vault token capabilities` ends well all the same.
      const isDenied = sentence === null && output.trim() === 'deny'
      const found = isDenied
        ? `The store answered, and this sign-in may do nothing there. The right it needs: ${chosen.leastRight}.`
        : (sentence ?? `The store answered. Nothing was written; the right it needs: ${chosen.leastRight}.`)
      return {
        ok: sentence === null && !isDenied,
        sentence: example === null ? found : `Checked for ${customerName(example)}, as an example. ${found}`,
        output,
      }
    },

    cancel() {
      for (const controller of running) controller.abort()
    },
  }
}

const NOBODY = { name: '', orgName: null, targetOrgId: '' }

function filledValues(values: StoreValues, profile: Profile): StoreValues {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, filledText(value, profile)]))
}

/** POSIX, Shell Command Language, 2.8.2; 9009 is cmd's. */
const COMMAND_NOT_FOUND: ReadonlySet<number> = new Set([127, 9009])
const LONGEST_VERSION = 80

function firstLine(output: string): string {
  const [line = ''] = output.trimStart().split('\n')
  return line.slice(0, LONGEST_VERSION)
}
