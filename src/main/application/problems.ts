// Problems: the incidents of the engine with the failing deliveries, and what a person decided about them: snoozes and
// customers that are waited for. What was resolved is kept for a week.
import { orgKey } from '#base/common/webex-id.ts'
import type { Input } from '#contract/contract.ts'
import { NO_PROBLEMS, type ProblemNotesView, type ProblemTotals } from '#contract/problems.ts'
import type { TargetState } from '#delivery/target-state.ts'
import type { DataSources } from '#engine/domain/data-source.ts'
import type { Fleet, Instant, ProfileId } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { isSameData } from '#engine/domain/same-data.ts'
import { type FleetView, type Incident, isOfDataSources, openProblems } from '#engine/domain/view-model.ts'
import { inOrder, resolvedTitle, SHARED_VAULT, weight } from '#engine/view/incidents.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { ProblemNotes } from '#vault/repositories/problem-notes.ts'
import type { SharingStatus } from '#vault/shared/sharing.ts'
import { dataSourceIncidents, nextDataSourceIncident } from './data-source-incidents.ts'
import { deliveryIncidents } from './delivery-incidents.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import { type NotesEdit, ProblemNotebook } from './problem-notebook.ts'
import { corrected, nextSharedIncident, sharedIncidents, sharedRevision } from './shared-incidents.ts'

export interface Problems {
  /**
   * The fleet with all its problems, and what is noted about them. To be called with each new view: what has ended since
   * the last one is resolved. The incidents stay the same list while nothing in it has changed.
   */
  over(fleet: FleetView): FleetView
  /** Of what `over` was called with last. */
  totals(): ProblemTotals
  notes(): ProblemNotesView
  /** Resolves when it is stored; then it survives a restart. */
  snooze(input: Input<'problem.snooze'>): Promise<void>
  copyEmails(input: Input<'problem.copy-emails'>): Promise<void>
  /** Before a session starts over the vault: its incidents begin anew. */
  reload(vault: Pick<OpenVault, 'problemNotes'>): Promise<void>
  /** Another computer that shares the vault may have noted something. Never rejects. */
  reread(): Promise<void>
}

const DAY = 24 * 3_600_000
const KEPT = 7 * DAY
const MOST_RESOLVED = 100
/** ms. A timer of more than 24 days would fire at once; a computer that slept is noticed sooner, too. */
const LONGEST_WAIT = 3_600_000

/** Beginnings of codes. */
const STAYING = ['unreadable', SHARED_VAULT]

/** Only for its customers there is somebody to write to. */
const NOT_AUTHORIZED = 'not-authorised'

type Failing = Iterable<Pick<TargetState, 'target' | 'state'>>

export function createProblems(dependencies: {
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly supervisor: Pick<EngineSupervisor, 'current'>
  /** Targets that fail or are held; another revision is another list. */
  readonly undelivered: () => { readonly revision: number | null; readonly failing: Failing }
  /** null: no session runs. Another revision is another list. */
  readonly dataSources: () => Pick<DataSources, 'revision' | 'kept'> | null
  /** Of the shared vault that this computer takes part in; null: it takes part in none. */
  readonly sharing: () => SharingStatus | null
  readonly failuresBeforeAlert: () => number
  readonly copyText: (text: string) => void
  readonly failed: (error: unknown) => void
  readonly changed: () => void
}): Problems {
  const { clock, supervisor, undelivered, failuresBeforeAlert, copyText, failed, changed } = dependencies
  const notebook = new ProblemNotebook()
  /** The incidents of this session as they were last. */
  let seen = new Map<string, Incident>()
  /** As each was when it affected most: customers come back one by one. */
  const peaks = new Map<string, Incident>()
  let last: {
    readonly engine: FleetView['incidents']
    readonly delivery: number | null
    readonly dataSources: number | null
    readonly sharing: string | null
    readonly isAllPaused: boolean
    readonly incidents: readonly Incident[]
    /** When the next snooze ends, or time alone changes something. */
    readonly until: Instant
  } | null = null
  let totals = NO_PROBLEMS
  let stopWaiting = () => {}
  /** By org ID. */
  const customers = new Map<string, string>()

  /** What no person decided: of a vault that is shared, the one that renews notes it for all. */
  const note = (edit: NotesEdit) => {
    const isNotedElsewhere = dependencies.sharing()?.leadsHere === false
    if (!notebook.isOpen || isNotedElsewhere) notebook.noteHere(edit)
    else notebook.note(edit).catch(failed)
  }

  /** Notes what has ended, and ends the snoozes that are over. */
  const follow = (incidents: readonly Incident[], fleet: Fleet, now: Instant) => {
    const current = new Map(incidents.map((incident) => [incident.key, incident]))
    /** By key, until when they would last: another one of the same problem stays. */
    const ended = new Map<string, Instant>()
    const authorized = new Set<ProfileId>()
    const over: ProblemNotes['resolved'][number][] = []
    const endSnooze = (key: string) => {
      const until = notebook.snoozed.get(key)?.until
      if (until !== undefined) ended.set(key, until)
    }
    for (const [key, before] of seen) {
      if (current.has(key)) continue
      endSnooze(key)
      if (before.code === NOT_AUTHORIZED) for (const id of before.profileIds) authorized.add(id)
      const isGone = before.profileIds.length > 0 && !before.profileIds.some((id) => fleet.profiles.has(id))
      const peak = peaks.get(key) ?? before
      peaks.delete(key)
      if ((before.level === 'information' && peak.level === 'information') || isGone) continue
      const { level, customers: affected, since } = peak
      const title = resolvedTitle(peak)
      over.unshift({ key, title, level, customers: affected, since, resolvedAt: now })
    }
    for (const [key, incident] of current) {
      if (incident.customers >= (peaks.get(key)?.customers ?? 0)) peaks.set(key, incident)
      const before = seen.get(key)
      if (before?.code !== NOT_AUTHORIZED) continue
      const affected = new Set(incident.profileIds)
      for (const id of before.profileIds) if (!affected.has(id)) authorized.add(id)
    }
    for (const [key, snooze] of notebook.snoozed) {
      const incident = current.get(key)
      if (now >= snooze.until || (incident !== undefined && isWorse(incident, snooze))) endSnooze(key)
    }
    const edit: NotesEdit = ({ snoozed, waiting, resolved }) => ({
      snoozed: snoozed.filter(({ key, until }) => ended.get(key) !== until),
      waiting: waiting.filter(({ profileId }) => !authorized.has(profileId)),
      resolved: [...over, ...resolved.filter(({ key }) => !over.some((one) => one.key === key))]
        .slice(0, MOST_RESOLVED)
        .filter(({ key, resolvedAt }) => !current.has(key) && now - resolvedAt < KEPT),
    })
    if (!isSameData(edit(notebook.notes), notebook.notes)) note(edit)
    seen = current
  }

  const noted = (incident: Incident): Incident => {
    const until = notebook.snoozed.get(incident.key)?.until
    const waited = incident.profileIds.flatMap((id) => notebook.waiting.get(id) ?? [])
    return {
      ...incident,
      ...(until === undefined ? {} : { snoozedUntil: until }),
      ...(waited.length === 0 || incident.code !== NOT_AUTHORIZED
        ? {}
        : { waiting: { since: Math.min(...waited), customers: waited.length } }),
    }
  }
  const customerOf = (id: ProfileId, profiles: Fleet['profiles']): string => {
    const orgId = profiles.get(id)?.targetOrgId
    // One that cannot be read.
    if (orgId === undefined) return id
    const known = customers.get(orgId) ?? orgKey(orgId)
    customers.set(orgId, known)
    return known
  }
  const totalsOf = (incidents: readonly Incident[], profiles: Fleet['profiles']): ProblemTotals => {
    const scopeOf = (some: readonly Incident[]) => {
      const affected = new Set<string>()
      for (const { profileIds } of some) for (const id of profileIds) affected.add(customerOf(id, profiles))
      return { count: some.length, customers: affected.size }
    }
    const open = openProblems(incidents)
    const deadlines = open.flatMap((incident) => (isOfDataSources(incident) ? [] : (incident.deadline ?? [])))
    return {
      ...scopeOf(open),
      deadline: deadlines.length === 0 ? null : Math.min(...deadlines),
      snoozed: scopeOf(incidents.filter(({ snoozedUntil }) => snoozedUntil !== undefined)),
    }
  }
  const wake = (until: Instant, now: Instant) => {
    stopWaiting()
    stopWaiting = () => {}
    if (until !== Number.POSITIVE_INFINITY)
      stopWaiting = clock.after(Math.min(LONGEST_WAIT, Math.max(1, until - now)), changed)
  }
  const look = () => {
    last = null
    changed()
  }
  /** A decision of a person's. */
  const decide = async (edit: NotesEdit) => {
    const stored = notebook.decide(edit)
    look()
    await stored.finally(look)
  }

  return {
    over(view) {
      const session = supervisor.current()
      // What is shown beside a session, as that none runs, is not noted anything about.
      if (session === null) {
        last = null
        totals = totalsOf(view.incidents, new Map())
        return view
      }
      const { revision, failing } = undelivered()
      const sources = dependencies.dataSources()
      const status = dependencies.sharing()
      const isAllPaused = view.allPausedUntil !== null
      const isSame =
        last !== null &&
        last.engine === view.incidents &&
        last.delivery === revision &&
        last.dataSources === (sources?.revision ?? null) &&
        last.sharing === sharedRevision(status) &&
        last.isAllPaused === isAllPaused &&
        view.now < last.until
      if (!isSame) {
        const fleet = session.engine.fleet()
        const kept = sources?.kept() ?? []
        const sharing = status && corrected(status, view.now - clock.now())
        const situation = { now: view.now, failuresBeforeAlert: failuresBeforeAlert(), isAllPaused }
        const all = inOrder([
          ...view.incidents,
          ...deliveryIncidents(failing, fleet, failuresBeforeAlert()),
          ...dataSourceIncidents(kept, fleet, situation),
          ...sharedIncidents(sharing, view.incidents, view.now, (key) => seen.get(key)?.since ?? null),
        ])
        follow(all, fleet, view.now)
        const incidents = all.map(noted)
        const until = Math.min(
          nextDataSourceIncident(kept, view.now),
          nextSharedIncident(sharing, view.now),
          ...[...notebook.snoozed.values()].map((note) => note.until),
        )
        last = {
          engine: view.incidents,
          delivery: revision,
          dataSources: sources?.revision ?? null,
          sharing: sharedRevision(status),
          isAllPaused,
          incidents,
          until,
        }
        totals = totalsOf(incidents, fleet.profiles)
        wake(until, view.now)
      }
      return last === null ? view : { ...view, incidents: last.incidents }
    },
    totals: () => totals,
    notes: () => ({ resolved: notebook.notes.resolved, waiting: notebook.notes.waiting }),
    async snooze({ key, until }) {
      const incident = seen.get(key)
      if (incident === undefined) throw new UserFacingError('not-found', 'This problem is resolved.')
      const { level, code, customers: affected } = incident
      const own = until === null ? [] : [{ key, until, level, code, customers: affected }]
      await decide((notes) => ({
        ...notes,
        snoozed: [...notes.snoozed.filter((one) => one.key !== key), ...own],
      }))
    },
    async copyEmails({ profileIds, text }) {
      const { engine } = supervisor.current() ?? {}
      copyText(text)
      const since = engine?.now()
      if (since === undefined) return
      await decide((notes) => {
        const known = new Set(notes.waiting.map(({ profileId }) => profileId))
        const added = profileIds.filter((id) => !known.has(id)).map((profileId) => ({ profileId, since }))
        return { ...notes, waiting: [...notes.waiting, ...added] }
      })
    },
    async reload(vault) {
      // How the shared vault stands is known at any time; a record that was repaired is known to be readable at once; everything else is met again first.
      seen = new Map([...seen].filter(([, { code }]) => STAYING.some((one) => code.startsWith(one))))
      peaks.clear()
      last = null
      await notebook.open(vault.problemNotes).catch(failed)
    },
    async reread() {
      try {
        await notebook.reread()
        look()
      } catch (error) {
        failed(error)
      }
    },
  }
}

function isWorse(incident: Incident, note: ProblemNotes['snoozed'][number]): boolean {
  return (
    weight(incident.level) > weight(note.level) ||
    incident.customers > note.customers ||
    incident.code !== note.code
  )
}
