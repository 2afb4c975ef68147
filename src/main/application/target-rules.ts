// What a person may save as a target: files that were looked at, and no two that write over each other.
import { realpath } from 'node:fs/promises'
import path from 'node:path'
import type { Input } from '#contract/contract.ts'
import { checkEnvFile } from '#delivery/env-file/env-file-check.ts'
import { type DeliverySpec, type DeliveryTarget, specFlaw } from '#engine/domain/delivery-model.ts'
import type { Fleet } from '#engine/domain/model.ts'
import { UserFacingError } from './errors.ts'

type Typed = Input<'delivery.save'>['target']
type EnvFile = Extract<DeliverySpec, { kind: 'env-file' }>

/** Throws a `UserFacingError` that names the field. */
export async function readTarget(typed: Typed): Promise<DeliverySpec> {
  if (typed.kind === 'hook') {
    const { command, pass, timeLimitSeconds } = typed
    return ruled({ kind: 'hook', command, pass, timeLimit: timeLimitSeconds * 1000 })
  }
  if (!path.isAbsolute(typed.path)) {
    throw new UserFacingError('invalid', 'Give the whole path, from the root on.', { field: 'path' })
  }
  const spec = ruled({ ...typed, path: path.normalize(typed.path) })
  if (foldedName(typed.accessTokenName) === foldedName(typed.refreshTokenName ?? '')) {
    throw new UserFacingError('invalid', 'The two tokens need two names.', { field: 'refreshTokenName' })
  }
  const { remarks } = await checkEnvFile(path.normalize(typed.path))
  const open = remarks.find(({ confirm }) => confirm === null || !typed.confirmed.includes(confirm))
  if (open !== undefined) {
    throw new UserFacingError('invalid', open.sentence, {
      field: open.confirm === null ? 'path' : 'confirmed',
    })
  }
  return spec
}

function ruled(spec: DeliverySpec): DeliverySpec {
  const flaw = specFlaw(spec)
  if (flaw !== null) throw new UserFacingError('invalid', flaw.sentence, { field: flaw.field })
  return spec
}

/** Two that write the same variable of the same file would take turns for ever; throws a `UserFacingError` that says whose. */
export async function refuseDuplicate(
  wanted: Pick<DeliveryTarget, 'id' | 'profileId' | 'spec'>,
  others: Iterable<DeliveryTarget>,
  fleet: Fleet,
): Promise<void> {
  if (wanted.spec.kind === 'hook') return refuseSameCommand(wanted, others)
  const names = namesOf(wanted.spec)
  const rivals = [...others].flatMap(({ id, profileId, spec }) => {
    if (id === wanted.id || spec.kind !== 'env-file') return []
    const shared = namesOf(spec).find((name) => names.includes(name))
    return shared === undefined ? [] : [{ profileId, path: spec.path, shared }]
  })
  const [place, ...places] = await Promise.all(
    [wanted.spec.path, ...rivals.map((rival) => rival.path)].map(placeOf),
  )
  const rival = rivals.find((_, n) => places[n] === place)
  if (rival === undefined) return
  const owner =
    rival.profileId === wanted.profileId
      ? 'This service app'
      : `“${fleet.profiles.get(rival.profileId)?.name ?? 'Another service app'}”`
  throw new UserFacingError(
    'invalid',
    `${owner} already writes ${rival.shared} to this file. Choose another name or file.`,
    { field: 'accessTokenName' },
  )
}

function refuseSameCommand(
  wanted: Pick<DeliveryTarget, 'id' | 'profileId' | 'spec'>,
  others: Iterable<DeliveryTarget>,
): void {
  for (const { id, profileId, spec } of others) {
    if (id === wanted.id || profileId !== wanted.profileId || spec.kind !== 'hook') continue
    if (wanted.spec.kind === 'hook' && spec.command === wanted.spec.command) {
      throw new UserFacingError('invalid', 'This command runs after each renewal already.', {
        field: 'command',
      })
    }
  }
}

function namesOf({ accessTokenName, refreshTokenName }: EnvFile): readonly string[] {
  const names = refreshTokenName === null ? [accessTokenName] : [accessTokenName, refreshTokenName]
  return names.map(foldedName)
}

/** Windows knows environment variables whatever their case. */
function foldedName(name: string): string {
  return process.platform === 'win32' ? name.toUpperCase() : name
}

/** The file by a path without links, as far as there is one. */
async function placeOf(file: string): Promise<string> {
  const place = await realpath(file).catch(async () => {
    const folder = await realpath(path.dirname(file)).catch(() => path.dirname(file))
    return path.join(folder, path.basename(file))
  })
  // The usual file systems of both take two spellings for one file.
  return process.platform === 'win32' || process.platform === 'darwin' ? place.toLowerCase() : place
}
