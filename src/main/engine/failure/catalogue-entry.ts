// Catalogue entry: what the failure catalogue says of a kind of failure, and what entries are made of.
import type { ManagerId } from '../domain/model.ts'
import type { FixAction, Owner } from '../domain/view-model.ts'
import type {
  Consequence,
  Failure,
  FailureKind,
  FailureSubject,
  IncidentKind,
  IncidentSubject,
} from './failure.ts'

export interface CatalogueEntry<K extends FailureKind> {
  readonly consequence: Consequence
  /** One or two sentences; the tracking id is kept apart. */
  readonly sentence: (failure: Failure<K>, about: FailureSubject) => string
  /** One or two words for a table. */
  readonly shortName: string
  readonly owner: Owner
  /** The one button that fixes it; null: none does. */
  readonly fix: (failure: Failure<K>, about: FailureSubject) => FixAction | null
  readonly incident: (failure: Failure<K>) => IncidentKind
}

export type Title = (about: IncidentSubject) => string

export const PASSING: Consequence = {
  next: 'last-tenth',
  again: 'backoff',
  isRefusal: false,
  grantDead: false,
}
export const NEEDS_YOU: Consequence = {
  next: 'other-tiers',
  again: 'needs-attention',
  isRefusal: true,
  grantDead: false,
}
export const STOPS_TIER_2: Consequence = { ...NEEDS_YOU, stops: 'tier-2' }

export function passing(key: string, countedBy: IncidentKind['countedBy'], title: Title): IncidentKind {
  return { key, countedBy, title, level: 'warning', isPassing: true }
}

export function needsYou(key: string, countedBy: IncidentKind['countedBy'], title: Title): IncidentKind {
  return { ...passing(key, countedBy, title), isPassing: false }
}

/** Those who use a token manager are counted in its title. */
export function dependedOn(words: string): Title {
  return ({ customers }) => {
    if (customers === 0) return words
    return `${words}: ${customers === 1 ? '1 customer depends' : `${customers} customers depend`} on it`
  }
}

export function refresh(about: FailureSubject): FixAction | null {
  return about.kind === 'profile' ? { kind: 'refresh', profileId: about.id } : null
}

export function edit(about: FailureSubject, field: string | null): FixAction | null {
  return about.kind === 'profile' ? { kind: 'edit-service-app', profileId: about.id, field } : null
}

export function replaceSecret(about: FailureSubject): FixAction | null {
  return about.kind === 'profile' ? { kind: 'replace-secret', profileId: about.id } : null
}

export function connect({ managerId }: { readonly managerId: ManagerId | null }): FixAction {
  return { kind: 'connect-integration', managerId }
}

export const REFUSED = passing(
  'refused',
  'service-app',
  ({ name, orgs }) => `Webex rejects renewals of “${name}” in ${orgs}`,
)

export const GRANT_ENDED: { readonly [R in 'dead' | 'expired']: Title } = {
  dead: ({ name, orgs }) => `Refresh token of “${name}” no longer accepted in ${orgs}`,
  expired: ({ name, orgs }) => `Refresh token of “${name}” expired in ${orgs}`,
}
