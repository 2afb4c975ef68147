// satm commands: what the command line asks for beside the engine, by the use cases of the window.

import { SerialQueue } from '#base/common/serial-queue.ts'
import type { ImportedRow, Place } from '#contract/contract.ts'
import type { TargetState } from '#delivery/target-state.ts'
import { whyUndelivered } from '#delivery/target-state.ts'
import type { ProfileId } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { FleetView } from '#engine/domain/view-model.ts'
import { Refused } from '#satm/protocol.ts'
import type { SatmCommands } from '#satm/server/commands.ts'
import type { BackupWriting } from './backup-writing.ts'
import type { Targets } from './delivery-targets.ts'
import { UserFacingError } from './errors.ts'
import type { Imports } from './import-service-apps.ts'

type Importing = Pick<Imports, 'choose' | 'rows' | 'confirm' | 'forget'>

export function createSatmCommands(dependencies: {
  /** With all its problems. */
  readonly fleet: () => FleetView
  readonly deliver: Targets['deliver']
  readonly targetsOf: (profileId: ProfileId) => readonly TargetState[]
  /** Whoever chooses a file there has chosen this one. */
  readonly importOf: (file: string) => Importing | Promise<Importing>
  readonly writing: () => BackupWriting | Promise<BackupWriting>
  readonly openAt: (place: Place) => void
  readonly examine: SatmCommands['examine']
  readonly administration: SatmCommands['administration']
}): SatmCommands {
  const { fleet, deliver, targetsOf, importOf, writing, openAt, examine, administration } = dependencies
  /** One file at a time: each takes a thread and memory of its own. */
  const imports = new SerialQueue()
  return {
    incidents: () => fleet().incidents,
    deliver: (profileId) =>
      orRefused(async () => {
        const { delivered, unverified, of } = await deliver({ profileId, targetId: null })
        const failures = targetsOf(profileId).flatMap((entry) => whyUndelivered(entry) ?? [])
        return { delivered, unverified, of, failures: delivered === of ? [] : [...new Set(failures)] }
      }),
    importFile: (file, isDryRun) =>
      imports.run(() =>
        orRefused(async () => {
          const importing = await importOf(file)
          try {
            return await imported(importing, isDryRun)
          } finally {
            importing.forget()
          }
        }),
      ),
    backup: (file, passphrase, isMove) =>
      orRefused(async () => {
        const { write, move } = await writing()
        const { path: _, ...counts } = await (isMove ? move : write)(file, passphrase)
        return counts
      }),
    open: (profileId) => openAt(profileId === null ? { kind: 'list' } : { kind: 'profile', profileId }),
    examine,
    administration,
  }
}

const IN_THE_WINDOW =
  'This file leaves something open that only a person can choose. Import it in the app’s window: Import.'

async function imported(
  importing: Pick<Imports, 'choose' | 'rows' | 'confirm'>,
  isDryRun: boolean,
): ReturnType<SatmCommands['importFile']> {
  const dryRun = await importing.choose()
  if (dryRun?.kind !== 'profiles' || dryRun.lacking.length > 0)
    throw new Refused('needs-person', IN_THE_WINDOW)
  const { id, comingIn: ready, refused: rejected, tokenManager } = dryRun
  const rows: ImportedRow[] = []
  for (;;) {
    const page = importing.rows({ id, only: 'all', from: rows.length })
    rows.push(...page.rows)
    if (page.rows.length === 0 || rows.length >= page.total) break
  }
  if (!isDryRun && ready > 0) {
    const { kind } = await importing.confirm({ id, profileId: null })
    if (kind === 'changed') {
      const message = 'Service apps were changed while the file was read, so nothing was imported. Try again.'
      throw new Refused('failed', message)
    }
  }
  return {
    ready,
    rejected,
    tokenManager: tokenManager?.connects === true,
    rows: rows.map(({ line, name, customer, comesIn, remarks }) => ({
      line,
      name,
      customer,
      isReady: comesIn,
      remarks,
    })),
  }
}

/** The sentence that a person reads in the window, for the command line. */
export async function orRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StoreFailure) throw new Refused('failed', error.message)
    if (!(error instanceof UserFacingError)) throw error
    const isPassing = error.code === 'busy' || error.code === 'storage'
    throw new Refused(isPassing ? 'failed' : 'needs-person', error.message, error.trackingId ?? null)
  }
}
