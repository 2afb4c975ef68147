// What each command prints and how it ends: as a program in a pipe, and in a real terminal.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { TokenPair } from '#engine/domain/model.ts'
import type { Incident } from '#engine/domain/view-model.ts'
import { invalidGrant, unauthorised } from '../engine/support/answers.ts'
import { failWith, HOUR, makeIntegration, makePair } from '../engine/support/world.ts'
import { aConsumer, aDelivery, aFleetDelivery, aHeldTarget } from './support/administration.ts'
import {
  type Input,
  inStep,
  program,
  type Running,
  removeProgram,
  running,
  satmProgram,
  typing,
} from './support/running.ts'
import { terminal } from './support/terminal.ts'

let app: Running

beforeEach(async () => {
  app = await running({
    profiles: [
      { id: 'p1', name: 'Orders', orgName: 'Acme', targetOrgId: 'org-1' },
      { id: 'p2', name: 'Queue', orgName: 'Acme', targetOrgId: 'org-1', serviceAppId: 'app-b' },
      { id: 'p3', name: 'Queue', orgName: 'Beta', targetOrgId: 'org-2', serviceAppId: 'app-b' },
    ],
  })
})
afterEach(() => app.close())
afterAll(removeProgram)

const COLUMNS = 60

/** What a person sees, and the exit code. */
async function inTerminal(args: readonly string[], input: Input): Promise<{ shown: string; code: number }> {
  const { path: script } = await program()
  const words = args.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const opened = terminal(`stty cols ${COLUMNS}; "$NODE" "$SCRIPT" ${words}; echo "exit=$?"`, {
    PATH: process.env.PATH,
    NODE: process.execPath,
    SCRIPT: script,
    SATM_DATA_FOLDER: app.folder,
    NO_COLOR: '1',
    TERM: 'xterm',
  })
  onTestFinished(() => opened.close())
  const type = typing(input, opened.type)
  await expect
    .poll(
      async () => {
        type()
        await inStep(app.world.clock)
        return opened.shown()
      },
      { timeout: 10_000, interval: 5 },
    )
    .toMatch(/exit=\d+/)
  const [shown = '', code = ''] = opened.shown().replaceAll('\r\n', '\n').split('exit=')
  return { shown, code: Number(code.trim()) }
}

const anIncident = (more: Partial<Incident> = {}): Incident => ({
  key: 'undelivered:app-b:1',
  code: 'undelivered',
  level: 'warning',
  title: 'Tokens of “Queue” not delivered for 2 customers',
  sentence: 'The file cannot be written.',
  fix: null,
  owner: 'you',
  serviceApp: null,
  profileIds: ['p2', 'p3'],
  customers: 2,
  deadline: null,
  trackingId: null,
  since: 0,
  ...more,
})

const FILE = 'customers.csv'
const HEAD = 'name,app id,client id,client secret,target org id,org name\n'
const SECRET = '9f'.repeat(32)
const appId = Buffer.from('ciscospark://us/APPLICATION/C1234567890abcdef').toString('base64url')
const row = (name: string, org: string, secret = SECRET) =>
  `${name},${appId},C1234567890abcdef,${secret},${org},${name} Ltd\n`
const ORGS = ['11111111-2222-4333-8444-555555555551', '11111111-2222-4333-8444-555555555552'] as const

const write = (text: string) => writeFileSync(path.join(app.folder, FILE), text)
const file = () => path.join(app.folder, FILE)

const refused = () => {
  failWith(app.world, 'refresh', invalidGrant, 'client-a')
  failWith(app.world, 'application', unauthorised, 'APP_a')
}

/** What a person has pasted of the browser's address. */
function redirected(query = 'code=c0de'): string | null {
  const url = app.administered.connect.authorizationUrl()
  const state = url === null ? null : new URL(url).searchParams.get('state')
  return state === null ? null : `http://localhost:3000/callback?${query}&state=${state}\n`
}
function secretFile(): string {
  const place = path.join(app.folder, 'secret')
  writeFileSync(place, `${SECRET}\n`, { mode: 0o600 })
  return place
}

const hold = () => {
  const hook = {
    kind: 'hook',
    command: 'vault kv put x token=- &&\n  rm -rf "$HOME"',
    pass: 'stdin',
  } as const
  app.administered.targets = [
    aHeldTarget('p1', {
      kind: 'env-file',
      path: '/srv/app/.env',
      accessTokenName: 'T',
      refreshTokenName: 'R',
      confirmed: [],
    }),
    aHeldTarget('p3', { ...hook, timeLimit: 30_000, readBack: 'vault kv get x' }),
  ]
  app.administered.consumers = [aConsumer({ held: true, profileIds: ['p1', 'p2'] })]
  app.administered.webhookUrl = 'https://hooks.example.com/T0/B1/key'
  app.administered.renewals = 'renews 3 service apps'
}
const RELOAD = './reload --all'
const deliverSome = () => {
  const failure = { at: 0, fingerprint: 'f', failures: 1, retryAt: null }
  const spec = { kind: 'hook', command: RELOAD, pass: 'stdin', timeLimit: 30_000 } as const
  app.administered.fleetDeliveries = [aFleetDelivery({ spec }), aFleetDelivery({ id: 'f2', held: true })]
  app.administered.delivered = [
    aDelivery(),
    aDelivery({
      id: 'fleet:f1:p3',
      profileId: 'p3',
      spec,
      state: 'failing',
      delivered: null,
      failure: { ...failure, sentence: 'The command ended with exit code 3.' },
    }),
  ]
}
const ID = '[0-9a-f]{12}'

interface Row {
  readonly args: readonly string[] | (() => readonly string[])
  /** What is typed or pasted, once satm waits for it. */
  readonly input?: Input
  /** It changes what the next one would find: the terminal comes after the pipe, with `before` again. */
  readonly isInTurn?: true
  readonly before?: () => void
  readonly code: number
  /** In a pipe. */
  readonly out: RegExp
  readonly err?: RegExp
  /** Both streams, in a terminal; missing: as in a pipe. */
  readonly shown?: RegExp
}

const NOTHING = /^$/
const ISO = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z'

function addFallback(pair: TokenPair): void {
  const second = makeIntegration({ id: 'second', name: 'Second', isDefault: false, pair })
  void app.world.engine.apply([
    { kind: 'manager-saved', manager: second },
    { kind: 'manager-saved', manager: { ...app.world.manager(), fallbackId: 'second' } },
  ])
}

const TABLE: Readonly<Record<string, Row>> = {
  list: {
    args: ['list'],
    code: 0,
    out: new RegExp(`^Orders\\tAcme\\thealthy\\t${ISO}\\t${ISO}\\nQueue@Acme\\tAcme\\thealthy\\t`),
    shown:
      /^NAME {4}CUSTOMER {2}STATE {4}EXPIRES +NEXT REFRESH\nOrders {2}Acme {6}Healthy {2}in 1\d d.* {2}in 6 d/,
  },
  'list of one customer, the last to expire first': {
    args: ['list', '--customer', 'BETA', '--sort', 'expires', '-q'],
    code: 0,
    out: /^Queue@Beta\n$/,
  },
  'list of none': {
    args: ['list', '--state', 'expired,paused'],
    code: 0,
    out: NOTHING,
    err: /^satm: No matches\.\n$/,
    shown: /No matches\.\n$/,
  },
  'list of an app by its ID': {
    args: ['list', '--app', 'APP_b', '-q'],
    code: 0,
    out: /^Queue@Acme\nQueue@Beta\n$/,
  },
  'list of fields': {
    args: ['list', '--json', 'reference,state'],
    code: 0,
    out: /^\[\n {2}\{\n {4}"reference": "Orders",\n {4}"state": "healthy"\n {2}\},/,
  },
  'list in YAML': {
    args: ['list', '-o', 'yaml'],
    code: 0,
    out: new RegExp(`^now: "${ISO}"\\nprofiles:\\n {2}- id: p1\\n {4}name: Orders\\n`),
  },
  'list in CSV': {
    args: ['list', '-o', 'csv'],
    code: 0,
    out: new RegExp(`^reference,name,appId,.*\\r\\nOrders,Orders,APP_a,Acme,org-1,healthy,${ISO},`),
    shown: /^reference,name,appId,/,
  },
  status: {
    args: ['status'],
    code: 0,
    out: /^customers {6}3 healthy\n/,
  },
  'status in a shared vault': {
    args: ['status'],
    before: () => {
      app.around.sharedVault = { leader: 'server 1 (ab12)', leadsHere: false, trouble: null, agreedAt: 0 }
    },
    code: 0,
    out: new RegExp(`\\nshared vault +renewed by server 1 \\(ab12\\), last read ${ISO}\\n`),
    shown: /renewed by server 1 \(ab12\), last read \d+ d ago\n/,
  },
  'status in a shared vault that is away': {
    args: ['status'],
    before: () => {
      const trouble = 'The database cannot be reached.'
      app.around.sharedVault = { leader: null, leadsHere: false, trouble, agreedAt: null }
    },
    code: 0,
    out: /\nshared vault +The database cannot be reached\. \(Last read: not since the start\)\n/,
  },
  'status with a fallback': {
    args: ['status'],
    before: () => addFallback(makePair()),
    code: 0,
    out: /\ntoken manager +Token manager integration: connected, .*, falls back to Second\ntoken manager +Second: connected/,
  },
  'status with a fallback in use': {
    args: ['status'],
    before: () => {
      addFallback(makePair())
      const end = app.world.manager().pair
      if (end === null) throw new Error('it is connected')
      const pair = { ...end, refresh: null, expiresAt: 0 }
      void app.world.engine.apply([{ kind: 'manager-pair', managerId: 'manager', pair }])
    },
    code: 0,
    out: /\ntoken manager +Token manager integration: expired, Second is used instead\. /,
  },
  'status of one': {
    args: ['status', 'Orders'],
    code: 0,
    out: new RegExp(`state +healthy\\naccess token +expires ${ISO}\\n`),
    shown: /state +Healthy\naccess token +expires in 1\d d/,
  },
  'status, checked': { args: ['status', '--check'], code: 0, out: /^3 customers, no problems\n$/ },
  'status with a failing delivery, checked': {
    args: ['status', '--check'],
    before: () => {
      app.around.incidents = [anIncident(), anIncident({ key: 'x', level: 'information' })]
    },
    code: 5,
    out: /^3 customers, 1 problem needs attention: Tokens of “Queue” not delivered for 2 customers\n$/,
  },
  'status of the one that is affected, checked': {
    args: ['status', 'p3', '--check'],
    before: () => {
      app.around.incidents = [anIncident()]
    },
    code: 5,
    out: /^Queue: Tokens of “Queue” not delivered for 2 customers\n$/,
  },
  'status of another one, checked': {
    args: ['status', 'p1', '--check'],
    before: () => {
      app.around.incidents = [anIncident()]
    },
    code: 0,
    out: /^Orders: healthy\n$/,
  },
  'status with what is snoozed, checked': {
    args: ['status', '--check'],
    before: () => {
      app.around.incidents = [anIncident({ snoozedUntil: HOUR })]
    },
    code: 0,
    out: /no problems\n$/,
  },
  'status with what is snoozed': {
    args: ['status'],
    before: () => {
      app.around.incidents = [anIncident({ snoozedUntil: Date.UTC(2026, 1, 1) })]
    },
    code: 0,
    out: /\nsnoozed +until 2026-02-01T00:00:00\.000Z: Tokens of “Queue” not delivered/,
    shown: /\nsnoozed +until 2026-0[12]-\d\d \d\d:\d\d: Tokens of “Queue” not delivered/,
  },
  token: { args: ['token', 'Orders'], code: 0, out: /^access-1\n$/ },
  'token of several': {
    args: ['token', 'Queue'],
    code: 3,
    out: NOTHING,
    err: /Use one of: Queue@Acme, Queue@Beta\n$/,
  },
  'token with a slip': { args: ['token', 'Ordres'], code: 3, out: NOTHING, err: /Did you mean: Orders\?\n$/ },
  'token of nobody': {
    args: ['token', 'zzz'],
    code: 3,
    out: NOTHING,
    err: /There are: Orders, Queue@Acme, Queue@Beta\n$/,
  },
  refresh: { args: ['refresh', 'Orders'], code: 0, out: /^Orders: renewed by tier 1, valid for 14 d\n$/ },
  'refresh that is refused': {
    args: ['refresh', 'Orders'],
    before: refused,
    code: 5,
    out: NOTHING,
    err: /^satm: Orders: /,
  },
  'refresh of all': {
    args: ['refresh', '--all'],
    before: refused,
    code: 5,
    out: /^Queue@(Acme|Beta): renewed by tier 1, valid for 14 d\nQueue@(Acme|Beta): renewed .*\n$/,
    err: /^satm: Orders: .*\(tracking id TRACK_\d\)\nsatm: 2 renewed, 1 failed\n$/,
    shown: /3 of 3 refreshed, 1 failed.*satm: Orders: .*\n2 renewed, 1 failed\n$/s,
  },
  env: { args: ['env', 'Orders', '--variable', 'T'], code: 0, out: /^export T='access-1'\n$/ },
  exec: { args: ['exec', 'Orders', '--', 'sh', '-c', 'exit 7'], code: 7, out: NOTHING },
  'exec with two tokens': {
    args: ['exec', '--as', 'Orders=A', '--as', 'Queue@Beta=B', '--', 'sh', '-c', 'echo "$A $B"'],
    code: 0,
    out: /^access-\d+ access-\d+\n$/,
  },
  'exec with one that is missing': {
    args: ['exec', '--as', 'Orders=A', '--as', 'zzz=B', '--', 'sh', '-c', 'echo ran'],
    code: 3,
    out: NOTHING,
    err: /^satm: No service app named “zzz”/,
  },
  test: { args: ['test', 'Orders'], code: 0, out: /^Orders: valid\. / },
  'deliver without targets': {
    args: ['deliver', 'Orders'],
    code: 5,
    out: NOTHING,
    err: /Orders has no targets\./,
  },
  deliver: {
    args: ['deliver', 'Orders'],
    before: () => {
      app.around.delivery = { delivered: 2, unverified: 0, of: 2 }
    },
    code: 0,
    out: /^Orders: delivered to 2 of 2 targets\n$/,
  },
  'deliver where a store lets nobody read': {
    args: ['deliver', 'Orders'],
    before: () => {
      app.around.delivery = { delivered: 2, unverified: 1, of: 2 }
    },
    code: 0,
    out: /^Orders: delivered to 2 of 2 targets; 1 written, not verified\n$/,
  },
  'deliver in part': {
    args: ['deliver', 'Orders'],
    before: () => {
      app.around.delivery = { delivered: 1, unverified: 0, of: 2 }
    },
    code: 1,
    out: /^Orders: delivered to 1 of 2 targets\n$/,
  },
  pause: {
    args: ['pause', 'Orders'],
    code: 0,
    out: /^Orders: paused( already)?\n$/,
  },
  resume: { args: ['resume', 'Orders'], code: 0, out: /^Orders: not paused\n$/ },
  'pause of all': {
    args: ['pause', '--all', '--for', '1h'],
    code: 0,
    out: new RegExp(`^All service apps are paused for 1 h, until ${ISO}\\n$`),
    shown: /paused for 1 h, until 20/,
  },
  'resume of all': { args: ['resume', '--all'], code: 0, out: /^All service apps are refreshed again\n$/ },
  history: { args: ['history'], code: 0, out: NOTHING, shown: /^TIME/ },
  'import, dry': {
    args: () => ['import', file(), '--dry-run'],
    before: () => write(HEAD + row('Coral', ORGS[0]) + row('Delta', ORGS[1])),
    code: 0,
    out: /^2 of 2 are ready\n$/,
  },
  'import of a row that is rejected': {
    args: () => ['import', file(), '--dry-run'],
    before: () => write(HEAD + row('Coral', ORGS[0]) + row('Delta', '')),
    code: 5,
    out: /^line 3\trejected\tDelta · Delta Ltd\t.+\n1 of 2 are ready, 1 rejected\n$/,
    shown: /^line 3 {2}rejected {2}Delta · Delta Ltd {2}/,
  },
  'import of what is not there': {
    args: () => ['import', `${file()}.not`],
    code: 5,
    out: NOTHING,
    err: /^satm: .*file/,
  },
  open: { args: ['open', 'Orders'], code: 0, out: NOTHING },
  'open of nobody': { args: ['open', 'zzz'], code: 3, out: NOTHING, err: /No service app named/ },
  doctor: {
    args: ['doctor'],
    before: () => {
      app.around.version = 'unbuilt'
    },
    code: 0,
    out: /^ok\tdata folder\t.*\nok\tsocket\t.*\nok\tversions\t.*\n$/,
    shown: /^✓ data folder {2}.*\n✓ socket {7}/,
  },
  'doctor with something wrong': {
    args: ['doctor'],
    before: () => {
      app.around.checks = [{ name: 'port 3000', state: 'problem', sentence: 'Taken. Free it.' }]
    },
    code: 5,
    out: /\nproblem\tport 3000\tTaken\. Free it\.\n$/,
    shown: /\n✗ port 3000 {4}Taken\. Free it\.\n$/,
  },
  connect: {
    args: ['connect'],
    isInTurn: true,
    input: redirected,
    code: 0,
    out: /^https:\/\/webexapis\.example\/v1\/authorize\?client_id=client-integration&\S+\nToken manager integration: connected\n$/,
    err: /^To reconnect Token manager integration, open this URL in a browser, .*\nThe browser is then sent to http:\/\/localhost:3000\/callback\?…, .* Paste that address here, within 10 min:\n$/,
    shown: /\nToken manager integration: connected\n$/,
  },
  'connect of another integration': {
    args: () => ['connect', '--client-id', 'Cnew', '--client-secret-file', secretFile()],
    isInTurn: true,
    input: redirected,
    code: 0,
    out: /authorize\?client_id=Cnew&\S+\nToken manager integration 2: connected\n$/,
    err: /^To (re)?connect .* integration( 2)?, open this URL/,
    shown: /\nToken manager integration 2: connected\n$/,
  },
  'connect that is declined': {
    args: ['connect'],
    isInTurn: true,
    input: () => redirected('error=access_denied'),
    code: 1,
    out: /^https:\S+\n$/,
    err: /\nsatm: The authorization was declined in the browser\. .*\n$/,
    shown: /satm: The authorization was declined in the browser\. /,
  },
  'connect of nobody': {
    args: ['connect', '--name', 'Nobody'],
    code: 3,
    out: NOTHING,
    err: /^satm: No integration named “Nobody”\. There are: “Token manager integration”\n$/,
  },
  'confirm of nothing': { args: ['confirm', '--list'], code: 0, out: NOTHING, err: /^Nothing is held\.\n$/ },
  'confirm, listed': {
    args: ['confirm', '--list'],
    before: hold,
    code: 0,
    out: new RegExp(
      [
        '^renewals\trenewals\tall service apps\trenews 3 service apps',
        `${ID}\tdelivery\tOrders\twrites /srv/app/\\.env\tsets T, R`,
        `${ID}\tdelivery\tQueue@Beta\truns vault kv put x token=- &&\\\\u\\{a\\}  rm -rf "\\$HOME"\tthen runs vault kv get x\tgets the token by standard input, at most 30 s`,
        `${ID}\tconsumer\tci\tgets the tokens of Orders, Queue@Acme`,
        `${ID}\twebhook\talerts\tsends alerts to https://hooks\\.example\\.com/T0/B1/key\n$`,
      ].join('\n'),
    ),
    shown: new RegExp(
      `^renewals  renewals\n    renews 3 service apps\n${ID}  delivery of Orders\n    writes /srv/app/\\.env\n`,
    ),
  },
  'confirm of all': {
    args: ['confirm', '--all', '--yes'],
    isInTurn: true,
    before: hold,
    code: 0,
    out: /\nrenewals: confirmed\ndelivery of Orders: delivered\ndelivery of Queue@Beta: delivered\nconsumer ci: confirmed\nwhsec_\S+\n$/,
    err: /^webhook: confirmed\. Others may know its signing secret, .*\nNothing else is held\.\n$/,
    shown: /\nwhsec_\S+\nNothing else is held\.\n$/,
  },
  'confirm of what is not held': {
    args: ['confirm', '0123456789ab'],
    before: hold,
    code: 3,
    out: NOTHING,
    err: /^satm: Nothing that is held has the ID “0123456789ab”\. .* Nothing was confirmed\.\n$/,
  },
  'confirm whose delivery fails': {
    args: ['confirm', '--all', '--yes'],
    isInTurn: true,
    before: () => {
      hold()
      app.administered.delivers = () => false
    },
    code: 0,
    out: /\ndelivery of Orders: confirmed, but not delivered yet: No such folder\.\n/,
    err: /^webhook/,
    shown: /\ndelivery of Orders: confirmed, but not delivered yet: No such folder\.\n/,
  },
  'consumers of nobody': {
    args: ['consumers', 'list'],
    code: 0,
    out: NOTHING,
    err: /^No consumers yet\./,
    shown: /No consumers yet\. Add one for each program: satm consumers add NAME\.\n$/,
  },
  consumers: {
    args: ['consumers', 'list'],
    before: () => {
      app.administered.consumers = [
        aConsumer(),
        aConsumer({ id: 'c2', name: 'nightly', profileIds: ['p2', 'gone'], held: true }),
      ]
    },
    code: 0,
    out: /^ci\tall\tactive\tnever\tc1\nnightly\tQueue@Acme, gone \(removed\)\theld\tnever\tc2\n$/,
    shown: /^NAME +SERVICE APPS +STATE +LAST USED +ID\nci +all +active +never +c1\n/,
  },
  'consumers, added': {
    args: ['consumers', 'add', 'ci', '--service-app', 'Orders', '--service-app', 'Queue@Beta'],
    before: () => {
      app.administered.consumers = []
    },
    isInTurn: true,
    code: 0,
    out: /^satm_C{43}\n$/,
    err: /^ci: added\. Its secret is printed this once: .*\n$/,
    shown: /^ci: added\. .*\nsatm_C{43}\n$/,
  },
  'consumers, added for a name that is ambiguous': {
    args: ['consumers', 'add', 'ci', '--service-app', 'Queue'],
    code: 3,
    out: NOTHING,
    err: /Use one of: Queue@Acme, Queue@Beta\n$/,
  },
  'consumers, removed': {
    args: ['consumers', 'remove', 'ci'],
    before: () => {
      app.administered.consumers = [aConsumer()]
    },
    isInTurn: true,
    code: 0,
    out: /^ci: removed, its secret is rejected from now on\n$/,
  },
  'consumers, removed by a name that two have': {
    args: ['consumers', 'remove', 'ci'],
    before: () => {
      app.administered.consumers = [aConsumer(), aConsumer({ id: 'c2' })]
    },
    code: 3,
    out: NOTHING,
    err: /^satm: 2 consumers are named “ci”\. Use the ID of one: c1, c2\n$/,
  },
  'deliveries of nobody': {
    args: ['deliveries', 'list'],
    code: 0,
    out: NOTHING,
    err: /^No deliveries yet\. Add one: satm deliveries add PROFILE --file FILE\.\n$/,
  },
  deliveries: {
    args: ['deliveries', 'list'],
    before: deliverSome,
    code: 0,
    out: new RegExp(
      `^d1\tOrders\tenv-file\t/srv/orders/\\.env\tdelivered\t1970-01-01T00:00:00\\.000Z\t0a1b2c3d\t\n` +
        `fleet:f1:p3\tQueue@Beta\thook\t${RELOAD}\tfailing\tnever\t–\tThe command ended with exit code 3\\.\n` +
        `f2\tall service apps\tenv-file\t/srv/\\{customer\\}/\\.env\theld\tnever\t–\t\n$`,
    ),
    shown: new RegExp(
      `^d1  Orders\n {4}writes TOKEN to /srv/orders/\\.env\n {4}Delivered \\(.* ago, 0a1b2c3d\\)\n` +
        `fleet:f1:p3  Queue@Beta\n {4}runs ${RELOAD}, of the fleet delivery f1\n {4}Failing \\(delivered: never\\)\n {4}The command ended with exit code 3\\.\n` +
        `f2  all service apps\n {4}writes TOKEN to /srv/\\{customer\\}/\\.env, a fleet delivery\n {4}Held \\(delivered: never\\)\n$`,
    ),
  },
  'deliveries of one service app': {
    args: ['deliveries', 'list', 'queue@beta', '--json', 'id,state'],
    before: deliverSome,
    code: 0,
    out: /^\[\s+\{\s+"id": "fleet:f1:p3",\s+"state": "failing"\s+\}\s+\]\n$/,
  },
  'a delivery, added for a name that is ambiguous': {
    args: ['deliveries', 'add', 'Queue', '--command', 'true'],
    code: 3,
    out: NOTHING,
    err: /Use one of: Queue@Acme, Queue@Beta\n$/,
  },
  'a delivery, removed': {
    args: ['deliveries', 'remove', 'd1'],
    before: deliverSome,
    isInTurn: true,
    code: 0,
    out: /^Orders: nothing is delivered to \/srv\/orders\/\.env any more; what was written stays\n$/,
  },
  'a delivery of a fleet delivery, removed': {
    args: ['deliveries', 'remove', 'fleet:f1:p3'],
    before: deliverSome,
    code: 5,
    out: NOTHING,
    err: /removed whole, with those of all its customers: satm deliveries remove f1\.\n$/,
  },
  'a fleet delivery, removed': {
    args: ['deliveries', 'remove', 'f1'],
    before: deliverSome,
    isInTurn: true,
    code: 0,
    out: /^Fleet delivery: nothing is delivered to \.\/reload --all any more; what was written stays\n$/,
  },
  'a fleet delivery that is held and has no targets, removed': {
    args: ['deliveries', 'remove', 'f2'],
    before: deliverSome,
    isInTurn: true,
    code: 0,
    out: /^Fleet delivery: nothing is delivered to \/srv\/\{customer\}\/\.env any more; what was written stays\n$/,
  },
  'a fleet delivery, edited': {
    args: ['deliveries', 'edit', 'f2', '--variable', 'OTHER'],
    before: deliverSome,
    code: 5,
    out: NOTHING,
    err: /^satm: This is a fleet delivery: it is changed in the app’s window, under Settings → Delivery\. Here it can be removed\.\n$/,
  },
  'a delivery of a fleet delivery, edited': {
    args: ['deliveries', 'edit', 'fleet:f1:p3', '--command', 'true'],
    before: deliverSome,
    code: 5,
    out: NOTHING,
    err: /belongs to a fleet delivery, which is changed in the app’s window, and removed whole/,
  },
  'open of a server': {
    args: ['open'],
    before: () => {
      app.around.isServer = true
    },
    code: 1,
    out: NOTHING,
    err: /^satm: A server \(satm serve\) owns this data folder, and it has no window\./,
  },
  'a mistyped command': {
    args: ['staus'],
    code: 2,
    out: NOTHING,
    err: /^satm: Unknown command “staus”\. Did you mean status\? See satm --help\.\n$/,
  },
  'a closed vault': {
    args: ['list'],
    before: () => {
      app.state = 'closed'
    },
    code: 5,
    out: NOTHING,
    err: /The keyring is locked/,
  },
  'an app that does not run': {
    args: () => ['list', '--no-start', '--data-folder', `${app.folder}-not`],
    code: 4,
    out: NOTHING,
    err: /^satm: There is no data folder /,
  },
}

describe('in a pipe and at a terminal', () => {
  test.each(Object.entries(TABLE))('%s', async (_, row) => {
    const { args, before: prepare, input = () => '', isInTurn = false, code, out, err = NOTHING, shown } = row
    prepare?.()
    const words = typeof args === 'function' ? args() : args
    const piping = satmProgram(app, words, {}, input)
    if (isInTurn) {
      await piping
      prepare?.()
    }
    const [piped, seen] = await Promise.all([piping, inTerminal(words, input)])
    expect(piped.out).toMatch(out)
    expect(piped.err).toMatch(err)
    expect(piped.code).toBe(code)
    const told = err === NOTHING ? out : err
    expect(seen.shown).toMatch(shown ?? told)
    expect(seen.code).toBe(code)
    expect(piped.out + piped.err + seen.shown).not.toContain(SECRET)
    expect(app.unexpected).toEqual([])
  })
})

test('status --watch in JSON at a terminal prints each state once, while time goes on', async () => {
  const { path: script } = await program()
  let looks = 0
  Object.defineProperty(app.around, 'incidents', {
    get() {
      looks += 1
      return null
    },
  })
  const opened = terminal('"$NODE" "$SCRIPT" status --watch --json', {
    PATH: process.env.PATH,
    NODE: process.execPath,
    SCRIPT: script,
    SATM_DATA_FOLDER: app.folder,
  })
  onTestFinished(() => opened.close())
  const moved = async () => {
    await inStep(app.world.clock)
    return looks
  }
  await expect.poll(moved, { timeout: 15_000 }).toBeGreaterThan(3)
  expect(opened.shown().match(/"paused": 0/g)).toHaveLength(1)
})

describe('a file with a warning', () => {
  const sentence = '/srv/a.env can be read by other users.'
  const words = ['deliveries', 'add', 'Orders', '--file', '/srv/a.env']
  const odd = () => {
    app.administered.remarks = [{ confirm: 'readable-by-others', sentence }]
  }

  test.each([
    ['y', 0],
    ['n', 1],
  ])('is confirmed at a terminal by an answer: %s', async (typed, code) => {
    odd()
    const seen = await inTerminal(words, () => `${typed}\n`)
    expect(seen.shown).toContain(`satm: ${sentence}\nConfirm it? [y/N] `)
    expect(seen.code).toBe(code)
    const saved = {
      profileId: 'p1',
      targetId: null,
      shown: 'as shown',
      target: {
        kind: 'env-file',
        path: '/srv/a.env',
        accessTokenName: 'WEBEX_SERVICE_APP_ACCESS_TOKEN',
        refreshTokenName: null,
        confirmed: ['readable-by-others'],
      },
    }
    expect(app.administered.saves).toEqual(code === 0 ? [saved] : [])
  })

  test('that nothing confirms is not used, with --yes neither', async () => {
    app.administered.remarks = [{ confirm: null, sentence: '/srv/a.env is a folder, not a file.' }]
    const { code, err } = await satmProgram(app, [...words, '--yes'])
    expect([code, err]).toEqual([5, 'satm: /srv/a.env is a folder, not a file.\n'])
    expect(app.administered.saves).toEqual([])
  })
})
