// Everything that reads or cleans text from outside: pasted, from files, answers, hooks, programs and the window.

import { csvRow, parseCsv } from '#base/common/csv.ts'
import { entriesOf, meaningOf, waysToWrite } from '#base/common/dotenv.ts'
import { durationOf } from '#base/common/duration.ts'
import { findProfile } from '#base/common/find-profile.ts'
import { orgKey } from '#base/common/webex-id.ts'
import { editEnv, searchable } from '#base/node/env-editor.ts'
import { judgeCallback, readRedirectedUrl } from '#connect/authorization-response.ts'
import { readRequest } from '#connect/loopback-server.ts'
import { listeningInodes, readLsof, readNetstat } from '#connect/port-owner.ts'
import { isPlaceholder, parseStrictJson, parseTokenConfig } from '#contract/token-config.ts'
import { idProblem, looksSecret, nameProblem } from '#contract/value-rules.ts'
import { isOwnHost } from '#delivery/endpoint/admission.ts'
import { presentedSecret } from '#delivery/endpoint/consumer-secret.ts'
import { readCertificate } from '#delivery/endpoint/listen-address.ts'
import { readQuestion } from '#delivery/endpoint/token-request.ts'
import { keptOutput, OutputTail, withoutPartsOf } from '#delivery/hook/output-tail.ts'
import { readWebhookAddress } from '#delivery/webhook/webhook-request.ts'
import { createRedactor } from '#desktop/log/redact.ts'
import { openableAddress } from '#desktop/system/links.ts'
import { autostartEntry } from '#desktop/system/login-item.ts'
import { busNameHasOwner } from '#desktop/system/session-bus.ts'
import { trayModel } from '#desktop/tray/tray-menu.ts'
import { readFeed, readReleaseSource } from '#desktop/updates/release-feed.ts'
import { fileBelow, mimeType, requestedPath } from '#desktop/window/app-files.ts'
import type { Fleet, Profile } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { classify } from '#engine/failure/classifier.ts'
import { readImport } from '#import/import-file.ts'
import { planImport } from '#import/import-plan.ts'
import { dispatch, type Handlers } from '#ipc/dispatcher.ts'
import { readCommandLine } from '#satm/client/command-line.ts'
import { shellLine } from '#satm/client/formats.ts'
import { plain } from '#satm/client/print.ts'
import { parseRequest } from '#satm/server/request-parser.ts'
import { presentedToken } from '#simulator/api/resources.ts'
import { routeOf } from '#simulator/api/routes.ts'
import { orgUuidOf } from '#simulator/identifiers.ts'
import { readRecord } from '#vault/backup/backup-records.ts'
import { primaryCode } from '#vault/db/sqlite-errors.ts'
import { parseBaseUrl } from '#webex/base-url.ts'
import { normalizeProbePath } from '#webex/client.ts'
import { nextIn, readDataSource } from '#webex/data-sources.ts'
import { readFetchFailure } from '#webex/network-errors.ts'
import { redact } from '#webex/redact.ts'
import {
  readExpiryAnswer,
  readPresenceAnswer,
  readProbeAnswer,
  readRetryAfter,
  readTokenAnswer,
} from '#webex/response-parser.ts'
import { profile, view } from '../renderer/fake-view.ts'
import { type Reader, TYPED, WINDOW_READERS } from './window-readers.ts'

const SECRET = 'a-secret-that-is-known-1'
const CONTEXT = { now: 0, sent: [new Secret(SECRET)] }
const SHELLS = ['sh', 'fish', 'powershell'] as const
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
    link: null,
    meta: NOTHING_KNOWN,
  }
}

function knowing(): Reader {
  const redactor = createRedactor()
  redactor.knownSecret(SECRET)
  return (text) => redactor.value({ text })
}

function knowingWhole(): Reader {
  const redactor = createRedactor()
  redactor.knownSecret(SECRET)
  return redactor.whole
}

/** A handler that is never reached would do: what counts is how the request is parsed. */
const HANDLERS = new Proxy({}, { get: () => () => null }) as Handlers

const RELEASES = readReleaseSource(
  JSON.stringify({
    feed: 'https://updates.example',
    keys: ['MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE='],
  }),
)

function released(feed: (text: string) => string): Reader {
  return (text) => {
    try {
      return readFeed(feed(text), RELEASES, { kind: 'appimage', arch: 'x64' })
    } catch (error) {
      return error
    }
  }
}

function requested(name: string, input: (text: string) => unknown): Reader {
  return (text) => dispatch(HANDLERS, name, input(text), () => undefined)
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
  'import of a column name': (text) => imported('orgs.csv')(`org id,${csvRow([text, text]).trim()}\nx,y,z`),
  'import of nested keys': (text) =>
    imported('orgs.json')(JSON.stringify([{ [text]: { [text]: { id: text, [text]: text } } }])),
  'import of a variable name': (text) => imported('.env')(`${text}CLIENT_ID=a\n[${text}]\nset ${text}=b`),
  'import of one .env value': (text) => imported('.env')(`WEBEX_SERVICE_APP_ACCESS_TOKEN=${text}`),
  'a release feed': released((text) => text),
  'a file name in a release feed': released((text) =>
    JSON.stringify({
      version: '1.0.0',
      packages: [{ kind: 'appimage', arch: 'x64', path: text, signature: text }],
    }),
  ),
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
  'a refusal that is no JSON': (text) => readTokenAnswer(answered(503, text), CONTEXT),
  'an end of a token that is no JSON': (text) => readExpiryAnswer(answered(400, text), CONTEXT),
  'an answer without a credential that is no JSON': (text) =>
    readPresenceAnswer(answered(429, text), CONTEXT),
  'a token answer': (text) =>
    readTokenAnswer(
      answered(200, JSON.stringify({ access_token: text, expires_in: text, scope: text })),
      CONTEXT,
    ),
  'Retry-After': (text) => readRetryAfter(text, 0),
  'a data source': (text) =>
    readDataSource({ id: text, url: text, tokenExpiryTime: text, jwsToken: `e.${text}` }, 0),
  'a link to the next page': (text) => nextIn({ ...answered(200, '{}'), link: text }),
  'an error of fetch': (text) => readFetchFailure(new Error(text)),
  'a base URL': parseBaseUrl,
  'the path of a base URL': (text) => parseBaseUrl(`https://webexapis.com/${text}`),
  'a probe path': normalizeProbePath,
  'the log': knowing(),
  'parts of a token': withoutPartsOf(new Secret(SECRET)),
  'the output of a command': (text) => {
    const tail = new OutputTail()
    tail.add(Buffer.from(text))
    return keptOutput(tail.text(), withoutPartsOf(new Secret(SECRET)))
  },
  'all of an output': (text) => keptOutput(text, (shown) => shown),
  'a known secret in an output': knowingWhole(),
  'entries of an env file': (text) => {
    const read = searchable(Buffer.from(text))
    return read.kind === 'text' ? entriesOf(read.text) : null
  },
  'the value of an entry': meaningOf,
  'ways to write a value': (text) => waysToWrite(text).map((way) => way(text)),
  'an edit of an env file': (text) => editEnv(Buffer.from(text), [{ name: 'a', value: new Secret(SECRET) }]),
  'a question to the endpoint': (text) => readQuestion(`/v1/token/${text}`),
  'a secret shown to the endpoint': (text) => presentedSecret(`Bearer ${text}`),
  'a host of the endpoint': (text) => isOwnHost(text, 7286),
  'a certificate of the endpoint': (text) => readCertificate({ cert: text, key: text }),
  'a request of satm': parseRequest,
  'a profile satm names': (text) => findProfile(FLEET.profiles, text),
  'a command line': (text) => [readCommandLine([text]), readCommandLine(['token', 'x', '--min-ttl', text])],
  'a length of time': durationOf,
  'what satm prints': plain,
  'a webhook address': readWebhookAddress,
  'an address to open': (text) => openableAddress(`https://example.com/${text}`, 'https://example.com'),
  'a redirected URL': (text) => {
    readRedirectedUrl(text)
    const parameters = readRedirectedUrl(`localhost/?state=s&error=${text}&error_description=${text}`)
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
  'a secret, an ID or a name': (text) => [looksSecret(text), idProblem('', text), nameProblem('', text)],
  'a refusal, classified': (text) =>
    ([1, 2] as const).map((tier) =>
      classify(
        { tier },
        {
          kind: 'refused',
          status: 400,
          code: text,
          message: text,
          webexShaped: true,
          retryAfter: null,
          ...NOTHING_KNOWN,
        },
      ),
    ),
  'an address of the app': (text) => {
    const relative = requestedPath(`app://satm/${text}`) ?? text
    return [fileBelow('/app', relative), mimeType(relative)]
  },
  'an argument of the autostart entry': (text) => autostartEntry('App', [text]),
  'an answer of the session bus': (text) => busNameHasOwner('name', () => ({ kind: 'text', text })),
  'an error of SQLite': (text) => primaryCode(new Error(text)),
  'a value for a shell': (text) => SHELLS.map((shell) => shellLine(shell, 'NAME', text)),
  'names in the tray': (text) =>
    trayModel(
      view({ fleet: { profiles: ['1', '2'].map((id) => profile({ id, name: text + id })) } }).fleet,
      '',
    ),
  'the simulator: a path': (text) => [
    routeOf(`/applications/${text}`),
    routeOf(`/dataSources/schemas/${text}`),
  ],
  ...WINDOW_READERS,
}
