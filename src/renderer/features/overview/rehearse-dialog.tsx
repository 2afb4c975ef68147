// Rehearse: plays the days ahead as if something happened, and says which token would end first and what would prevent it.
import { useEffect, useMemo, useRef, useState } from 'react'
import { isolated } from '#base/common/display-text.ts'
import { inOneUnit } from '#base/common/duration.ts'
import type { FleetView, RehearsalView, WhatIf } from '#contract/contract.ts'
import { SETTINGS } from '#contract/settings.ts'
import { useAsk, useNow, useView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import fieldStyles from '#renderer/components/field.module.css'
import { Field, NumberField } from '#renderer/components/field.tsx'
import { Form } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import { ProgressBar } from '#renderer/components/progress-bar.tsx'
import { dateFieldOf, dayStart, midnight } from '#renderer/features/shared/axis.ts'
import { relative, useMoments } from '#renderer/features/shared/moments.ts'
import { byName, nameWithOrg, orgWords, plural } from '#renderer/features/shared/words.ts'
import styles from './rehearse-dialog.module.css'
import { HORIZON, midnightsFrom, spanWords, useProgress, useToday } from './use-forecast.ts'

type Kind = WhatIf['kind']

/** ms */
const HOUR = 3_600_000
const DAY = 24 * HOUR

const KINDS: readonly (readonly [Kind, string])[] = [
  ['computer-off', 'This computer is off'],
  ['integration-ends', 'The integration stops working'],
  ['authorization-withdrawn', 'A customer withdraws the authorization'],
  ['webex-down', 'Webex is down'],
]

type Start = 'now' | 'tomorrow' | 'date'

const STARTS: readonly (readonly [Start, string])[] = [
  ['now', 'Now'],
  ['tomorrow', 'Tomorrow'],
  ['date', 'On a date'],
]

interface Answered {
  readonly whatIf: WhatIf
  readonly rehearsal: RehearsalView
  /** undefined: now. */
  readonly begins?: number
}

export default function RehearseDialog({ onClose }: { readonly onClose: () => void }) {
  const ask = useAsk()
  const { fleet } = useView()
  const today = useToday()
  const customers = useMemo(() => customersOf(fleet), [fleet])
  const integrations = fleet.managers.filter(({ kind }) => kind === 'integration')
  const [kind, setKind] = useState<Kind>('computer-off')
  const [days, setDays] = useState(7)
  const [hours, setHours] = useState(24)
  const [managerId, setManager] = useState(integrations[0]?.id ?? '')
  const [customer, setCustomer] = useState('')
  const [start, setStart] = useState<Start>('now')
  const [date, setDate] = useState('')
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [answered, setAnswered] = useState<Answered | null>(null)
  const progress = useProgress('rehearsal', busy)
  const status = useRef<HTMLDivElement>(null)

  // In a small window it is below what is in sight.
  useEffect(() => {
    if (answered !== null) status.current?.scrollIntoView({ block: 'start' })
  }, [answered])

  const wanted = (): WhatIf | string => {
    switch (kind) {
      case 'computer-off':
        return { kind, days }
      case 'webex-down':
        return { kind, hours }
      case 'integration-ends':
        return managerId === '' ? 'No integration is connected.' : { kind, managerId }
      case 'authorization-withdrawn': {
        const chosen = customers.find(({ words }) => words.toLowerCase() === customer.trim().toLowerCase())
        return chosen === undefined ? 'Choose a customer from the list.' : { kind, targetOrgId: chosen.orgId }
      }
    }
  }
  /** null: the date is none of the days ahead. */
  const beginsAt = (): { readonly begins?: number } | null => {
    if (start === 'now') return {}
    if (start === 'tomorrow') return { begins: midnight(today, 1) }
    const begins = dayStart(date)
    return begins === null || begins < today || begins >= midnight(today, HORIZON) ? null : { begins }
  }
  const send = async () => {
    const whatIf = wanted()
    if (typeof whatIf === 'string') return setRefusal(whatIf)
    const begins = beginsAt()
    if (begins === null) return setRefusal(`Choose a date within ${HORIZON} days.`)
    setRefusal(null)
    setAnswered(null)
    setBusy(true)
    const reply = await ask('forecast.rehearse', {
      midnights: [...midnightsFrom(today)],
      whatIf,
      ...begins,
    })
    setBusy(false)
    if (reply.ok) setAnswered({ whatIf, rehearsal: reply.value, ...begins })
    else setRefusal(reply.error.message)
  }
  const cancel = () => void ask('forecast.cancel', { work: 'rehearsal' })
  const close = () => {
    if (busy) cancel()
    onClose()
  }

  return (
    <Dialog title="Rehearse" onClose={close}>
      <Form onSend={() => void (busy ? undefined : send())}>
        <p className="quiet">
          Plays the next {HORIZON} days with your settings against the simulated Webex. Nothing is sent, and
          nothing changes.
        </p>
        <fieldset className={layout.group}>
          <legend>What if …</legend>
          {KINDS.map(([value, words]) => (
            <label key={value} className={layout.option}>
              <input
                type="radio"
                name="what-if"
                value={value}
                checked={kind === value}
                onChange={() => setKind(value)}
              />
              <span>{words}</span>
            </label>
          ))}
        </fieldset>
        {kind === 'computer-off' && (
          <NumberField
            label="Off for"
            value={days}
            range={{ least: 1, most: HORIZON, unit: 'days' }}
            hint="The app starts again afterwards."
            name="days"
            onSave={async (value) => {
              setDays(value)
              return null
            }}
          />
        )}
        {kind === 'webex-down' && (
          <NumberField
            label="Down for"
            value={hours}
            range={{ least: 1, most: 720, unit: 'hours' }}
            hint="Announced maintenance has lasted 5 hours."
            name="hours"
            onSave={async (value) => {
              setHours(value)
              return null
            }}
          />
        )}
        {kind === 'integration-ends' && integrations.length > 1 && (
          <Choice
            label="Integration"
            name="integration"
            value={managerId}
            options={integrations.map(({ id, name }) => [id, name] as const)}
            onChange={setManager}
          />
        )}
        {kind === 'authorization-withdrawn' && <CustomerField customers={customers} onInput={setCustomer} />}
        <Choice
          label="Starts"
          name="starts"
          value={start}
          options={STARTS}
          onChange={(value) => {
            setStart(value)
            setRefusal(null)
          }}
        />
        {start === 'date' && (
          <input
            type="date"
            aria-label="Start date"
            className={fieldStyles.control}
            min={dateFieldOf(today)}
            max={dateFieldOf(midnight(today, HORIZON - 1))}
            value={date}
            onChange={(event) => {
              setDate(event.target.value)
              setRefusal(null)
            }}
          />
        )}
        <Refusal>{refusal}</Refusal>
        {busy && (
          <div className={styles.progress}>
            <ProgressBar label="Rehearsal" done={progress?.done ?? 0} total={progress?.total ?? 1} />
            <Button size={28} label="Cancel rehearsal" onPress={cancel}>
              Cancel
            </Button>
          </div>
        )}
        <div role="status" ref={status}>
          {answered !== null && <Answer {...answered} fleet={fleet} />}
          {answered !== null && <DataSources {...answered} />}
        </div>
        <FormButtons>
          <span className="spring" />
          <Button onPress={close}>Done</Button>
          <Button kind="primary" submit disabled={busy}>
            Rehearse
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  )
}

interface Customer {
  readonly orgId: string
  readonly words: string
  readonly name: string
}

function customersOf({ profiles }: FleetView): readonly Customer[] {
  const known = new Map<string, Customer>()
  for (const { targetOrgId, orgName } of profiles) {
    const words = orgWords(orgName, targetOrgId)
    if (orgName !== null || !known.has(targetOrgId))
      known.set(targetOrgId, { orgId: targetOrgId, words, name: words })
  }
  return [...known.values()].sort(byName)
}

/** Offered at once; more are found by typing. */
const OFFERED = 50

function CustomerField({
  customers,
  onInput,
}: {
  readonly customers: readonly Customer[]
  readonly onInput: (text: string) => void
}) {
  const [typed, setTyped] = useState('')
  const wanted = typed.trim().toLowerCase()
  const offered = customers.filter(({ words }) => words.toLowerCase().includes(wanted)).slice(0, OFFERED)
  return (
    <>
      <Field
        label="Customer"
        name="customer"
        list="rehearse-customers"
        hint="Type a part of the name."
        onInput={(text) => {
          setTyped(text)
          onInput(text)
        }}
      />
      <datalist id="rehearse-customers">
        {offered.map(({ orgId, words }) => (
          <option key={orgId} value={words} />
        ))}
      </datalist>
    </>
  )
}

function Answer({ whatIf, rehearsal, fleet }: Answered & { readonly fleet: FleetView }) {
  const { dateOf } = useMoments()
  const dateAndTime = (at: number) => dateOf(at, at)
  const { first, tokens, customers, recoveredAt, inAnyCase } = rehearsal
  const inWords = useNow((now) => (first === null ? '' : relative(first.at, now)))
  if (first === null) {
    return (
      <Notice level="success" title="No token ends because of this">
        <p>{outlasted(whatIf)}</p>
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

function InAnyCase({ rehearsal: { tokens, inAnyCase } }: Pick<Answered, 'rehearsal'>) {
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
}: Pick<Answered, 'rehearsal'> & { readonly fleet: FleetView }) {
  const { dayWords, timeOfDay } = useMoments()
  const profiles = useMemo(() => new Map(fleet.profiles.map((profile) => [profile.id, profile])), [fleet])
  return days.map(({ start, tokens, inAnyCase, named }) => (
    <details key={start}>
      <summary>
        {dayWords(start)}: {plural(tokens, 'token')} {tokens === 1 ? 'ends' : 'end'}
        {inAnyCase > 0 &&
          `, ${inAnyCase === tokens ? '' : `${inAnyCase.toLocaleString()} of them `}in any case`}
      </summary>
      <ul className={styles.ends}>
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
function DataSources({ whatIf, begins }: Pick<Answered, 'whatIf' | 'begins'>) {
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

function outlasted(whatIf: WhatIf): string {
  switch (whatIf.kind) {
    case 'computer-off':
      return `Every token lasts longer than ${plural(whatIf.days, 'day')}, and is renewed afterwards.`
    case 'webex-down':
      return `Every token lasts longer than ${plural(whatIf.hours, 'hour')}, and is renewed afterwards.`
    case 'integration-ends':
      return 'Refresh tokens keep working without it, as far as this looks ahead.'
    case 'authorization-withdrawn':
      return 'None of this customer’s tokens is in use, or they end in any case.'
  }
}

function prevention(whatIf: WhatIf, rehearsal: RehearsalView, before: string, fleet: FleetView): string {
  const { managers } = fleet
  switch (whatIf.kind) {
    case 'computer-off':
      return `Leave this computer on, or run the app on one that stays on. ${bridging(whatIf.days * DAY, lifetimeIn(rehearsal, fleet))}`
    case 'webex-down':
      return bridging(whatIf.hours * HOUR, lifetimeIn(rehearsal, fleet))
    case 'integration-ends': {
      const name = managers.find(({ id }) => id === whatIf.managerId)?.name ?? 'the integration'
      return `Reconnect ${isolated(name)} before ${before}.`
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
