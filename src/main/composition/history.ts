// What was tried, for the window: pages of it, counts per day, and all of it as a file.
import type { Instant } from '../engine/model.ts'
import { Refusal } from '../ipc/dispatch.ts'
import type { HistoryParts } from '../ipc/history.ts'
import { exportHistory } from '../vault/history-export.ts'
import type { OpenVault } from '../vault/open-vault.ts'
import type { FileKind } from './backups.ts'

export function createHistory(parts: {
  /** Throws a `Refusal` while it is closed. */
  readonly vault: () => Pick<OpenVault, 'history' | 'historyDays'>
  readonly now: () => Instant
  /** The path a person chose; null: none. */
  readonly fileToSave: (kind: FileKind, name: string) => Promise<string | null>
}): HistoryParts {
  return {
    page: (query) => parts.vault().history(query),
    days: (filter) => parts.vault().historyDays(filter),
    async export({ format, ...filter }) {
      const vault = parts.vault()
      const day = new Date(parts.now()).toISOString().slice(0, 10)
      const kind = { name: format.toUpperCase(), extensions: [format] }
      const path = await parts.fileToSave(kind, `token-history-${day}.${format}`)
      if (path === null) return null
      try {
        return { path, attempts: await exportHistory(vault.history, path, { format, filter }) }
      } catch {
        throw new Refusal('refused', 'The history could not be written there. Choose another place.')
      }
    },
  }
}
