// Rehearse: plays the days ahead as if something happened, and says which token would end first and what would prevent it.
import { useEffect, useMemo, useRef, useState } from 'react'
import type { FleetView, WhatIf } from '#contract/contract.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import fieldStyles from '#renderer/components/field.module.css'
import { Field, NumberField } from '#renderer/components/field.tsx'
import { Form } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Refusal } from '#renderer/components/notice.tsx'
import { ProgressBar } from '#renderer/components/progress-bar.tsx'
import { dateFieldOf, dayStart, midnight } from '#renderer/features/shared/axis.ts'
import { byName, orgWords } from '#renderer/features/shared/words.ts'
import { LapsingDataSources, RehearsalAnswer, type Rehearsed } from './rehearsal-answer.tsx'
import styles from './rehearse-dialog.module.css'
import { HORIZON, midnightsFrom, useProgress, useToday } from './use-forecast.ts'

type Kind = WhatIf['kind']

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
  const [answered, setAnswered] = useState<Rehearsed | null>(null)
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
          {answered !== null && <RehearsalAnswer {...answered} fleet={fleet} />}
          {answered !== null && <LapsingDataSources {...answered} />}
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
