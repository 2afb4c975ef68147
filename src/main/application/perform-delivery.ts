// One delivery: the spec decides who does it.
import { homedir } from 'node:os'
import { assertNever } from '#base/common/assert-never.ts'
import type { EnvValue } from '#base/node/env-editor.ts'
import type { DeliverableToken, Performed } from '#delivery/delivery-handler.ts'
import { checkEnvFile } from '#delivery/env-file/env-file-check.ts'
import type { EnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { runHook } from '#delivery/hook/hook.ts'
import type { DeliverySpec } from '#engine/domain/delivery-model.ts'
import type { Clock } from '#engine/domain/ports.ts'

type EnvFileSpec = Extract<DeliverySpec, { kind: 'env-file' }>

export interface PerformingParts {
  readonly clock: Pick<Clock, 'after'>
  readonly writer: EnvFileWriter
  readonly redact: (text: string) => string
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
}

export function performing({ clock, writer, redact, log }: PerformingParts) {
  const { env, platform } = process
  const hooks = { clock, env, home: homedir(), platform, redact, log }
  return (
    spec: DeliverySpec,
    token: DeliverableToken,
    signal: AbortSignal,
    isFirst: boolean,
  ): Promise<Performed> => {
    switch (spec.kind) {
      case 'env-file':
        return notLongerThan(
          signal,
          isFirst ? firstWritten(writer, spec, token) : written(writer, spec, token),
        )
      case 'hook':
        return runHook(hooks, spec, token, signal)
      default:
        return assertNever(spec)
    }
  }
}

/** A disk that hangs hears no signal: then nobody waits for it, and what comes of it is seen at the next start. */
function notLongerThan(signal: AbortSignal, work: Promise<Performed>): Promise<Performed> {
  return new Promise((resolve, reject) => {
    const breakOff = () => resolve({ kind: 'broken-off', ran: null })
    signal.addEventListener('abort', breakOff)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', breakOff))
  })
}

/** A target that came with a backup was looked at on another computer: here its file may be one that Git commits. */
async function firstWritten(
  writer: EnvFileWriter,
  spec: EnvFileSpec,
  token: DeliverableToken,
): Promise<Performed> {
  const { remarks } = await checkEnvFile(spec.path)
  const open = remarks.find(({ confirm }) => confirm === null || !spec.confirmed.includes(confirm))
  return open === undefined
    ? written(writer, spec, token)
    : { kind: 'failed', sentence: open.sentence, ran: null }
}

async function written(
  writer: EnvFileWriter,
  spec: EnvFileSpec,
  { accessToken, refreshToken }: DeliverableToken,
): Promise<Performed> {
  const values: EnvValue[] = [{ name: spec.accessTokenName, value: accessToken }]
  if (spec.refreshTokenName !== null && refreshToken !== null) {
    values.push({ name: spec.refreshTokenName, value: refreshToken })
  }
  const writing = await writer.write(spec.path, values, { confirmed: spec.confirmed })
  switch (writing.kind) {
    case 'written':
      return { kind: 'delivered', ran: null }
    case 'refused':
      return { kind: 'failed', sentence: writing.remark.sentence, ran: null }
    case 'failed':
      return { kind: 'failed', sentence: writing.sentence, ran: null }
    default:
      return assertNever(writing)
  }
}
