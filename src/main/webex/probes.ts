// By which request a profile proves that its token works. Only GETs that mint nothing.
import type { Probe } from '../engine/model.ts'

/**
 * The path of a probe, relative to the base URL. `/dataSources/schemas` needs a valid token and no particular scope;
 * the others need the scope of their API, so a 403 from them speaks of rights, not of the token.
 */
export function probePath(probe: Probe): string {
  switch (probe.kind) {
    case 'data-sources':
      return '/dataSources/schemas'
    case 'meetings':
      return '/meetings?max=1'
    case 'messaging':
      return '/rooms?max=1'
    case 'contact-center':
      return '/contactCenter/tasks?pageSize=1'
    case 'custom':
      return normalizeProbePath(probe.path)
    default:
      return assertNever(probe)
  }
}

/**
 * A path typed by a person, held to the base URL: it begins with one slash, has no fragment, and a leading `/v1`
 * (which the base URL already has) is dropped.
 */
export function normalizeProbePath(path: string): string {
  const [withoutFragment = ''] = path.trim().split('#', 1)
  const held = `/${withoutFragment.replace(/^[/\\]+/, '')}`
  return held.replace(/^\/v1(?=\/|\?|$)/, '') || '/'
}

function assertNever(probe: never): never {
  throw new Error(`unknown probe ${JSON.stringify(probe)}`)
}
