// Kept copies: the copies of the data in the data folder, which follow what protects it, as a person sees and deletes them.
import path from 'node:path'
import type { CopyView, Replies, Toast } from '#contract/contract.ts'
import type { Log } from '#desktop/log/log.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { VaultAccess } from './vault-access.ts'

/** Each rejects with a `UserFacingError` or a `StoreFailure` when the answer is no. */
export interface KeptCopies {
  list(): Promise<Replies['copies.list']>
  remove(names: readonly string[]): Promise<void>
  /** Has them follow what protects the vault that has opened. Never rejects. */
  cover(vault: Pick<OpenVault, 'coverCopies'>): Promise<void>
}

export function createKeptCopies(dependencies: {
  readonly vaultAccess: Pick<VaultAccess, 'opened'>
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly toast: (toast: Toast) => void
}): KeptCopies {
  const { vaultAccess, log, toast } = dependencies
  return {
    async list() {
      const copies = await vaultAccess.opened().copies()
      return {
        copies: copies.map(({ path: file, ...rest }) => {
          const name = path.basename(file)
          return { name, kind: kindOf(name), ...rest }
        }),
      }
    },
    remove: async (names) => vaultAccess.opened().removeCopies(new Set(names)),
    async cover(vault) {
      try {
        const { covered, unfinished } = await vault.coverCopies()
        if (covered + unfinished > 0) log.info('vault.copies-covered', { covered, unfinished })
        if (unfinished > 0) toast(leftToast(unfinished))
      } catch (error) {
        log.warn('vault.copies-not-covered', { error })
      }
    },
  }
}

function kindOf(name: string): CopyView['kind'] {
  if (name.startsWith('vault-kept-before-restore-')) return 'before-restore'
  if (name.startsWith('vault-kept-version-')) return 'before-update'
  return name.startsWith('vault-set-aside-') ? 'set-aside' : 'other'
}

/** `count`: copies that an interrupted change of protection still has not reached. */
function leftToast(count: number): Toast {
  const copies = count === 1 ? '1 kept copy still opens' : `${count} kept copies still open`
  const text = `${copies} with the earlier passphrase or keychain, because the file could not be written. Make it writable and restart the app, or delete it under Settings → Data → Kept copies.`
  return { id: 'copies-left', level: 'warning', text, place: { kind: 'list' }, fix: null }
}
