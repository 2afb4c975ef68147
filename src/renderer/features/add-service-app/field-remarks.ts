// Remarks on values while they are typed: look-alikes mixed up, placeholders, IDs that belong to something else. These are Webex's habits, not its rules: most are warnings. What stops saving is an empty field, and a
// value that its field cannot take (see `value-rules.ts`), which main refuses as well.

import { isolated } from '#base/common/display-text.ts'
import { appKey, decodeWebexId, isSameOrg, isUuid, orgKey } from '#base/common/webex-id.ts'
import { isPlaceholder } from '#contract/token-config.ts'
import { PLAIN_FIELDS, type PlainField, secretIn, valueProblem } from '#contract/value-rules.ts'
import type { Remark } from '#renderer/components/field.tsx'

export interface TypedServiceApp {
  readonly name: string
  readonly appId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly targetOrgId: string
  readonly orgName: string
  readonly accessToken: string
  readonly refreshToken: string
}

export type FieldName = keyof TypedServiceApp
export type Remarks = Readonly<Partial<Record<FieldName, Remark>>>

interface KnownThings {
  /** Client IDs of the connected integrations. */
  readonly integrationClientIds: readonly string[]
  /** Profiles that are already here, without the one being edited. */
  readonly profiles: readonly {
    readonly name: string
    readonly appId: string
    readonly targetOrgId: string
  }[]
  /** Of an edit: may stay as they are, whatever an older version let in. */
  readonly stored?: Readonly<Record<PlainField, string>>
}

const error = (sentence: string): Remark => ({ level: 'error', sentence })
const warning = (sentence: string): Remark => ({ level: 'warning', sentence })
const good = (sentence: string): Remark => ({ level: 'good', sentence })

export function remarksOn(typed: TypedServiceApp, known: KnownThings): Remarks {
  const remarks: Partial<Record<FieldName, Remark | null>> = {
    appId: onAppId(typed),
    clientId: onClientId(typed, known),
    clientSecret: onClientSecret(typed),
    targetOrgId: onTargetOrgId(typed, known),
    accessToken: onAccessToken(typed),
    refreshToken: onRefreshToken(typed),
  }
  for (const field of Object.keys(typed) as FieldName[]) {
    const text = typed[field]
    const isName = field === 'name' || field === 'orgName'
    const problem = text === '' ? null : valueProblem(field, text)
    if (isPlaceholder(text) && !isName)
      remarks[field] = error('This is a placeholder of the template. Enter the real value.')
    else if (problem !== null)
      remarks[field] = isStored(field, text, known) ? warning(problem) : error(problem)
  }
  const inClear = secretIn(changedIn(typed, known), secretsIn(typed))
  if (inClear !== null) remarks[inClear.field] = error(inClear.sentence)
  return Object.fromEntries(Object.entries(remarks).filter(([, remark]) => remark !== null)) as Remarks
}

function isStored(field: FieldName, text: string, { stored }: KnownThings): boolean {
  const plain = PLAIN_FIELDS.find((each) => each === field)
  return stored !== undefined && plain !== undefined && stored[plain] === text
}

function changedIn(typed: TypedServiceApp, known: KnownThings): Partial<TypedServiceApp> {
  const changed = PLAIN_FIELDS.filter((field) => !isStored(field, typed[field], known))
  return Object.fromEntries(changed.map((field) => [field, typed[field]]))
}

function secretsIn({ clientSecret, accessToken, refreshToken }: TypedServiceApp): readonly string[] {
  return [clientSecret, accessToken, refreshToken].filter((secret) => secret !== '')
}

/** What must be there before it can be saved. */
export function missingIn(typed: TypedServiceApp, secretStored: boolean): Remarks {
  const missing: Partial<Record<FieldName, Remark>> = {}
  if (typed.name === '') missing.name = error('Enter a name.')
  if (typed.appId === '') missing.appId = error('The App ID is missing.')
  if (typed.clientId === '') missing.clientId = error('The client ID is missing.')
  if (typed.clientSecret === '' && !secretStored)
    missing.clientSecret = error('The client secret is missing.')
  if (typed.targetOrgId === '') missing.targetOrgId = error('The target org ID is missing.')
  return missing
}

function onAppId({ appId, clientId }: TypedServiceApp): Remark | null {
  if (appId === '') return null
  const decoded = decodeWebexId(appId)
  if (decoded === null) {
    return appId === clientId
      ? warning('This is the client ID. The App ID is the longer value, usually beginning with Y2lz.')
      : null
  }
  if (decoded.kind === 'ORGANIZATION') return warning('This is an org ID. It belongs in Target org ID.')
  if (decoded.kind !== 'APPLICATION')
    return warning(`This is the ID of a ${decoded.kind.toLowerCase()}, not of an app.`)
  if (clientId !== '' && decoded.id !== clientId) {
    return warning('This App ID belongs to another client ID than the one entered below.')
  }
  return clientId === '' ? null : good('App ID and client ID belong together.')
}

function onClientId({ clientId }: TypedServiceApp, known: KnownThings): Remark | null {
  if (clientId === '') return null
  if (known.integrationClientIds.includes(clientId)) {
    return error("This looks like the integration's client ID. The service app has its own.")
  }
  const decoded = decodeWebexId(clientId)
  if (decoded?.kind === 'APPLICATION')
    return warning('This looks like the App ID. The client ID begins with C.')
  if (decoded?.kind === 'ORGANIZATION') return warning('This is an org ID, not a client ID.')
  return null
}

function onClientSecret({ clientSecret, clientId, appId }: TypedServiceApp): Remark | null {
  if (clientSecret === '') return null
  if (clientSecret === clientId) return error('This is the client ID, not the secret.')
  if (clientSecret === appId) return error('This is the App ID, not the secret.')
  return null
}

function onTargetOrgId({ targetOrgId, appId }: TypedServiceApp, known: KnownThings): Remark | null {
  if (targetOrgId === '') return null
  const decoded = decodeWebexId(targetOrgId)
  if (decoded?.kind === 'APPLICATION')
    return warning('This is an App ID. The org ID is shown in Control Hub under Account.')
  if (decoded?.kind === 'PEOPLE') return warning('This is the ID of a person, not of an org.')
  if (decoded !== null && decoded.kind !== 'ORGANIZATION')
    return warning(`This is the ID of a ${decoded.kind.toLowerCase()}, not of an org.`)
  const place = placeOf({ appId, targetOrgId })
  const twin = known.profiles.find((profile) => knownPlace(profile) === place)
  if (twin !== undefined)
    return warning(`This service app is already in the list for this org, as ${isolated(twin.name)}.`)
  // Webex has the last word.
  return isUuid(orgKey(targetOrgId))
    ? good('Looks like an org ID.')
    : warning('This does not look like a Webex org ID, which is a UUID or begins with Y2lz.')
}

/** The same for an app in an org, however their IDs are spelled. */
function placeOf({ appId, targetOrgId }: Pick<TypedServiceApp, 'appId' | 'targetOrgId'>): string {
  return `${appKey(appId)} ${orgKey(targetOrgId)}`
}

/** Kept with the profile: each key press compares all of them. */
const places = new WeakMap<object, string>()

function knownPlace(profile: KnownThings['profiles'][number]): string {
  const place = places.get(profile) ?? placeOf(profile)
  places.set(profile, place)
  return place
}

function onAccessToken({ accessToken, refreshToken, targetOrgId }: TypedServiceApp): Remark | null {
  if (accessToken === '') return null
  if (accessToken === refreshToken)
    return error('Access token and refresh token are the same. One of them is wrong.')
  const org = /_([0-9a-f]{8}-[0-9a-f-]{27})$/i.exec(accessToken)?.[1]
  if (org !== undefined && targetOrgId !== '' && !isSameOrg(org, targetOrgId)) {
    return warning('This token was issued for another org than the target org.')
  }
  return null
}

function onRefreshToken({ accessToken, refreshToken }: TypedServiceApp): Remark | null {
  if (refreshToken === '' || refreshToken !== accessToken) return null
  return error('Access token and refresh token are the same. One of them is wrong.')
}
