// Rehearsal answer: which token would end first, what ends on each day, and what would prevent it.
import { useMemo } from 'react'
import { isolated } from '#base/common/display-text.ts'
import { inOneUnit } from '#base/common/duration.ts'
import type { FleetView, RehearsalView, WhatIf } from '#contract/contract.ts'
import { SETTINGS } from '#contract/settings.ts'
import { useNow, useView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import { Notice } from '#renderer/components/notice.tsx'
import { relative, useMoments } from '#renderer/features/shared/moments.ts'
import { nameWithOrg, plural } from '#renderer/features/shared/words.ts'
import styles from './rehearsal-answer.module.css'
import { spanWords } from './use-forecast.ts'

/** ms */
const HOUR = 3_600_000
const DAY = 24 * HOUR

export interface Rehearsed {
  readonly whatIf: WhatIf
  readonly rehearsal: RehearsalView
  /** undefined: now. */
  readonly begins?: number
}

export function RehearsalAnswer({ whatIf, rehearsal, fleet }: Rehearsed & { readonly fleet: FleetView }) {
  const { dateOf } = useMoments()
  const dateAndTime = (at: number) => dateOf(at, at)
  const { first, tokens, customers, recoveredAt, inAnyCase } = rehearsal
  const inWords = useNow((now) => (first === null ? '' : relative(first.at, now)))
  if (first === null) {
    return (
      <Notice level="success" title="No token ends because of this">
        <p>{outlasted(whatIf, fleet)}</p>
        {inAnyCase.tokens > 0 && <InAnyCase rehearsal={rehearsal} />}
        <EndsByDay rehearsal={rehearsal} fleet={fleet} />
      </Notice>
    )
  }
  const profile = fleet.profiles.find(({ id }) => id === first.profileId)
  return (
    <Notice level="warning" title={`The first token ends ${dateAndTime(first.at)}, ${inWords}`}>
      {profile !== undefined && (
        <p>
          <a href={hrefOf({ screen: 'service-app', profileId: profile.id })}>{nameWithOrg(profile)}</a>
        </p>
      )}
      <p>
        {plural(tokens, 'token')} of {plural(customers, 'customer')} {tokens === 1 ? 'ends' : 'end'} because
        of this in the next {spanWords(rehearsal)}.{' '}
        {recoveredAt === null
          ? 'They stay expired until someone acts.'
          : `All are renewed again by ${dateAndTime(recoveredAt)}, automatically.`}
      </p>
      {inAnyCase.tokens > 0 && <InAnyCase rehearsal={rehearsal} />}
      <p>
        <strong>What would prevent it:</strong> {prevention(whatIf, rehearsal, dateAndTime(first.at), fleet)}
      </p>
      <EndsByDay rehearsal={rehearsal} fleet={fleet} />
    </Notice>
  )
}

function InAnyCase({ rehearsal: { tokens, inAnyCase } }: Pick<Rehearsed, 'rehearsal'>) {
  const is = inAnyCase.tokens === 1 ? 'ends' : 'end'
  return (
    <p>
      {tokens > 0 && 'Another '}
      {plural(inAnyCase.tokens, 'token')} of {plural(inAnyCase.customers, 'customer')} {is} in any case
      {tokens > 0 && `: ${(tokens + inAnyCase.tokens).toLocaleString()} in all`}.
    </p>
  )
}

/** How many end on each day, and which. */
function EndsByDay({
  rehearsal: { days },
  fleet,
}: Pick<Rehearsed, 'rehearsal'> & { readonly fleet: FleetView }) {
  const { dayWords, timeOfDay } = useMoments()
  const profiles = useMemo(() => new Map(fleet.profiles.map((profile) => [profile.id, profile])), [fleet])
  return days.map(({ start, tokens, inAnyCase, named }) => (
    <details key={start} className={styles.day}>
      <summary>
        {dayWords(start)}: {plural(tokens, 'token')} {tokens === 1 ? 'ends' : 'end'}
        {inAnyCase > 0 &&
          `, ${inAnyCase === tokens ? '' : `${inAnyCase.toLocaleString()} of them `}in any case`}
      </summary>
      <ul>
        {named.map(({ profileId, at }) => {
          const profile = profiles.get(profileId)
          return (
            profile !== undefined && (
              <li key={profileId}>
                <span className="figures">{timeOfDay(at)}</span>{' '}
                <a href={hrefOf({ screen: 'service-app', profileId })}>{nameWithOrg(profile)}</a>
              </li>
            )
          )
        })}
        {named.length < tokens && <li>and {(tokens - named.length).toLocaleString()} more</li>}
      </ul>
    </details>
  ))
}

/** Renewals of tokens say nothing of data sources, which live a day at most. */
export function LapsingDataSources({ whatIf, begins }: Pick<Rehearsed, 'whatIf' | 'begins'>) {
  const { kept, firstEnd } = useView().dataSources
  const span =
    whatIf.kind === 'computer-off'
      ? whatIf.days * DAY
      : whatIf.kind === 'webex-down'
        ? whatIf.hours * HOUR
        : 0
  const lapses = useNow((now) => {
    if (firstEnd === null) return ''
    // Until then they are renewed, so that only their longest life is known.
    if (begins !== undefined) return span >= DAY ? 'within a day after that' : ''
    return firstEnd - now >= span ? '' : relative(firstEnd, now)
  })
  if (lapses === '') return null
  return (
    <Notice level="warning" title={`The first data source lapses ${lapses}`}>
      <p>
        {plural(kept, 'data source')} kept alive. Each lives a day at most, and Webex delivers no data from
        then until it is renewed.
      </p>
    </Notice>
  )
}

function outlasted(whatIf: WhatIf, fleet: FleetView): string {
  switch (whatIf.kind) {
    case 'computer-off':
      return `Every token lasts longer than ${plural(whatIf.days, 'day')}, and is renewed afterwards.`
    case 'webex-down':
      return `Every token lasts longer than ${plural(whatIf.hours, 'hour')}, and is renewed afterwards.`
    case 'integration-ends':
      return `Refresh tokens keep working without it, as far as this looks ahead. ${beyond(whatIf, fleet)}`
    case 'authorization-withdrawn':
      return 'None of this customer’s tokens is in use, or they end in any case.'
  }
}

type IntegrationEnds = Extract<WhatIf, { kind: 'integration-ends' }>

/** The integration that ends, and what takes its place. */
function lost({ managerId }: IntegrationEnds, { managers }: FleetView) {
  const manager = managers.find(({ id }) => id === managerId)
  const fallback = managers.find(({ id }) => id === manager?.fallbackId)
  const nameOf = (one: typeof manager) => (one === undefined ? 'the integration' : isolated(one.name))
  return { name: nameOf(manager), fallback, fallbackName: nameOf(fallback), isOnly: managers.length < 2 }
}

/** What issues tokens where no refresh token does. */
function beyond(whatIf: IntegrationEnds, fleet: FleetView): string {
  const { name, fallback, fallbackName } = lost(whatIf, fleet)
  if (fallback === undefined)
    return `${name} has no fallback for when they do not: ${addition(whatIf, fleet)}.`
  return `Where they do not, the fallback ${fallbackName} issues new tokens.`
}

function addition(whatIf: IntegrationEnds, fleet: FleetView): string {
  const { isOnly } = lost(whatIf, fleet)
  const how = isOnly ? 'connect a second integration and choose it as fallback' : 'choose one'
  return `${how} in Settings → Token managers`
}

function prevention(whatIf: WhatIf, rehearsal: RehearsalView, before: string, fleet: FleetView): string {
  switch (whatIf.kind) {
    case 'computer-off':
      return `Leave this computer on, or run the app on one that stays on. ${bridging(whatIf.days * DAY, lifetimeIn(rehearsal, fleet))}`
    case 'webex-down':
      return bridging(whatIf.hours * HOUR, lifetimeIn(rehearsal, fleet))
    case 'integration-ends': {
      const { name, fallback, fallbackName } = lost(whatIf, fleet)
      const reconnect = `Reconnect ${name} before ${before}`
      if (fallback === undefined)
        return `${reconnect}. Or have a fallback take its place: ${addition(whatIf, fleet)}.`
      return `${reconnect}. Its fallback ${fallbackName} does not keep these tokens alive: check that it stays connected, and that its account has access to their service apps.`
    }
    case 'authorization-withdrawn':
      return 'Only the customer’s full admin can: by authorizing the service app again in Control Hub.'
  }
}

/** The shortest of the tokens that are named; null: none is known. */
function lifetimeIn({ days }: RehearsalView, { profiles }: FleetView): number | null {
  const named = new Set(days.flatMap((day) => day.named.map(({ profileId }) => profileId)))
  const lifetimes = profiles.flatMap(({ id, accessToken }) =>
    named.has(id) && accessToken !== null && accessToken.expiresAt !== null
      ? [accessToken.expiresAt - accessToken.issuedAt]
      : [],
  )
  return lifetimes.length === 0 ? null : Math.min(...lifetimes)
}

/** Refreshes are spread by as much of the lifetime around the setting, in the renewal policy. */
const SPREAD = 0.1

/** What bridges a time without renewals: only what helps tokens of this lifetime. */
export function bridging(length: number, lifetime: number | null): string {
  if (lifetime === null) return 'Refresh the tokens just before it begins.'
  if (length >= lifetime)
    return `No setting helps: these tokens live for ${inOneUnit(lifetime)}, and this lasts ${inOneUnit(length)}.`
  const most = SETTINGS.refreshAt.offered.findLast((share) => share + SPREAD <= 1 - length / lifetime)
  return most === undefined
    ? `Refresh the tokens just before it begins: they then last ${inOneUnit(lifetime)}.`
    : `Set “Refresh at (% of lifetime)” in Settings to ${Math.round(most * 100)}\u00a0% or less, at least ${inOneUnit(lifetime * most)} before it begins; or refresh the tokens just before it.`
}
