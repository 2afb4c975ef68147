// One delivery: the spec decides who does it.
import { homedir } from 'node:os'
import type { DeliverableToken, Performed } from '../../delivery/deliverable.ts'
import type { EnvValue } from '../../delivery/env-file/edit.ts'
import type { EnvFileWriter } from '../../delivery/env-file/write.ts'
import { runHook } from '../../delivery/hook.ts'
import { assertNever } from '../../engine/assert-never.ts'
import type { DeliverySpec } from '../../engine/delivery.ts'
import type { Clock } from '../../engine/ports.ts'

export interface PerformingParts {
  readonly clock: Pick<Clock, 'after'>
  readonly writer: EnvFileWriter
  readonly redact: (text: string) => string
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
}

export function performing({ clock, writer, redact, log }: PerformingParts) {
  const { env, platform } = process
  const hooks = { clock, env, home: homedir(), platform, redact, log }
  return (spec: DeliverySpec, token: DeliverableToken, signal: AbortSignal): Promise<Performed> => {
    switch (spec.kind) {
      case 'env-file':
        return written(writer, spec, token)
      case 'hook':
        return runHook(hooks, spec, token, signal)
      default:
        return assertNever(spec)
    }
  }
}

async function written(
  writer: EnvFileWriter,
  spec: Extract<DeliverySpec, { kind: 'env-file' }>,
  { accessToken, refreshToken }: DeliverableToken,
): Promise<Performed> {
  const values: EnvValue[] = [{ name: spec.accessTokenName, value: accessToken }]
  if (spec.refreshTokenName !== null && refreshToken !== null) {
    values.push({ name: spec.refreshTokenName, value: refreshToken })
  }
  const writing = await writer.write(spec.path, values, { confirmed: spec.confirmed })
  switch (writing.kind) {
    case 'written':
      return { kind: 'delivered' }
    case 'refused':
      return { kind: 'failed', sentence: writing.remark.sentence }
    case 'failed':
      return { kind: 'failed', sentence: writing.sentence }
    default:
      return assertNever(writing)
  }
}
