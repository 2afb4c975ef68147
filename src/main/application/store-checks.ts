// Store checks: whether a secret store's command line tool is there, and what its user may do. Nothing is written.
import type { Input, Replies } from '#contract/contract.ts'
import { SECRET_STORES, type SecretStore, storeFlaws } from '#contract/secret-stores.ts'
import type { Ran } from '#delivery/delivery-handler.ts'
import { UserFacingError } from './errors.ts'

/** `check` throws a `UserFacingError` that names the field. */
export interface StoreChecks {
  tool(input: Input<'delivery.store-tool'>): Promise<Replies['delivery.store-tool']>
  check(input: Input<'delivery.check-store'>): Promise<Replies['delivery.check-store']>
}

export function createStoreChecks(tryCommand: (command: string) => Promise<Ran>): StoreChecks {
  return {
    async tool({ store }) {
      const { tool, version } = SECRET_STORES[store]
      const { sentence, exitCode, output } = await tryCommand(version)
      if (sentence === null) return { version: firstLine(output), problem: null }
      const problem =
        exitCode === COMMAND_NOT_FOUND
          ? `“${tool}” was not found. Install it, or write its whole path into the commands.`
          : `“${version}” did not work. ${sentence}`
      return { version: null, problem }
    },

    async check({ store, values }) {
      const chosen: SecretStore = SECRET_STORES[store]
      const [flaw] = Object.entries(storeFlaws(chosen, values))
      if (flaw !== undefined) throw new UserFacingError('invalid', flaw[1], { field: flaw[0] })
      const { sentence, output } = await tryCommand(chosen.commands(values).check)
      // `vault token capabilities` ends well all the same.
      const isDenied = sentence === null && output.trim() === 'deny'
      return {
        ok: sentence === null && !isDenied,
        sentence: isDenied
          ? `The store answered, and this sign-in may do nothing there. The right it needs: ${chosen.leastRight}.`
          : (sentence ??
            `The store answered. Nothing was written; the right it needs: ${chosen.leastRight}.`),
        output,
      }
    },
  }
}

/** POSIX, Shell Command Language, 2.8.2. */
const COMMAND_NOT_FOUND = 127
const LONGEST_VERSION = 80

function firstLine(output: string): string {
  const [line = ''] = output.trimStart().split('\n')
  return line.slice(0, LONGEST_VERSION)
}
