// What the integration's two values look like, said while they are typed. Webex's habits, never a hard rule.
import type { Remark } from '../../parts/field.tsx'

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
      sentence: `This is the client ID of the service app ${mixedUp.name}. The integration has its own.`,
    }
  } else if (/\s/.test(typed.clientId)) {
    remarks.clientId = { level: 'warning', sentence: 'A client ID has no blanks in it.' }
  } else if (/^Y2lzY29zcGFyazovL/.test(typed.clientId)) {
    remarks.clientId = {
      level: 'warning',
      sentence: 'This looks like an App ID. The client ID is the value that begins with C.',
    }
  }
  if (typed.clientSecret !== '' && typed.clientSecret === typed.clientId) {
    remarks.clientSecret = { level: 'error', sentence: 'This is the client ID again, not the secret.' }
  }
  return remarks
}
