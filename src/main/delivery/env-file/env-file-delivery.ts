// Env file delivery: writes the tokens of a service app to variables of a file.
import path from 'node:path'
import type { EnvValue } from '#base/node/env-editor.ts'
import type {
  DeliverySpec,
  FileOddity,
  SeenFile,
  SpecFlaw,
  SpecReading,
} from '#engine/domain/delivery-spec.ts'
import type { DeliverableToken, DeliveryHandler, OtherTarget, Performed } from '../delivery-handler.ts'
import { checkEnvFile, digestOf } from './env-file-check.ts'
import { fileKey } from './env-file-place.ts'
import type { EnvFiles } from './env-writer.ts'
import type { EnvFileRemark } from './remark.ts'

type EnvFileSpec = DeliverySpec<'env-file'>

export function envFileDelivery(files: EnvFiles): DeliveryHandler<'env-file'> {
  return {
    // Files are quick and share a disk.
    atOnce: 4,
    accept,
    places,
    conflict,
    perform: (spec, token, signal, others) => untilAborted(signal, write(files, spec, token, others)),
    forget: ({ path: file }) => files.forget(file),
  }
}

async function accept(
  typed: EnvFileSpec,
  before: EnvFileSpec | null,
  shown: string | null = null,
): Promise<SpecReading> {
  // A backup may hold paths of another system; what is typed has to be one of this.
  if (!path.isAbsolute(typed.path)) return flawed('path', 'Give the whole path, from the root on.')
  if (foldedName(typed.accessTokenName) === foldedName(typed.refreshTokenName ?? '')) {
    return flawed('refreshTokenName', 'The two tokens need two names.')
  }
  const spec = { ...typed, path: path.normalize(typed.path) }
  const seenBefore = before?.path === spec.path ? before.seen : undefined
  const { open, seen, digest } = await check(spec, seenBefore)
  if (shown !== null && shown !== digest) return flawed('confirmed', CHANGED_SINCE)
  const confirmed = spec.confirmed.filter((oddity) => oddity !== 'changed' && oddity !== 'mounted')
  const inPlace = spec.confirmed.includes('mounted') ? { inPlace: true } : {}
  if (open === undefined)
    return { kind: 'read', spec: { ...spec, confirmed, ...inPlace, ...(seen === null ? {} : { seen }) } }
  return flawed(open.confirm === null ? 'path' : 'confirmed', open.sentence)
}

const CHANGED_SINCE =
  'The file or its folder has changed since you looked at it. Choose the file again and confirm its warnings.'

async function places(spec: EnvFileSpec): Promise<readonly string[]> {
  const file = await fileKey(spec.path)
  return namesIn(spec).map((name) => `${file}\0${name}`)
}

/** Two targets that write the same variable of the same file would overwrite each other's token for ever. */
async function conflict(
  spec: EnvFileSpec,
  others: readonly OtherTarget<'env-file'>[],
): Promise<SpecFlaw | null> {
  const names = namesIn(spec)
  const rivals = others.flatMap((other) => {
    const shared = namesIn(other.spec).find((name) => names.includes(name))
    return shared === undefined ? [] : [{ ...other, shared }]
  })
  const [file, ...files] = await Promise.all(
    [spec, ...rivals.map((rival) => rival.spec)].map((one) => fileKey(one.path)),
  )
  const rival = rivals.find((_, n) => files[n] === file)
  if (rival === undefined) return null
  const sentence = `${rival.owner} already writes ${rival.shared} to this file. Choose another name or file.`
  return { field: 'accessTokenName', sentence }
}

/** A disk that hangs reacts to no signal: the delivery ends, and the next start sees what came of the write. */
function untilAborted(signal: AbortSignal, work: Promise<Performed>): Promise<Performed> {
  return new Promise((resolve, reject) => {
    const breakOff = () => resolve({ kind: 'broken-off', ran: null })
    signal.addEventListener('abort', breakOff)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', breakOff))
  })
}

/** Everything that was confirmed. */
function confirmedOf({ confirmed, inPlace }: EnvFileSpec): readonly FileOddity[] {
  return inPlace === true ? [...confirmed, 'mounted'] : confirmed
}

async function write(
  files: EnvFiles,
  spec: EnvFileSpec,
  { accessToken, refreshToken }: DeliverableToken,
  others: ((file: string) => readonly EnvFileSpec[]) | null,
): Promise<Performed> {
  if (others !== null) {
    // A target that came with a backup was checked on another computer: here its file may be one that Git commits.
    const { open, target } = await check(spec, spec.seen)
    if (open !== undefined) return refused(open)
    // Links may have changed since its place was its own; afterwards `seen` tells.
    const taken = others(target).flatMap(namesIn)
    const shared = namesIn(spec).find((name) => taken.includes(name))
    if (shared !== undefined) return { kind: 'failed', sentence: writtenAlready(target, shared), ran: null }
  }
  const values: EnvValue[] = [{ name: spec.accessTokenName, value: accessToken }]
  if (spec.refreshTokenName !== null && refreshToken !== null) {
    values.push({ name: spec.refreshTokenName, value: refreshToken })
  }
  const writing = await files.write(spec.path, values, { ...spec, confirmed: confirmedOf(spec) })
  if (writing.kind === 'refused') return refused(writing.remark)
  if (writing.kind === 'failed') return { kind: 'failed', sentence: writing.sentence, ran: null }
  // From now on it is compared with this.
  const seen = spec.seen === undefined ? { spec: { ...spec, seen: writing.seen } } : {}
  return { kind: 'delivered', ran: null, ...seen }
}

function writtenAlready(target: string, name: string): string {
  return `Another delivery already writes ${name} to ${target}, where this path leads now. Correct the link on the way, or choose another file or name.`
}

function refused({ confirm, sentence }: EnvFileRemark): Performed {
  const how = confirm === null ? '' : ' To confirm, edit this delivery.'
  return { kind: 'failed', sentence: `${sentence}${how}`, ran: null }
}

/** `open`: what is still to be confirmed, or in the way. */
async function check(spec: EnvFileSpec, before: SeenFile | undefined) {
  const checked = await checkEnvFile(spec.path, before)
  const { remarks, seen, target } = checked
  const confirmed = confirmedOf(spec)
  return {
    seen,
    target,
    digest: digestOf(checked),
    open: remarks.find(({ confirm }) => confirm === null || !confirmed.includes(confirm)),
  }
}

function namesIn({ accessTokenName, refreshTokenName }: EnvFileSpec): readonly string[] {
  const names = refreshTokenName === null ? [accessTokenName] : [accessTokenName, refreshTokenName]
  return names.map(foldedName)
}

/** Windows compares the names of environment variables without case. */
function foldedName(name: string): string {
  return process.platform === 'win32' ? name.toUpperCase() : name
}

function flawed(field: keyof EnvFileSpec, sentence: string): SpecReading {
  return { kind: 'flawed', flaw: { field, sentence } }
}
