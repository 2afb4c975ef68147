// What a person can do with a profile or about a trouble, each with the sentence that says how it went.
import { useMemo } from 'react'
import { firstSentence, isolated, nameWithOrg } from '#base/common/display-text.ts'
import type {
  Attempt,
  FixAction,
  FleetView,
  Input,
  ProfileView,
  Replies,
  RequestError,
  TargetView,
} from '#contract/contract.ts'
import { type Ask, useAsk, useTicker, useToaster, useView, useViewNow } from '#renderer/app/context.tsx'
import { type DialogRequest, useDialogs } from '#renderer/app/dialog-context.tsx'
import { goTo } from '#renderer/app/route.ts'
import type { Ticker } from '#renderer/app/ticker.ts'
import type { Toaster } from '#renderer/app/toaster.ts'
import { Button } from '#renderer/components/button.tsx'
import { adminEmails } from './explain.ts'
import { fullNameOf } from './profile-name.ts'
import { whileWaiting } from './waiting.ts'
import { computerName } from './who-renews.ts'
import { fixWords, plural } from './words.ts'

export interface Actions {
  refresh(profile: Named): Promise<void>
  copy(profile: Named, as: 'token' | 'authorization-header' | 'env'): Promise<void>
  test(profile: Named): Promise<void>
  pause(profile: Named, paused: boolean): Promise<void>
  refreshDue(): Promise<void>
  /** Many of them together; the message shows how far it is. */
  refreshMany(profileIds: readonly string[]): Promise<void>
  /** What waits its turn does not begin. */
  cancelRefresh(): Promise<void>
  /** Asks for a file and puts the token into it once. */
  exportEnv(profile: Named): Promise<void>
  /** Asks for a file and puts the history that fits into it; says nothing when no file is chosen. */
  exportHistory(wanted: Input<'history.export'>): Promise<void>
  /** Puts the token where it should be, now; null: to every target of the profile. */
  deliver(profile: Named, target: TargetView | null): Promise<void>
  /** Ready e-mails to the admins of customers that do not authorize a service app: from then on they are waited for. */
  copyEmails(profiles: readonly ProfileView[]): Promise<void>
  /** `profile`: the one it is about. */
  fix(action: FixAction, profile: Omit<Named, 'id'>): void
}

/** The customer is named as the newest view has it. */
type Named = Pick<ProfileView, 'id' | 'name' | 'orgName'>

const copied = {
  token: 'Token',
  'authorization-header': 'Authorization header',
  env: '.env line',
} as const

export function useActions(): Actions {
  const ask = useAsk()
  const toaster = useToaster()
  const ticker = useTicker()
  const { open } = useDialogs()
  const viewNow = useViewNow()
  return useMemo(() => {
    const profiles = () => viewNow()?.fleet.profiles ?? []
    const renewedElsewhere = () => {
      const shared = viewNow()?.sharedVault
      if (shared?.kind !== 'joined' || shared.leadsHere || shared.trouble !== null) return null
      return shared.leader === null ? 'another computer' : computerName(shared.leader)
    }
    const sharedTrouble = () => {
      const shared = viewNow()?.sharedVault
      return shared?.kind === 'joined' && !shared.leadsHere ? (shared.trouble?.sentence ?? null) : null
    }
    return actions(ask, toaster, ticker, open, profiles, renewedElsewhere, sharedTrouble)
  }, [ask, toaster, ticker, open, viewNow])
}

function actions(
  ask: Ask,
  toaster: Toaster,
  ticker: Ticker,
  open: (request: DialogRequest) => void,
  profiles: () => readonly ProfileView[],
  /** The computer that renews, while this one does not; null: this one does, or none can be asked. */
  renewedElsewhere: () => string | null,
  /** Why the shared vault cannot be used, without which this computer renews nothing; null: it can. */
  sharedTrouble: () => string | null,
): Actions {
  const fullName = (named: Named) => {
    const all = profiles()
    const profile = all.find(({ id }) => id === named.id)
    return profile === undefined ? nameWithOrg(named) : fullNameOf(profile, all)
  }
  /** `what`: names the customer; what to do about it is at the service app. */
  const refuse = ({ message, trackingId }: RequestError, what = '') =>
    toaster.say({
      level: 'critical',
      text: what === '' ? message : `${what}: ${firstSentence(message)}`,
      trackingId: trackingId ?? null,
    })

  /** Whether nothing can be refreshed, which is then said. */
  const refusedAway = () => {
    const trouble = sharedTrouble()
    if (trouble !== null)
      toaster.say({ level: 'critical', text: `Nothing refreshed: ${firstSentence(trouble)}` })
    return trouble !== null
  }
  const refreshing = (count: number) => {
    const elsewhere = renewedElsewhere()
    const tokens = plural(count, 'token')
    return elsewhere === null
      ? `Refreshing ${tokens}.`
      : `Waiting for ${isolated(elsewhere)} to refresh ${tokens}.`
  }

  /** Says how many were begun, and at the end why some came to nothing. */
  const saidTogether = async (started: number, since: number, of: ReadonlySet<string> | null) => {
    bulks += 1
    const id = `refresh-${bulks}`
    const progress = started < MANY ? null : { total: started, since, cancelable: true, of }
    toaster.say({ id, level: 'information', text: refreshing(started), progress })
    const end = await ask('fleet.refresh-end', {})
    if (!end.ok) return
    if (progress !== null) toaster.dismiss(id)
    const { missed, why } = end.value
    if (missed === 0 || why === null) return
    toaster.say({
      id,
      level: 'warning',
      text: `${plural(missed, 'token')} not refreshed: ${firstSentence(why)}`,
    })
  }

  const act: Actions = {
    async refresh(profile) {
      const elsewhere = renewedElsewhere()
      if (elsewhere !== null)
        toaster.say({
          level: 'information',
          text: `Waiting for ${isolated(elsewhere)} to refresh ${fullName(profile)}.`,
        })
      const send = () => ask('profile.refresh', { profileId: profile.id })
      const reply = await (elsewhere === null ? send() : whileWaiting(profile.id, send))
      if (reply.ok) toaster.say(saidOf(reply.value, profile))
      else refuse(reply.error, fullName(profile))
    },
    async copy(profile, as) {
      const reply = await ask('profile.copy-token', { profileId: profile.id, as })
      if (!reply.ok) return refuse(reply.error, `${copied[as]} of ${fullName(profile)} not copied`)
      const { clearsAfterSeconds, refreshedFirst } = reply.value
      toaster.say({
        level: 'success',
        text: `${copied[as]} of ${fullName(profile)} copied${refreshedFirst ? ', refreshed first' : ''}.`,
        clearsAt: clearsAfterSeconds === null ? null : ticker.now() + clearsAfterSeconds * 1000,
      })
    },
    async test(profile) {
      const reply = await ask('profile.test', { profileId: profile.id })
      if (!reply.ok) return refuse(reply.error, fullName(profile))
      const { result, sentence, trackingId } = reply.value
      const good = result === 'valid' || result === 'valid-without-right'
      toaster.say({
        level: good ? 'success' : 'warning',
        text: `${fullName(profile)}: ${sentence}`,
        trackingId,
      })
    },
    async pause(profile, paused) {
      const reply = await ask('profile.pause', { profileId: profile.id, paused })
      if (!reply.ok) return refuse(reply.error, fullName(profile))
      toaster.say({
        level: 'information',
        text: `${fullName(profile)} ${paused ? 'paused' : 'resumed'}.`,
      })
    },
    async refreshDue() {
      if (refusedAway()) return
      const since = ticker.now()
      const reply = await ask('fleet.refresh-due', {})
      if (!reply.ok) return refuse(reply.error)
      const { started } = reply.value
      if (started === 0) toaster.say({ level: 'information', text: 'Nothing to refresh.' })
      else void saidTogether(started, since, null)
    },
    async refreshMany(profileIds) {
      if (refusedAway()) return
      const since = ticker.now()
      const reply = await ask('fleet.refresh', { profileIds: [...profileIds] })
      if (!reply.ok) return refuse(reply.error)
      void saidTogether(reply.value.started, since, new Set(profileIds))
    },
    async cancelRefresh() {
      const reply = await ask('fleet.cancel-refresh', {})
      if (!reply.ok) return refuse(reply.error)
      toaster.say({
        level: 'information',
        text: 'Canceled. Running refreshes still finish; the others keep their planned time.',
      })
    },
    async exportEnv(profile) {
      const reply = await ask('delivery.export-env', { profileId: profile.id })
      if (!reply.ok) return refuse(reply.error, fullName(profile))
      if (reply.value === null) return
      toaster.say({
        level: 'success',
        text: `Token of ${fullName(profile)} written to ${isolated(reply.value.path)}`,
      })
    },
    async exportHistory(wanted) {
      const reply = await ask('history.export', wanted)
      if (!reply.ok) return refuse(reply.error)
      if (reply.value === null) return
      const { attempts, path } = reply.value
      toaster.say({ level: 'success', text: `${plural(attempts, 'attempt')} written to ${isolated(path)}` })
    },
    async deliver(profile, target) {
      const reply = await ask('delivery.deliver', { profileId: profile.id, targetId: target?.id ?? null })
      if (!reply.ok) return refuse(reply.error, fullName(profile))
      const { delivered, of } = reply.value
      toaster.say({
        ...sayDelivered(fullName(profile), reply.value),
        place: delivered < of ? { kind: 'profile', profileId: profile.id } : null,
      })
    },
    async copyEmails(profiles) {
      const profileIds = profiles.map(({ id }) => id)
      const reply = await ask('problem.copy-emails', {
        profileIds,
        text: adminEmails(profiles, ticker.now()),
      })
      const [first] = profiles
      toaster.tell(
        reply,
        profiles.length === 1 && first !== undefined
          ? `E-mail for ${nameWithOrg(first)} copied. Send it to a full admin of the customer.`
          : `${plural(profiles.length, 'e-mail')} copied. Each begins with its customer’s name: send it to a full admin there.`,
      )
    },
    fix(action, named) {
      switch (action.kind) {
        case 'edit-service-app':
          return open({ kind: 'edit', profileId: action.profileId, field: action.field })
        case 'replace-secret':
          return open({ kind: 'replace-secret', profileId: action.profileId })
        case 'deliver':
          void act.deliver({ id: action.profileId, ...named }, null)
          return
        case 'connect-integration':
          return open({ kind: 'connect', managerId: action.managerId })
        case 'end-other-copy':
          return open({ kind: 'end-other-copy' })
        case 'paste-personal-token':
          return open({ kind: 'paste-personal-token' })
        case 'repair-record':
          return open({ kind: 'repair', table: action.table, id: action.id })
        case 'authorise-in-control-hub':
          void ask('app.open-link', { link: 'control-hub' })
          return
        case 'refresh':
          void act.refresh({ id: action.profileId, ...named })
          return
        case 'resume':
          void act.pause({ id: action.profileId, ...named }, false)
          return
        case 'test-tiers':
          return open({ kind: 'drill', profileId: action.profileId })
        case 'check-network':
          void act.refreshDue()
          return
        case 'show-data-sources':
          return goTo({ screen: 'service-app', profileId: action.profileId })
        case 'show-shared-vault':
          return goTo({ screen: 'settings', section: 'shared-vault' })
        case 'set-proxy':
          return goTo({ screen: 'settings', part: 'proxy' })
        case 'check-storage':
          void ask('storage.retry', {}).then((reply) => {
            if (!reply.ok) refuse(reply.error)
          })
          return
      }
    },
  }
  return act
}

function sayDelivered(
  name: string,
  { delivered, unverified, of }: Replies['delivery.deliver'],
): Pick<Parameters<Toaster['say']>[0], 'level' | 'text'> {
  if (of === 0) return { level: 'information', text: `${name} has no delivery targets.` }
  const level = delivered < of ? 'warning' : unverified > 0 ? 'information' : 'success'
  if (of === 1 && delivered === 1) {
    return { level, text: unverified === 1 ? `${name} written, not verified.` : `${name} delivered.` }
  }
  const note = unverified === 0 ? '' : ` Written, not verified: ${unverified}.`
  return { level, text: `${name}: delivered to ${delivered} of ${of}.${note}` }
}

let bulks = 0

/** From this many on a refresh shows how far it has come. */
const MANY = 5

/** How an attempt went, for a toast. */
export function saidOf(attempt: Attempt, named: Omit<Named, 'id'>): Parameters<Toaster['say']>[0] {
  const name = nameWithOrg(named)
  switch (attempt.outcome) {
    case 'renewed':
      return {
        level: 'success',
        text:
          attempt.before === null
            ? `${name}: first token issued.`
            : `${name} renewed${attempt.tier === null ? '' : ` by tier ${attempt.tier}`}.`,
      }
    case 'unchanged':
      return {
        level: 'information',
        text: `Webex returned the same token for ${name}: it refreshes a token about once a day.`,
        trackingId: attempt.trackingId,
      }
    case 'failed':
      return {
        level: 'critical',
        text: `${name}: ${firstSentence(attempt.sentence ?? 'the refresh failed.')}`,
        trackingId: attempt.trackingId,
      }
  }
}

/** The one button that fixes it. */
export function FixButton({ fix, primary = false }: { readonly fix: FixAction; readonly primary?: boolean }) {
  const { fix: mend } = useActions()
  const { fleet } = useView()
  return (
    <Button kind={primary ? 'primary' : 'secondary'} size={28} onPress={() => mend(fix, named(fix, fleet))}>
      {fixWords(fix)}
    </Button>
  )
}

function named(fix: FixAction, { profiles }: FleetView): Omit<Named, 'id'> {
  const id = 'profileId' in fix ? fix.profileId : null
  return profiles.find((profile) => profile.id === id) ?? { name: 'The service app', orgName: null }
}
