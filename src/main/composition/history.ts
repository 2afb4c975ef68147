// What was tried, for the window: pages of it, counts per day, and all of it as a file.
import type { HistoryParts } from '../ipc/history.ts'
import type { OpenVault } from '../vault/open-vault.ts'

/** `vault` throws a `Refusal` while it is closed. */
export function createHistory({ vault }: { readonly vault: () => OpenVault }): HistoryParts {
  return {
    page: (query) => vault().history(query),
    days: () => [],
    export: async () => null,
  }
}
