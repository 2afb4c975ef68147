// The data sources (BYODS) of a service app in its org: which are kept alive, until when each lives, and what is wrong.
import { useCallback, useEffect, useState } from 'react'
import { printable } from '#base/common/display-text.ts'
import type { DataSourceList, DataSourceView, ProfileState, ProfileView } from '#contract/contract.ts'
import { useAsk, useNow, useOfView, useToaster } from '#renderer/app/context.tsx'
import { Button, IconButton } from '#renderer/components/button.tsx'
import choiceStyles from '#renderer/components/choice.module.css'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { Path } from '#renderer/components/name.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { Chip, type Tone } from '#renderer/features/shared/chip.tsx'
import { relative, useMoments } from '#renderer/features/shared/moments.ts'
import { Countdown, LifeBar } from '#renderer/features/shared/time-left.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import styles from './data-sources.module.css'

/** Rows that are drawn at first. */
const FIRST = 20

const stateWords: Readonly<Record<DataSourceView['state'], string>> = {
  lapsed: 'Lapsed',
  'needs-attention': 'Needs attention',
  retrying: 'Retrying',
  disabled: 'Disabled',
  renewing: 'Renewing',
  kept: 'Kept alive',
  'not-kept': 'Not kept alive',
  unknown: 'Not read yet',
}

const tones: Readonly<Record<DataSourceView['state'], Tone>> = {
  lapsed: 'bad',
  'needs-attention': 'bad',
  retrying: 'caution',
  disabled: 'idle',
  renewing: 'calm',
  kept: 'good',
  'not-kept': 'idle',
  unknown: 'idle',
}

/** How well it looks, as for a token. */
const barStates: Readonly<Partial<Record<DataSourceView['state'], ProfileState>>> = {
  'needs-attention': 'needs-attention',
  lapsed: 'expired',
  retrying: 'retrying',
  disabled: 'paused',
}

interface SectionProps {
  readonly profile: ProfileView
}

export default function DataSourcesSection({ profile }: SectionProps) {
  const { list, busy, load, choose, renew } = useDataSources(profile.id)
  const [showsAll, setShowsAll] = useState(false)
  const sources = list?.sources ?? []
  const kept = sources.filter(({ isKept }) => isKept)
  const isListed = list !== null && (list.listedAt !== null || list.problem !== null || sources.length > 0)
  const shown = showsAll ? sources : sources.slice(0, FIRST)
  const cannotAsk = busy || profile.accessToken === null

  return (
    <section className={layout.card} id="data-sources" aria-labelledby="data-sources-title">
      <header className={layout.cardHeader}>
        <div>
          <h2 id="data-sources-title">Data sources</h2>
          <p className="quiet" role="status">
            <Summary list={list} kept={kept} />
          </p>
        </div>
        <div className={layout.headerButtons}>
          {kept.length < sources.length && (
            <Button icon="add" disabled={busy} onPress={() => void choose(sources.map(({ id }) => id))}>
              Keep all
            </Button>
          )}
          {kept.length > 0 && (
            <Button icon="refresh" disabled={cannotAsk} onPress={() => void renew(kept)}>
              Renew all
            </Button>
          )}
          <Button
            kind={isListed ? 'quiet' : 'secondary'}
            disabled={cannotAsk}
            onPress={() => void load(true)}
          >
            {isListed ? 'Reload' : 'List data sources'}
          </Button>
        </div>
      </header>
      {list?.problem != null && (
        <Notice level="warning" title="Webex did not list them">
          {printable(list.problem.sentence)}
          {list.problem.trackingId !== null && (
            <span className="quiet small"> Tracking ID {list.problem.trackingId}</span>
          )}
        </Notice>
      )}
      {list !== null && list.unnamed > 0 && (
        <Notice level="information">
          {plural(list.unnamed, 'data source')} without an ID in Webex's answer cannot be renewed.
        </Notice>
      )}
      {shown.length > 0 && (
        <ul className={styles.sources} aria-label="Data sources">
          {shown.map((source) => (
            <Row
              key={source.id}
              source={source}
              busy={busy}
              cannotAsk={cannotAsk}
              keep={(isKept) => {
                const others = kept.filter(({ id }) => id !== source.id).map(({ id }) => id)
                void choose(isKept ? [...others, source.id] : others)
              }}
              renew={() => void renew([source])}
            />
          ))}
        </ul>
      )}
      {shown.length < sources.length && (
        <Button kind="quiet" onPress={() => setShowsAll(true)}>
          {`Show all ${sources.length.toLocaleString()}`}
        </Button>
      )}
    </section>
  )
}

/** What is kept, and what becomes of it without this app. */
function Summary({
  list,
  kept,
}: {
  readonly list: DataSourceList | null
  readonly kept: readonly DataSourceView[]
}) {
  const ends = kept.flatMap(({ state, expiresAt }) => (state === 'disabled' ? [] : (expiresAt ?? [])))
  const first = ends.length === 0 ? null : Math.min(...ends)
  const left = useNow((now) => (first === null || first <= now ? '' : relative(first, now)))
  if (list === null) return null
  if (list.listedAt === null && list.sources.length === 0)
    return 'Webex stops delivering data when a data source lapses, after a day at most. Choose which ones this app renews.'
  if (list.sources.length === 0) return 'None registered in this org.'
  if (kept.length === 0)
    return `${plural(list.sources.length, 'data source')}, none kept alive. Each lapses at its time unless something else renews it.`
  const count = `${kept.length.toLocaleString()} of ${list.sources.length.toLocaleString()} kept alive`
  return left === '' ? count : `${count}. If this app stops, the first one lapses ${left}.`
}

interface RowProps {
  readonly source: DataSourceView
  readonly busy: boolean
  readonly cannotAsk: boolean
  readonly keep: (isKept: boolean) => void
  readonly renew: () => void
}

function Row({ source, busy, cannotAsk, keep, renew }: RowProps) {
  const { exactly } = useMoments()
  const { id, url, audience, subject, state, isKept, issuedAt, expiresAt, nextRenewalAt, sentence, lapse } =
    source
  const place = url ?? id
  const purpose = [audience, subject].flatMap((text) => (text === null ? [] : [printable(text)])).join(' · ')
  return (
    <li className={styles.source}>
      <input
        type="checkbox"
        className={choiceStyles.toggle}
        aria-label={`Keep alive ${place}`}
        title={isKept ? 'Stop keeping it alive' : 'Keep it alive'}
        checked={isKept}
        disabled={busy}
        onChange={(event) => keep(event.target.checked)}
      />
      <div className={layout.rowWords}>
        <span className="mono cut selectable" title={place}>
          <Path>{place}</Path>
        </span>
        <span className="quiet small cut" title={`${purpose} (${id})`}>
          {purpose === '' ? id : purpose}
        </span>
      </div>
      <div className={styles.life}>
        {expiresAt !== null && (
          <span className={styles.time} title={exactly(expiresAt)}>
            <Countdown until={expiresAt} label={`Time left of ${place}`} />
            {isKept && nextRenewalAt !== null && state !== 'disabled' && (
              <NextRenewal at={nextRenewalAt} what={sentence === null ? 'renewed' : 'retried'} />
            )}
          </span>
        )}
        {expiresAt !== null && issuedAt !== null && (
          <LifeBar
            issuedAt={issuedAt}
            expiresAt={expiresAt}
            refreshAt={isKept && sentence === null ? nextRenewalAt : null}
            state={barStates[state] ?? 'healthy'}
          />
        )}
      </div>
      <div className={styles.state}>
        <Chip tone={tones[state]}>{stateWords[state]}</Chip>
      </div>
      <IconButton icon="refresh" label={`Renew ${place}`} disabled={cannotAsk} onPress={renew} />
      {sentence !== null && (
        <p className={`${styles.failure} small`}>
          <Icon name="warning" size={0.875} />
          <span className="selectable">
            {printable(sentence)}
            {source.trackingId !== null && <span className="quiet"> Tracking ID {source.trackingId}</span>}
          </span>
        </p>
      )}
      {sentence === null && lapse !== null && (
        <p className={`${styles.note} quiet small`}>
          {`Had lapsed from ${exactly(lapse.from)} until ${exactly(lapse.until)}.`}
        </p>
      )}
    </li>
  )
}

function NextRenewal({ at, what }: { readonly at: number; readonly what: string }) {
  const words = useNow((now) => (at - now < 60_000 ? `${what} any moment` : `${what} ${relative(at, now)}`))
  return <span className="quiet small">{words}</span>
}

function useDataSources(profileId: string) {
  const ask = useAsk()
  const toaster = useToaster()
  const revision = useOfView(({ dataSources }) => dataSources.revision) ?? 0
  const [list, setList] = useState<DataSourceList | null>(null)
  const [busy, setBusy] = useState(false)

  const load = useCallback(
    async (refresh: boolean) => {
      if (refresh) setBusy(true)
      const reply = await ask('data-sources.list', { profileId, refresh })
      if (refresh) setBusy(false)
      if (reply.ok) setList(reply.value)
      return reply.ok ? reply.value : null
    },
    [ask, profileId],
  )
  useEffect(() => {
    if (revision >= 0) void load(false)
  }, [load, revision])
  // What is kept is compared with Webex's own list once the page is shown; nothing is asked where nobody has chosen any.
  const isToBeListed =
    list !== null && list.listedAt === null && list.problem === null && list.sources.length > 0
  useEffect(() => {
    if (isToBeListed) void load(true)
  }, [isToBeListed, load])

  const refuse = (message: string) => toaster.say({ level: 'critical', text: message })
  return {
    list,
    busy,
    load,
    async choose(ids: readonly string[]) {
      setBusy(true)
      const reply = await ask('data-sources.choose', { profileId, ids: [...ids] })
      if (!reply.ok) refuse(reply.error.message)
      await load(false)
      setBusy(false)
    },
    async renew(sources: readonly DataSourceView[]) {
      setBusy(true)
      const reply = await ask('data-sources.renew', { profileId, ids: sources.map(({ id }) => id) })
      await load(false)
      setBusy(false)
      if (!reply.ok) return refuse(reply.error.message)
      const { outcomes } = reply.value
      const renewed = outcomes.filter(({ result }) => result === 'renewed').length
      toaster.say({
        level: renewed === outcomes.length ? 'success' : 'warning',
        text: `${renewed.toLocaleString()} of ${plural(outcomes.length, 'data source')} renewed${renewed === outcomes.length ? '.' : '; the reason is in the list.'}`,
      })
    },
  }
}
