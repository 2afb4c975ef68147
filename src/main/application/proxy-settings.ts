// Proxy settings: which proxy the app goes through, the sign-in that is kept for one, and a test of the way to Webex.
import type { Input, ProxyView, Replies } from '#contract/contract.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'
import type { Network } from '#desktop/system/network-session.ts'
import {
  type ParsedProxy,
  parseBypassList,
  parseProxyAddress,
  proxySettings,
} from '#desktop/system/proxy-rules.ts'
import type { ProxyCredentials } from '#desktop/system/proxy-sign-in.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Answer } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { proxyRefusalOf } from '#engine/failure/classifier.ts'
import { proxyRefusalSentence, unreachableSentence } from '#engine/failure/failure-sentences.ts'
import { isFromWebex } from '#engine/runtime/circuit-breaker.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { refuseUnsaved, UserFacingError } from './errors.ts'
import type { VaultAccess } from './vault-access.ts'

/** Each rejects with a `UserFacingError` that names the field, or with a `StoreFailure`. */
export interface ProxyRequests {
  save(input: Input<'proxy.save'>): Promise<void>
  forgetSignIn(): Promise<void>
  test(): Promise<Replies['proxy.test']>
}

export interface RunningProxySettings extends ProxyRequests {
  view(): ProxyView
  /** The vault was opened, or something else was restored into it. */
  reload(vault: Pick<OpenVault, 'proxySignIn'>): Promise<void>
  /** A person asked for something that goes over the network: a rejected sign-in is sent once more. */
  retrySignIn(): void
  /** The proxy said no to the sign-in. */
  signInRejected(): void
  /** The way to Webex, by one request. Unlike `test`, it sends no sign-in that was rejected. */
  probe(): Promise<ProxyProbe>
}

export interface ProxyProbe {
  readonly reached: boolean
  readonly sentence: string
  /** The first one on the way; null: none. */
  readonly proxy: string | null
  /** It is the proxy that keeps Webex from being reached. */
  readonly isProxyAtFault: boolean
  /** Webex's clock; null: it did not say. */
  readonly serverDate: Instant | null
}

export function createProxySettings(dependencies: {
  readonly preferences: Preferences
  readonly network: Network
  readonly vaultAccess: Pick<VaultAccess, 'opened'>
  readonly supervisor: Pick<EngineSupervisor, 'current'>
  readonly baseUrl: () => string
  /** One request without any credential. */
  readonly askWebex: () => Promise<Answer<boolean>>
  readonly log: {
    info(event: string, fields: Readonly<Record<string, unknown>>): void
    knownSecret(value: string): void
  }
  readonly changed: () => void
}): RunningProxySettings {
  const { preferences, network, vaultAccess, supervisor, baseUrl, askWebex, log, changed } = dependencies

  const take = (signIn: ProxyCredentials | null) => {
    if (signIn !== null) log.knownSecret(signIn.password.reveal())
    network.setSignIn(signIn)
    changed()
  }
  const keep = async (signIn: ProxyCredentials | null) => {
    await vaultAccess.opened().proxySignIn.save(signIn)
    take(signIn)
  }
  /** Whether it was rejected is worth no failure: then it is sent once more after the next start. */
  const note = (signIn: ProxyCredentials) => {
    const failed = (error: unknown) => log.info('proxy.sign-in-not-noted', { error })
    // No vault may be open by now.
    Promise.resolve()
      .then(() => vaultAccess.opened().proxySignIn.save(signIn))
      .catch(failed)
    changed()
  }
  const retrySignIn = () => {
    const signIn = network.signIn()
    if (signIn?.rejected !== true) return
    const again = { ...signIn, rejected: false }
    network.setSignIn(again)
    note(again)
  }
  const setProxy = ({ proxyMode, proxyAddress, proxyBypass }: Input<'proxy.save'>) => {
    const before = proxySettings(preferences.values())
    const isManual = proxyMode === 'manual'
    const next = {
      proxyMode,
      proxyAddress: isManual
        ? accepted(parseProxyAddress(proxyAddress), 'proxyAddress')
        : before.proxyAddress,
      proxyBypass: isManual ? accepted(parseBypassList(proxyBypass), 'proxyBypass') : before.proxyBypass,
    }
    const failure = preferences.set(next)
    network.setProxy(next)
    changed()
    refuseUnsaved(failure)
  }
  /** null: it stays as it is. */
  const typedSignIn = async ({ user, password }: Input<'proxy.save'>): Promise<ProxyCredentials | null> => {
    const proxy = await network.signInProxy(baseUrl())
    if (proxy === null) throw refused('user', NOTHING_TO_SIGN_IN_TO)
    const saved = network.signIn()
    if (password !== null) return { user, password: new Secret(password), proxy, rejected: false }
    if (saved?.user !== user || saved.proxy !== proxy)
      throw refused('password', `Enter the password for ${proxy} as well.`)
    return saved.rejected ? { ...saved, rejected: false } : null
  }

  const probe = async () => probeWebex((await network.route(baseUrl()))[0] ?? null, askWebex)

  return {
    view: () => {
      const signIn = network.signIn()
      const shown =
        signIn === null ? null : { user: signIn.user, proxy: signIn.proxy, rejected: signIn.rejected }
      return { ...proxySettings(preferences.values()), signIn: shown }
    },
    async reload({ proxySignIn }) {
      try {
        take(await proxySignIn.load())
      } catch (error) {
        // Whatever is the matter with it: without a proxy that wants it nothing is missing.
        log.info('proxy.sign-in-load-failed', { error })
      }
    },
    retrySignIn,
    signInRejected() {
      const signIn = network.signIn()
      if (signIn !== null) note(signIn)
    },
    async save(input) {
      refuseImpossibleSignIn(input)
      setProxy(input)
      try {
        if (input.user !== '' && input.proxyMode !== 'none') {
          const signIn = await typedSignIn(input)
          if (signIn !== null) await keep(signIn)
        }
      } finally {
        supervisor.current()?.engine.reconsider('network-back')
      }
    },
    forgetSignIn: () => keep(null),
    probe,
    async test() {
      retrySignIn()
      const { reached, sentence } = await probe()
      return { reached, sentence }
    },
  }
}

/** The way to Webex through this proxy (null: none), by one request without any credential. */
export async function probeWebex(
  proxy: string | null,
  askWebex: () => Promise<Answer<boolean>>,
): Promise<ProxyProbe> {
  const way = proxy === null ? 'without a proxy' : `through ${proxy}`
  const answer = await askWebex()
  if (isFromWebex(answer)) {
    const sentence = `Webex answered ${way}.`
    return { reached: true, sentence, proxy, isProxyAtFault: false, serverDate: answer.serverDate }
  }
  const common = { reached: false, proxy, serverDate: null } as const
  const refusal = proxyRefusalOf(answer)
  if (refusal !== null) return { ...common, sentence: proxyRefusalSentence(refusal), isProxyAtFault: true }
  if (answer.kind !== 'unreachable')
    return { ...common, sentence: `Something other than Webex answered ${way}.`, isProxyAtFault: false }
  const sentence = unreachableSentence({ reason: answer.reason, status: null })
  return { ...common, sentence, isProxyAtFault: answer.reason === 'proxy' }
}

const NOTHING_TO_SIGN_IN_TO =
  'Requests to Webex go through no proxy that takes a sign-in, so none is saved. Clear the user name, or set an http:// or https:// proxy.'

function accepted(parsed: ParsedProxy, field: string): string {
  if (parsed.kind === 'invalid') throw refused(field, parsed.sentence)
  return parsed.value
}

/** Before anything is changed. */
function refuseImpossibleSignIn({ user, password, proxyMode }: Input<'proxy.save'>): void {
  if (proxyMode === 'none') return
  if (user === '' && password !== null) throw refused('user', 'Enter the user name as well.')
  // RFC 7617 section 2: the colon ends the user name.
  if (user.includes(':')) throw refused('user', 'A user name for a proxy cannot contain a colon.')
  if (/\p{Cc}/u.test(user)) throw refused('user', 'Contains a control character. Enter the user name again.')
  if (password !== null && /\p{Cc}/u.test(password))
    throw refused('password', 'Contains a control character. Enter the password again.')
}

function refused(field: string, sentence: string): UserFacingError {
  return new UserFacingError('invalid', sentence, { field })
}
