// Import plan: what would come in row by row, what is refused and why. Stores nothing: confirming stores `changes` as they
// are, in one transaction.

import { isolated } from '#base/common/display-text.ts'
import { appKey, orgKey } from '#base/common/webex-id.ts'
import type { TokenConfigManager } from '#contract/token-config.ts'
import { idProblem, nameProblem } from '#contract/value-rules.ts'
import type { Fleet, FleetChange, Instant, ServiceApp } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { ProfileView } from '#engine/domain/view-model.ts'
import type { ImportCandidate, ImportFlaw } from './candidate.ts'
import type { ImportField } from './known-names.ts'
import { pastedPair } from './pasted-pair.ts'

/** May be shown as it is: no secret is in it. */
export type ImportRow = {
  readonly line: number
  readonly name: string
  readonly orgName: string
  readonly appId: string
  readonly clientId: string
  readonly targetOrgId: string
} & (
  | { readonly kind: 'comes-in'; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly field: ImportField | null; readonly sentence: string }
)

export interface ImportPlan {
  readonly rows: readonly ImportRow[]
  readonly comingIn: number
  readonly refused: number
  /** Of the rows that come in. Holds secrets. */
  readonly changes: readonly FleetChange[]
}

export interface ImportDependencies {
  readonly fleet: Fleet
  /** The token manager of the same file. */
  readonly tokenManager?: TokenConfigManager | null
  /** In the list as well, although they cannot be read. */
  readonly unreadable?: readonly Pick<ProfileView, 'name' | 'appId' | 'targetOrgId'>[]
  readonly now: Instant
  readonly newId: () => string
}

/** To be made again right before storing, since the fleet may have changed since the dry run. */
export function planImport(candidates: readonly ImportCandidate[], parts: ImportDependencies): ImportPlan {
  const known = knownIn(parts.fleet, parts.tokenManager ?? null)
  for (const { name, appId, targetOrgId } of parts.unreadable ?? []) {
    known.profiles.set(
      profileKey(appId, targetOrgId),
      `Already in the list, but cannot be read: repair ${isolated(name)}.`,
    )
  }
  const changes: FleetChange[] = []
  const rows = candidates.map((candidate): ImportRow => {
    const name = candidate.name === '' ? nameFor(candidate) : candidate.name
    const { line, orgName, appId, clientId, targetOrgId, warnings } = candidate
    const flaw = candidate.flaw ?? clashOf(candidate, known)
    if (flaw !== null)
      return { line, ...harmless({ name, orgName, appId, clientId, targetOrgId }, flaw), ...refusal(flaw) }
    changes.push(...changesFor(candidate, name, known, parts))
    return { line, name, orgName, appId, clientId, targetOrgId, kind: 'comes-in', warnings }
  })
  const comingIn = rows.filter(({ kind }) => kind === 'comes-in').length
  return { rows, comingIn, refused: rows.length - comingIn, changes }
}

interface Known {
  /** By what each App ID names. */
  readonly apps: Map<string, { readonly app: ServiceApp; readonly where: string }>
  /** App id and org, to where it was seen. */
  readonly profiles: Map<string, string>
  /** Of token manager integrations: they look like those of a service app. */
  readonly integrations: readonly Pick<ServiceApp, 'clientId' | 'clientSecret'>[]
}

function knownIn(fleet: Fleet, tokenManager: TokenConfigManager | null): Known {
  const apps = new Map<string, { app: ServiceApp; where: string }>()
  for (const app of fleet.serviceApps.values())
    apps.set(appKey(app.appId), { app, where: 'the one stored already' })
  const profiles = new Map<string, string>()
  for (const { name, serviceAppId, targetOrgId } of fleet.profiles.values()) {
    const app = fleet.serviceApps.get(serviceAppId)
    if (app !== undefined)
      profiles.set(profileKey(app.appId, targetOrgId), `Already in the list: ${isolated(name)}.`)
  }
  const integrations = [...fleet.managers.values()].flatMap((manager) =>
    manager.kind === 'integration' ? [manager] : [],
  )
  return { apps, profiles, integrations: [...integrations, ...integrationIn(tokenManager)] }
}

function integrationIn(config: TokenConfigManager | null): Known['integrations'] {
  if (config?.kind !== 'integration') return []
  return [{ clientId: config.clientId, clientSecret: new Secret(config.clientSecret) }]
}

/** Whether it contradicts or repeats what is stored or came before it in the file. */
function clashOf(candidate: ImportCandidate, known: Known): ImportFlaw | null {
  for (const { clientId, clientSecret } of known.integrations) {
    if (clientId === candidate.clientId) return ofIntegration('clientId', 'client ID')
    if (clientSecret.equals(candidate.clientSecret)) return ofIntegration('clientSecret', 'client secret')
  }
  const repeated = known.profiles.get(profileKey(candidate.appId, candidate.targetOrgId))
  if (repeated !== undefined) return { field: null, sentence: repeated }
  const same = known.apps.get(appKey(candidate.appId))
  if (same === undefined) return null
  if (same.app.clientId !== candidate.clientId) {
    return { field: 'clientId', sentence: `The client ID differs from ${same.where}.` }
  }
  if (!same.app.clientSecret.equals(candidate.clientSecret)) {
    return { field: 'clientSecret', sentence: `The client secret differs from ${same.where}.` }
  }
  return null
}

function ofIntegration(field: ImportField, label: string): ImportFlaw {
  return { field, sentence: `This is the ${label} of the token manager integration, not of a service app.` }
}

function changesFor(
  candidate: ImportCandidate,
  name: string,
  known: Known,
  parts: ImportDependencies,
): FleetChange[] {
  const { line, appId, clientId, targetOrgId, clientSecret, accessToken, refreshToken, orgName } = candidate
  const changes: FleetChange[] = []
  let app = known.apps.get(appKey(appId))?.app
  if (app === undefined && clientSecret !== null) {
    app = { id: parts.newId(), appId, clientId, clientSecret }
    known.apps.set(appKey(appId), { app, where: `the one in line ${line}` })
    changes.push({ kind: 'service-app-saved', serviceApp: app })
  }
  if (app === undefined) return []
  known.profiles.set(profileKey(appId, targetOrgId), `Same as line ${line}.`)
  changes.push({
    kind: 'profile-saved',
    profile: {
      id: parts.newId(),
      name,
      serviceAppId: app.id,
      targetOrgId,
      orgName: orgName === '' ? null : orgName,
      managerId: null,
      probe: { kind: 'data-sources' },
      paused: false,
      createdAt: parts.now,
      pair: pastedPair(accessToken, refreshToken, parts.now, null),
    },
  })
  return changes
}

function profileKey(appId: string, targetOrgId: string): string {
  return `${appKey(appId)} ${orgKey(targetOrgId)}`
}

function nameFor({ orgName, targetOrgId }: ImportCandidate): string {
  if (orgName !== '') return orgName
  const key = orgKey(targetOrgId)
  // What is no ID may be a secret, and a part of one must not be shown.
  return idProblem('', targetOrgId) === null ? `Org ${key.slice(0, 8)}` : 'Org'
}

function refusal({ field, sentence }: ImportFlaw) {
  return { kind: 'refused', field, sentence } as const
}

type Shown = Pick<ImportRow, 'name' | 'orgName' | 'appId' | 'clientId' | 'targetOrgId'>

/** What is refused may be anything, a secret in the wrong column as well: only what can stand in its field is shown. */
function harmless(row: Shown, { field }: ImportFlaw): Shown {
  const id = (of: 'appId' | 'clientId' | 'targetOrgId') =>
    field === of || idProblem('', row[of]) !== null ? '' : row[of]
  const isNameWrong = field === 'name' || field === 'orgName' || nameProblem('', row.name) !== null
  return {
    name: isNameWrong ? '' : row.name,
    orgName: isNameWrong || nameProblem('', row.orgName) !== null ? '' : row.orgName,
    appId: id('appId'),
    clientId: id('clientId'),
    targetOrgId: id('targetOrgId'),
  }
}
