// Overview: the fleet at a glance, for a second monitor: states, the next 14 days, deadlines, and how well it goes.
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { inWords } from '#base/common/duration.ts'
import type { FleetView, ProfileState, Replies } from '#contract/contract.ts'
import { countStates } from '#contract/view-changes.ts'
import { useAsk, useNow, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Sentence } from '#renderer/components/name.tsx'
import { ProgressBar } from '#renderer/components/progress-bar.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { ProblemsLine } from '#renderer/features/shared/problems-line.tsx'
import { nameWithOrg, plural, stateOrder, stateWords } from '#renderer/features/shared/words.ts'
import {
  countCustomers,
  countSnoozed,
  firstDeadline,
  type Unattended,
  unattendedOf,
} from './fleet-outlook.ts'
import { DRAWN, ForecastChart } from './forecast-chart.tsx'
import styles from './overview-screen.module.css'
import { type Forecast, spanWords, useForecast } from './use-forecast.ts'

/** ms. The success rate is of hours and days. */
const RATES_RENEWED_EACH = 60_000

export default function OverviewScreen() {
  const { fleet } = useView()
  const { open } = useDialogs()
  const isEmpty = fleet.profiles.length === 0
  return (
    <div className={layout.screen}>
      <header className={layout.header}>
        <div className={layout.title}>
          <h1>Overview</h1>
          {!isEmpty && <Size fleet={fleet} />}
        </div>
        <span className="spring" />
        {!isEmpty && (
          <>
            <span className="quiet" id="what-if">
              What if …?
            </span>
            <Button describedBy="what-if" onPress={() => open({ kind: 'rehearse' })}>
              Rehearse…
            </Button>
          </>
        )}
      </header>
      <ProblemsLine />
      <div className={layout.body}>{isEmpty ? <NothingYet /> : <Glance fleet={fleet} />}</div>
    </div>
  )
}

function NothingYet() {
  return (
    <p>
      No service apps yet. <a href={hrefOf({ screen: 'service-apps' })}>Add the first one</a>
    </p>
  )
}

function Size({ fleet: { profiles } }: { readonly fleet: FleetView }) {
  const words = useMemo(() => {
    const apps = new Set(profiles.map(({ appId }) => appId)).size
    return `${plural(countCustomers(profiles), 'customer')} · ${plural(apps, 'service app')}`
  }, [profiles])
  return <p className="quiet">{words}</p>
}

function Glance({ fleet }: { readonly fleet: FleetView }) {
  const forecast = useForecast()
  return (
    <>
      <States fleet={fleet} />
      <NextDays forecast={forecast} />
      <div className={styles.facts}>
        <Deadline fleet={fleet} forecast={forecast} />
        <UnattendedFact fleet={fleet} />
        <SuccessRate />
        <Deliveries />
        <DataSources />
      </div>
    </>
  )
}

/** Those that are there in any case, so that a zero is seen. */
const ALWAYS: readonly ProfileState[] = ['needs-attention', 'healthy']

/** What is snoozed counts as well, and is named. */
function States({ fleet }: { readonly fleet: FleetView }) {
  const { profiles } = fleet
  const counts = useMemo(() => countStates(profiles), [profiles])
  const snoozed = useMemo(() => countSnoozed(fleet), [fleet])
  return (
    <dl className={styles.states} aria-label="States">
      {stateOrder
        .filter((state) => counts[state] > 0 || ALWAYS.includes(state))
        .map((state) => (
          <div key={state} data-state={state} data-none={counts[state] === 0 || undefined}>
            <dt>
              {stateWords[state]}
              {snoozed[state] > 0 && (
                <span className="quiet small"> {snoozed[state].toLocaleString()} snoozed</span>
              )}
            </dt>
            <dd className="figures">{counts[state].toLocaleString()}</dd>
          </div>
        ))}
    </dl>
  )
}

function NextDays({ forecast }: { readonly forecast: Forecast }) {
  const { view, busy, progress, refused, update, cancel } = forecast
  return (
    <section className={layout.card} aria-label="Next 14 days" aria-busy={busy}>
      <div className={layout.cardHeader}>
        <div>
          <h2>Next 14 days</h2>
          {view !== null && <Beyond view={view} />}
        </div>
        <Button kind="quiet" size={28} disabled={busy} onPress={update}>
          Update
        </Button>
      </div>
      {busy && progress !== null && (
        <div className={styles.progress}>
          <ProgressBar label="Forecast" done={progress.done} total={progress.total} />
          <Button size={28} onPress={cancel}>
            Cancel
          </Button>
        </div>
      )}
      {!busy && refused !== null && <p>{refused} Press Update to try again.</p>}
      {view === null ? <div className={styles.space} /> : <ForecastChart days={view.days} />}
    </section>
  )
}

function Beyond({ view }: { readonly view: NonNullable<Forecast['view']> }) {
  const { dayWords } = useMoments()
  const { integrationEnd, customers, tokens, days } = view
  const soon = days.slice(0, DRAWN).reduce((sum, { ends }) => sum + ends, 0)
  const span = spanWords(view)
  const within =
    days.length <= DRAWN
      ? ''
      : `, ${soon >= tokens ? 'all' : soon === 0 ? 'none' : soon.toLocaleString()} of them within ${DRAWN - 1} days`
  const all =
    tokens === 0
      ? `No token ends in the next ${span}.`
      : `${plural(tokens, 'token')} of ${plural(customers, 'customer')} ${tokens === 1 ? 'ends' : 'end'} in the next ${span}${within}.`
  return (
    <p className="quiet">
      {all}
      {integrationEnd !== null &&
        ` The integration’s refresh token ends ${dayWords(integrationEnd.at)} if no renewal extends it: reconnect the integration before.`}
    </p>
  )
}

function Fact({
  title,
  figure,
  children,
}: {
  readonly title: string
  readonly figure: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section className={styles.fact}>
      <h2>{title}</h2>
      <p className={`${styles.figure} figures`}>{figure}</p>
      <div className="quiet">{children}</div>
    </section>
  )
}

function Deadline({ fleet, forecast }: { readonly fleet: FleetView; readonly forecast: Forecast }) {
  const { dateOf } = useMoments()
  const deadline = useMemo(() => firstDeadline(fleet), [fleet])
  const ahead = forecast.view?.first ?? null
  const named = (id: string) => fleet.profiles.find((one) => one.id === id)
  const profile = deadline?.profile ?? (ahead === null ? undefined : named(ahead.profileId))
  const at = deadline?.at ?? ahead?.at ?? null
  const left = useNow((now) =>
    at === null ? '' : inWords(Math.ceil(Math.max(0, at - now) / 60_000) * 60_000),
  )
  if (at === null || profile === undefined) {
    return (
      <Fact title="Earliest deadline" figure="None">
        {forecast.view === null
          ? 'No token ends before its next refresh.'
          : `No token ends in the next ${spanWords(forecast.view)}.`}
      </Fact>
    )
  }
  const why = deadline === null ? ahead?.why : profile.sentence
  return (
    <Fact title="Earliest deadline" figure={left}>
      <p>
        <a href={hrefOf({ screen: 'service-app', profileId: profile.id })}>{nameWithOrg(profile)}</a>
      </p>
      <p>The token ends {dateOf(at, at)}.</p>
      {why != null && (
        <p>
          <Sentence>{why}</Sentence>
        </p>
      )}
    </Fact>
  )
}

/** What no date of a token says: a data source lives a day at most. */
function DataSources() {
  const { kept, firstEnd } = useView().dataSources
  const left = useNow((now) =>
    firstEnd === null ? '' : inWords(Math.ceil(Math.max(0, firstEnd - now) / 60_000) * 60_000),
  )
  if (kept === 0) return null
  return (
    <Fact title="Data sources" figure={firstEnd === null ? 'Not read yet' : left}>
      <p>{plural(kept, 'data source')} kept alive. If this app stops, the first one lapses then.</p>
    </Fact>
  )
}

function UnattendedFact({ fleet }: { readonly fleet: FleetView }) {
  const { dateOf } = useMoments()
  const unattended = useMemo(() => unattendedOf(fleet), [fleet])
  const now = useNow((at) => Math.floor(at / 60_000) * 60_000)
  const figure =
    unattended.kind === 'until'
      ? dateOf(unattended.at, now)
      : unattended.kind === 'now'
        ? 'Now'
        : 'No end known'
  return (
    <Fact title="Unattended until" figure={figure}>
      <p>{whatEnds(unattended)}</p>
    </Fact>
  )
}

function whatEnds(unattended: Unattended): string {
  switch (unattended.kind) {
    case 'now': {
      const { customers } = unattended
      return `${plural(customers, 'customer')} ${customers === 1 ? 'has' : 'have'} no automatic renewal now.`
    }
    case 'open':
      return 'Nothing that ends is known.'
    case 'until':
      return unattended.ending.kind === 'integration'
        ? `The integration’s refresh token ends then. ${plural(unattended.ending.customers, 'customer')} ${
            unattended.ending.customers === 1 ? 'depends' : 'depend'
          } on it: reconnect it before.`
        : `The refresh token of ${nameWithOrg(unattended.ending.profile)} ends then.`
  }
}

function SuccessRate() {
  const ask = useAsk()
  const turn = useNow((now) => Math.floor(now / RATES_RENEWED_EACH))
  const [rates, setRates] = useState<Replies['history.rates'] | null>(null)
  useEffect(() => {
    let wanted = turn >= 0
    const fetchRates = async () => {
      const reply = await ask('history.rates', {})
      if (wanted && reply.ok) setRates(reply.value)
    }
    void fetchRates()
    return () => {
      wanted = false
    }
  }, [ask, turn])
  return (
    <Fact title="Success rate" figure={rates === null ? '…' : percentOf(rates.day)}>
      <p>
        {rates === null || attemptsOf(rates.day) === 0
          ? 'No attempts in the last 24 hours.'
          : `Of ${plural(attemptsOf(rates.day), 'attempt')} in the last 24 hours.`}
      </p>
      {rates !== null && attemptsOf(rates.week) > 0 && (
        <p>
          7 days: {percentOf(rates.week)} of {attemptsOf(rates.week).toLocaleString()}.
        </p>
      )}
    </Fact>
  )
}

type Counts = Replies['history.rates']['day']

const attemptsOf = ({ succeeded, failed }: Counts) => succeeded + failed

/** Never 100 % when one has failed. */
function percentOf(counts: Counts): string {
  const all = attemptsOf(counts)
  if (all === 0) return 'None'
  const share = Math.floor((1000 * counts.succeeded) / all) / 10
  return `${share.toLocaleString()} %`
}

/** The view names no more. */
const MOST_FAILING = 50

function Deliveries() {
  const { delivery, fleet } = useView()
  const { failing, targets } = delivery
  const more = failing.length < MOST_FAILING ? '' : ' or more'
  const first = fleet.profiles.find(({ id }) => id === failing[0]?.profileId)
  return (
    <Fact title="Failing deliveries" figure={failing.length === 0 ? 'None' : `${failing.length}${more}`}>
      <p>{targets === 0 ? 'No delivery targets.' : `Of ${plural(targets, 'delivery target')}.`}</p>
      {first !== undefined && (
        <p>
          <a href={hrefOf({ screen: 'service-app', profileId: first.id })}>{nameWithOrg(first)}</a>
        </p>
      )}
    </Fact>
  )
}
