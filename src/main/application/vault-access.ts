// Vault access: opens the vault, says why it is closed and what can be done, and changes the passphrase that protects it.
import { assertNever } from '#base/common/assert-never.ts'
import { SHORTEST_PASSPHRASE } from '#base/common/passphrase-strength.ts'
import { SerialQueue } from '#base/common/serial-queue.ts'
import { type AsyncSignal, createAsyncSignal } from '#base/common/signal.ts'
import type { BackupSummary, StorageView, StorageWay, Toast } from '#contract/contract.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { Backup } from '#vault/backup/backup.ts'
import type { PassphraseChange } from '#vault/crypto/key-manager.ts'
import { isTooShort } from '#vault/crypto/passphrase.ts'
import { lookInto } from '#vault/db/data-files.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { type Opening, type OpeningOptions, openVault } from '#vault/opening.ts'
import type { RenewalHold } from '#vault/repositories/renewal-hold.ts'
import { UserFacingError } from './errors.ts'

/** Of the ways to be closed: no passphrase, answer or keyring changes these. */
const FAILED: ReadonlySet<Opening['kind']> = new Set(['damaged', 'moved-aside', 'too-new', 'not-writable'])

export interface VaultAccess {
  /**
   * These reject only with a `UserFacingError`, or a `StoreFailure` of a backup that could not come in: what keeps the
   * vault closed is in the view.
   */
  retry(): Promise<void>
  /** As `retry`, where nobody waits for the answer: never rejects, and a message says what a person has to know. */
  retryUnasked(): Promise<void>
  acceptWeak(): Promise<void>
  passphrase(passphrase: Secret): Promise<void>
  beginAnew(): Promise<void>
  /** Creates the vault from a backup as soon as one can be opened; until then the backup waits. */
  restore(waiting: WaitingBackup): Promise<void>
  /** The waiting backup is not restored. */
  dropWaiting(): void
  /**
   * Its own vault says otherwise now whether, or how, this computer takes part in a shared one: opens that anew, and resolves
   * with it. Nothing may use the one before. Where it rejects, that one is in force.
   */
  rejoin(): Promise<OpenVault>
  view(): StorageView
  /** null while it is closed. */
  vault(): OpenVault | null
  /** Throws a `UserFacingError` while it is closed. */
  opened(): OpenVault
  /** Why the files cannot be used; null: the vault is open, or waits for a person, a keyring or another instance. */
  failure(): string | null
  /** Called and awaited once, when it has opened; `by`: whether the person's passphrase opened it. */
  onOpened: AsyncSignal<Opened>['subscribe']
}

type Opened = [vault: OpenVault, by: 'keychain' | 'passphrase']

export interface WaitingBackup {
  readonly backup: Backup
  readonly summary: BackupSummary
  /** What then holds its renewals. Missing: nothing. */
  readonly hold?: RenewalHold
}

interface VaultAccessDependencies extends Pick<OpeningOptions, 'folder' | 'lock' | 'keychain' | 'clock'> {
  /** The vault itself, or over it the shared one that this computer takes part in. */
  readonly joined: (vault: OpenVault) => Promise<OpenVault>
  /** Of a demo: its secrets are not real. */
  readonly weakIsFine: boolean
  readonly toast: (toast: Toast) => void
  readonly changed: () => void
}

export function createVaultAccess(dependencies: VaultAccessDependencies): VaultAccess {
  const { folder, lock, keychain, clock, joined, weakIsFine, toast, changed } = dependencies
  let opening: Opening | null = null
  /** Of this computer, below the shared one if it takes part in one. */
  let own: OpenVault | null = null
  let waiting: WaitingBackup | null = null
  const opened = createAsyncSignal<Opened>()

  const open = async (options: OpeningOptions): Promise<Opening> => {
    const tried = await openVault(options)
    if (tried.kind !== 'open') return tried
    own = tried.vault
    return { ...tried, vault: await joined(own) }
  }
  const tryToOpen = async (options: Partial<OpeningOptions>) => {
    if (opening?.kind === 'open') return
    const weakStorageConsent = weakIsFine ? 'given' : 'ask'
    const common = { folder, lock, keychain, clock, weakStorageConsent } as const
    const restore =
      waiting === null
        ? {}
        : { restore: waiting.backup, ...(waiting.hold === undefined ? {} : { restoredHold: waiting.hold }) }
    const tried = await open({ ...common, ...restore, ...options })
    if (tried.kind === 'not-restored') {
      waiting = null
      opening = await open(common)
      if (opening.kind === 'open') await opened.emit(opening.vault, opening.openedBy)
      throw new UserFacingError('storage', tried.sentence)
    }
    opening = tried
    if (tried.kind !== 'open') return
    const isOpenUnrestored = waiting !== null && !tried.restored
    waiting = null
    await opened.emit(tried.vault, tried.openedBy)
    if (isOpenUnrestored) throw openByNow()
  }
  /** One at a time: a passphrase that is entered while a slow keychain is asked must not be dropped. */
  const attempts = new SerialQueue()
  const attempt = (options: Partial<OpeningOptions>) =>
    attempts.run(() => tryToOpen(options).finally(changed))
  /** Once the old file was set aside, several steps may be needed until there is a new one. */
  const onTheWay = () =>
    opening?.kind !== 'moved-aside' && found(folder) === 'set-aside'
      ? { afterSetAside: 'begin-anew' as const }
      : {}

  const storageView = (): StorageView => {
    if (opening?.kind === 'open') {
      const { vault } = opening
      return { kind: 'open', ...vault.protection(), hasPassphrase: vault.hasPassphrase() }
    }
    return {
      kind: opening?.kind ?? 'opening',
      level: 'closed',
      sentence: opening?.sentence ?? 'Opening the vault …',
      ways: waysOf(opening, folder, keychain),
      waiting: waiting?.summary ?? null,
      clouds: [],
    }
  }

  return {
    retry: () => attempt(onTheWay()),
    retryUnasked: () =>
      attempt(onTheWay()).catch((error: unknown) => {
        const text = error instanceof Error ? error.message : String(error)
        toast({ id: 'opened-unasked', level: 'warning', text, place: { kind: 'list' }, fix: null })
      }),
    acceptWeak: () => attempt({ ...onTheWay(), weakStorageConsent: 'given' }),
    async passphrase(passphrase) {
      if (waysOf(opening, folder, keychain).includes('set-passphrase') && isTooShort(passphrase)) {
        throw new UserFacingError('invalid', `Use at least ${SHORTEST_PASSPHRASE} characters.`, {
          field: 'passphrase',
        })
      }
      await attempt({ ...onTheWay(), passphrase })
    },
    beginAnew: () => attempt({ afterSetAside: 'begin-anew' }),
    async restore(next) {
      await attempts.settled()
      if (opening?.kind === 'open') throw openByNow()
      waiting = next
      await attempt({ afterSetAside: 'begin-anew' })
      const { kind } = storageView()
      // Data in place, or made by another instance, may open later: no backup may replace it without a question.
      if (kind === 'open' || (kind !== 'taken' && found(folder) !== 'database')) return
      waiting = null
      throw new UserFacingError('storage', storageView().sentence)
    },
    dropWaiting() {
      if (waiting === null) return
      waiting = null
      changed()
    },
    async rejoin() {
      if (opening?.kind !== 'open' || own === null)
        throw new UserFacingError('storage', storageView().sentence)
      // Where it rejects, the one before is in force and goes on.
      const next = await joined(own)
      const before = opening.vault
      opening = { ...opening, vault: next }
      changed()
      await before.sharing?.close()
      return next
    },
    vault: () => (opening?.kind === 'open' ? opening.vault : null),
    opened() {
      if (opening?.kind === 'open') return opening.vault
      throw new UserFacingError('storage', storageView().sentence)
    },
    failure() {
      if (opening === null || opening.kind === 'open') return null
      return FAILED.has(opening.kind) ? opening.sentence : null
    },
    onOpened: opened.subscribe,
    view: storageView,
  }
}

/** Each rejects with a `UserFacingError` when the answer is no, with a `StoreFailure` when nothing could be written. */
export interface PassphraseSettings {
  set(passphrase: Secret, mode: 'alone' | 'beside'): Promise<void>
  change(old: Secret, next: Secret): Promise<void>
  remove(old: Secret): Promise<void>
}

export function createPassphraseSettings(dependencies: {
  readonly vaultAccess: Pick<VaultAccess, 'opened'>
  readonly changed: () => void
}): PassphraseSettings {
  const { vaultAccess, changed } = dependencies
  const settled = async (change: Promise<PassphraseChange>, field: string) => {
    const result = await change
    if (result.kind === 'refused') {
      const at = result.reason === 'too-short' ? field : 'passphrase'
      throw new UserFacingError('refused', result.sentence, { field: at })
    }
    changed()
  }
  return {
    set: (passphrase, mode) => settled(vaultAccess.opened().setPassphrase(passphrase, mode), 'passphrase'),
    change: (old, next) => settled(vaultAccess.opened().changePassphrase(old, next), 'next'),
    remove: (old) => settled(vaultAccess.opened().removePassphrase(old), 'passphrase'),
  }
}

/** `count`: what acted in data that lay unprotected until this start. */
export function heldToast(count: number): Toast {
  const what =
    count === 1 ? '1 delivery, consumer or webhook is' : `${count} deliveries, consumers and webhooks are`
  const text = `The stored data was not protected until now, so others could have changed it. ${what} held: check and confirm each one on its service app’s page and under Settings.`
  return { id: 'held-at-opening', level: 'warning', text, place: { kind: 'list' }, fix: null }
}

/** No backup replaces data in place unless the person has seen that there is some. */
function openByNow(): UserFacingError {
  return new UserFacingError('busy', 'The data is already open. Restore the backup under Settings → Data.')
}

/** The best way first. */
function waysOf(
  opening: Opening | null,
  folder: string,
  keychain: OpeningOptions['keychain'],
): readonly StorageWay[] {
  if (opening === null) return []
  switch (opening.kind) {
    case 'open':
      return []
    case 'consent-needed':
      return ['set-passphrase', 'accept-weak', 'restart', 'restore']
    case 'passphrase-needed':
    case 'passphrase-wrong':
      return ['enter-passphrase', 'restore', 'begin-anew']
    case 'locked':
    case 'absent':
    case 'changed-backend':
    case 'unreadable': {
      const unsettled = opening.kind === 'locked' ? 'unlock-keyring' : 'retry'
      const again = keychain.isSettled() ? 'restart' : unsettled
      const nothingStored = found(folder) !== 'database'
      if (nothingStored) return [again, 'set-passphrase', 'restore']
      const help: readonly StorageWay[] = opening.passphraseHelps ? ['enter-passphrase'] : []
      // A keyring that is only locked opens the data later: no reason to give it up.
      const leave: readonly StorageWay[] = opening.kind === 'locked' ? [] : ['restore', 'begin-anew']
      return [...help, again, ...leave]
    }
    case 'taken':
      return ['quit', 'retry']
    case 'damaged':
    case 'moved-aside':
      return ['restore', 'begin-anew', 'retry']
    case 'too-new':
    case 'not-restored':
    case 'not-writable':
      return ['retry']
    default:
      return assertNever(opening)
  }
}

function found(folder: string): ReturnType<typeof lookInto>['kind'] {
  try {
    return lookInto(folder).kind
  } catch {
    // The folder cannot be read.
    return 'nothing'
  }
}
