// Everything that reads or cleans text from outside: pasted, from files, answers, hooks, programs and the window.
import { judgeCallback, readRedirectedUrl } from '../../src/main/connect/callback.ts'
import { listeningInodes, readLsof, readNetstat } from '../../src/main/connect/port-owner.ts'
import { readRequest } from '../../src/main/connect/requests.ts'
import { readQuestion } from '../../src/main/delivery/endpoint/question.ts'
import { presentedSecret } from '../../src/main/delivery/endpoint/secret.ts'
import { editEnv } from '../../src/main/delivery/env-file/edit.ts'
import { entriesOf, meaningOf } from '../../src/main/delivery/env-file/entries.ts'
import { waysToWrite } from '../../src/main/delivery/env-file/quoting.ts'
import { searchable } from '../../src/main/delivery/env-file/text-bytes.ts'
import { keptOutput, lastLines, OutputTail } from '../../src/main/delivery/output-tail.ts'
import { readCommandLine } from '../../src/main/delivery/satm/client/command-line.ts'
import { plain } from '../../src/main/delivery/satm/client/print.ts'
import { durationOf } from '../../src/main/delivery/satm/duration.ts'
import { findProfile } from '../../src/main/delivery/satm/find-profile.ts'
import { parseRequest } from '../../src/main/delivery/satm/requests.ts'
import { withoutPartsOf } from '../../src/main/delivery/token-parts.ts'
import { readWebhookAddress } from '../../src/main/delivery/webhook-address.ts'
import { createRedactor } from '../../src/main/desktop/redact.ts'
import { openableAddress } from '../../src/main/desktop/web-address.ts'
import type { Fleet, Profile } from '../../src/main/engine/model.ts'
import { Secret } from '../../src/main/engine/secret.ts'
import { dispatch, type Handlers } from '../../src/main/ipc/dispatch.ts'
import { presentedToken } from '../../src/main/simulator/bearer.ts'
import { orgUuidOf } from '../../src/main/simulator/identifiers.ts'
import { readRecord } from '../../src/main/vault/backup-records.ts'
import { csvRow, parseCsv } from '../../src/main/vault/csv.ts'
import { readImport } from '../../src/main/vault/import-file.ts'
import { planImport } from '../../src/main/vault/import-plan.ts'
import { orgKey } from '../../src/main/vault/webex-ids.ts'
import { readProbeAnswer, readRetryAfter, readTokenAnswer } from '../../src/main/webex/answers.ts'
import { parseBaseUrl } from '../../src/main/webex/base-url.ts'
import { readFetchFailure } from '../../src/main/webex/network-errors.ts'
import { normalizeProbePath } from '../../src/main/webex/probe-path.ts'
import { redact } from '../../src/main/webex/redact.ts'
import { isPlaceholder, parseStrictJson, parseTokenConfig } from '../../src/preload/token-config.ts'
import { remarksOn } from '../../src/renderer/screens/add-service-app/field-remarks.ts'
import { fillFrom } from '../../src/renderer/screens/add-service-app/pasted-config.ts'
import { integrationRemarks } from '../../src/renderer/screens/connect/integration-remarks.ts'
import { wordsOf } from '../../src/renderer/screens/service-apps/rows.ts'
import { decodedId } from '../../src/renderer/webex-ids.ts'

export type Reader = (text: string) => unknown

const SECRET = 'a-secret-that-is-known-1'
const CONTEXT = { now: 0, sent: [new Secret(SECRET)] }
const NOTHING_KNOWN = { trackingId: null, serverDate: null }
const PROFILE: Profile = {
  id: 'p',
  name: 'Orders',
  serviceAppId: 'sa',
  targetOrgId: 'acme',
  orgName: 'Acme',
  managerId: null,
  probe: { kind: 'data-sources' },
  paused: false,
  createdAt: 0,
  pair: null,
}
const FLEET: Fleet = { serviceApps: new Map(), profiles: new Map([['p', PROFILE]]), managers: new Map() }

function imported(name: string): Reader {
  return (text) => {
    const content = readImport(text, name)
    return content.kind === 'profiles'
      ? planImport(content.candidates, { fleet: FLEET, now: 0, newId: () => 'id' })
      : content
  }
}

/** An answer of Webex, or of whoever is in between. */
function answered(status: number, body: string) {
  return {
    kind: 'answered' as const,
    status,
    body,
    contentType: 'application/json',
    retryAfter: null,
    meta: NOTHING_KNOWN,
  }
}

function knowing(): Reader {
  const redactor = createRedactor()
  redactor.knownSecret(SECRET)
  return (text) => redactor.value({ text })
}

/** A handler that is never reached would do: what counts is how the request is parsed. */
const HANDLERS = new Proxy({}, { get: () => () => null }) as Handlers

function requested(name: string, input: (text: string) => unknown): Reader {
  return (text) => dispatch(HANDLERS, name, input(text), () => undefined)
}

const TYPED = {
  name: 'Orders',
  appId: 'app',
  clientId: 'client',
  clientSecret: 'secret',
  targetOrgId: 'org',
  orgName: '',
  accessToken: '',
  refreshToken: '',
}

const ADDED = {
  ...TYPED,
  orgName: null,
  probe: { kind: 'data-sources' },
  tokenManager: null,
  issueToken: true,
}

export const READERS: Readonly<Record<string, Reader>> = {
  'import of pasted text': imported(''),
  'import of a .env': imported('.env'),
  'import of a .csv': imported('orgs.csv'),
  'import of a .json': imported('orgs.json'),
  'import of a quoted JSON value': (text) =>
    imported('orgs.json')(
      JSON.stringify([{ name: text, appId: text, targetOrgId: text, clientSecret: text }]),
    ),
  'import of a quoted CSV cell': (text) =>
    imported('orgs.csv')(`name,app id,client id,secret,org id\n${csvRow([text, text, text, text, text])}`),
  'import of one .env value': (text) => imported('.env')(`WEBEX_SERVICE_APP_ACCESS_TOKEN=${text}`),
  'token-config.json': parseTokenConfig,
  'a token-config.json value': (text) => parseTokenConfig(JSON.stringify({ serviceApp: { appId: text } })),
  JSON: (text) => parseStrictJson(text, { longest: Number.POSITIVE_INFINITY, deepest: 16 }),
  'a JSON key': (text) =>
    parseStrictJson(JSON.stringify({ [text]: text }), { longest: Number.POSITIVE_INFINITY, deepest: 16 }),
  CSV: parseCsv,
  'a placeholder': isPlaceholder,
  "an org's ID": orgKey,
  'a backup record': (text) => {
    try {
      return readRecord(text)
    } catch (error) {
      return error
    }
  },
  'a list in a backup record': (text) => {
    const value = {
      id: 'c',
      name: 'x',
      secretHash: '',
      profileIds: Array(Math.ceil(text.length / 2)).fill(1),
    }
    try {
      return readRecord(JSON.stringify({ kind: 'consumer', value }))
    } catch (error) {
      return error
    }
  },
  'an error body full of tokens': (text) => {
    const count = Math.ceil(text.length / ' "1token":"value-1", '.length)
    const entries = Array.from({ length: count }, (_, n) => [`${n}token`, `value-${n}`])
    return readTokenAnswer(answered(400, JSON.stringify(Object.fromEntries(entries))), CONTEXT)
  },
  'redaction of a server answer': (text) => redact(text, [SECRET]),
  'a refusal of Webex': (text) =>
    readTokenAnswer(answered(400, JSON.stringify({ message: text, error: text, trackingId: text })), CONTEXT),
  'an answer that is no JSON': (text) => readProbeAnswer(answered(200, text), CONTEXT),
  'a token answer': (text) =>
    readTokenAnswer(
      answered(200, JSON.stringify({ access_token: text, expires_in: text, scope: text })),
      CONTEXT,
    ),
  'Retry-After': (text) => readRetryAfter(text, 0),
  'an error of fetch': (text) => readFetchFailure(new Error(text)),
  'a base URL': parseBaseUrl,
  'the path of a base URL': (text) => parseBaseUrl(`https://webexapis.com/${text}`),
  'a probe path': normalizeProbePath,
  'the log': knowing(),
  'parts of a token': withoutPartsOf(new Secret(SECRET)),
  'last lines of a command': (text) => {
    const tail = new OutputTail()
    tail.add(Buffer.from(text))
    return [lastLines(tail.text(), (line) => line), keptOutput(tail.text(), (line) => line)]
  },
  'all lines of a command': (text) => [lastLines(text, (line) => line), keptOutput(text, (line) => line)],
  'entries of an env file': (text) => {
    const read = searchable(Buffer.from(text))
    return read.kind === 'text' ? entriesOf(read.text) : null
  },
  'the value of an entry': meaningOf,
  'ways to write a value': (text) => waysToWrite(text).map((way) => way(text)),
  'an edit of an env file': (text) => editEnv(Buffer.from(text), [{ name: 'a', value: new Secret(SECRET) }]),
  'a question to the endpoint': (text) => readQuestion(`/v1/token/${text}`),
  'a secret shown to the endpoint': (text) => presentedSecret(`Bearer ${text}`),
  'a request of satm': parseRequest,
  'a profile satm names': (text) => findProfile(FLEET.profiles, text),
  'a command line': (text) => [readCommandLine([text]), readCommandLine(['token', 'x', '--min-ttl', text])],
  'a length of time': durationOf,
  'what satm prints': plain,
  'a webhook address': readWebhookAddress,
  'an address to open': (text) => openableAddress(`https://example.com/${text}`, 'https://example.com'),
  'a redirected URL': (text) => {
    const uri = 'http://localhost:3000/callback'
    const parameters = readRedirectedUrl(`${uri}?state=s&error=${text}&error_description=${text}`, uri)
    return parameters === null ? null : judgeCallback(parameters, 's')
  },
  'a request to the loopback': (text) =>
    readRequest(
      { method: 'GET', target: `/callback?${text}`, headers: { host: 'h', 'sec-purpose': text } },
      { host: 'h', callbackPath: '/callback', probePath: '/p', pagePath: '/a' },
    ),
  'tables of the system': (text) => [listeningInodes(text, 1), readLsof(text), readNetstat(text, 1)],
  'the simulator: a bearer': (text) => presentedToken(`Bearer ${text}`),
  "the simulator: an org's ID": orgUuidOf,
  'a request to add': requested('service-app.add', (text) => ({ ...ADDED, name: text, appId: text })),
  'a request with a path': requested('service-app.add', (text) => ({
    ...ADDED,
    probe: { kind: 'custom', path: text },
  })),
  'a request with a list': requested('endpoint.add-consumer', (text) => ({
    name: 'x',
    profileIds: text.split(''),
  })),
  'a request with a history cursor': requested('history.page', (text) => ({
    profileId: null,
    managerId: null,
    outcome: null,
    tier: null,
    cursor: text,
    limit: 1,
  })),
  'remarks on a form': (text) =>
    remarksOn(
      { ...TYPED, appId: text, clientId: text, clientSecret: text, targetOrgId: text, accessToken: text },
      { integrationClientIds: [], profiles: [] },
    ),
  'remarks on an integration': (text) => integrationRemarks({ clientId: text, clientSecret: text }, []),
  'a pasted form value': (text) => fillFrom(text, { current: null }, 'x'),
  'an ID in the window': decodedId,
  'a search in the window': wordsOf,
}
