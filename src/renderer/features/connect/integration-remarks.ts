// Remarks on the integration's two values while they are typed: what Webex's values look like, and the rules of main.
import { isolated } from '#base/common/display-text.ts'
import { secretIn, valueProblem } from '#contract/value-rules.ts'
import type { Remark } from '#renderer/components/field.tsx'

/** The scope that lets an integration issue tokens for service apps. */
export const REQUIRED_SCOPE = 'spark:applications_token'

interface Typed {
  readonly clientId: string
  readonly clientSecret: string
}

/** `serviceApps`: those already here; the two sets of credentials are mixed up all the time. */
export function integrationRemarks(
  typed: Typed,
  serviceApps: readonly { readonly clientId: string; readonly name: string }[],
): Readonly<Record<string, Remark>> {
  const remarks: Record<string, Remark> = {}
  const mixedUp = serviceApps.find(({ clientId }) => clientId === typed.clientId)
  if (mixedUp !== undefined) {
    remarks.clientId = {
      level: 'error',
      sentence: `This is the client ID of the service app ${isolated(mixedUp.name)}. The integration has its own.`,
    }
  } else if (/^Y2lzY29zcGFyazovL/.test(typed.clientId)) {
    remarks.clientId = {
      level: 'warning',
      sentence: 'This looks like an App ID. The client ID is the value that begins with C.',
    }
  }
  if (typed.clientSecret !== '' && typed.clientSecret === typed.clientId) {
    remarks.clientSecret = { level: 'error', sentence: 'This is the client ID, not the secret.' }
  } else if (typed.clientSecret !== '') {
    const inClear = secretIn(typed, [typed.clientSecret])
    if (inClear !== null) remarks.clientId = { level: 'error', sentence: inClear.sentence }
  }
  for (const field of ['clientId', 'clientSecret'] as const) {
    const problem = typed[field] === '' ? null : valueProblem(field, typed[field])
    if (problem !== null) remarks[field] = { level: 'error', sentence: problem }
  }
  return remarks
}
