// The server as its package installs it and systemd runs it, by the commands of docs/server.md: from an empty machine to the
// removed package. Steps of one life: each begins where the one before it ended.
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { type Made, NAME, packages, projectRoot, run as runHere } from '../packages/support/packages.ts'
import { decide, locationOf } from '../simulator/support/calls.ts'
import { writeDesktopBackup } from './support/desktop-backup.ts'
import { PASSPHRASE, type ServerMachine, serverMachine } from './support/server-machine.ts'
import { commandsUnder } from './support/server-page.ts'

const LONG = 600_000
const WAIT = { timeout: 60_000, interval: 200 }
const place = mkdtempSync(path.join(tmpdir(), 'satm-server-test-'))

let made: Made
let simulator: Simulator
let server: ServerMachine
let names: readonly string[]

beforeAll(async () => {
  made = packages(['deb'])
  simulator = await startSimulator({ apps: 2, orgs: 2 })
  server = await serverMachine(made)
}, LONG)

afterAll(async () => {
  await server?.remove()
  await simulator?.close()
  made?.remove()
  rmSync(place, { recursive: true, force: true })
})

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error((await server.journal()).split('\n').slice(-40).join('\n'))
})

const run = (...command: readonly string[]) => server.machine.run(command)
const accepted = async (token: string) => {
  const authorization = `Bearer ${token.trim()}`
  return (await fetch(`${simulator.baseUrl}/dataSources/schemas`, { headers: { authorization } })).status
}
const nothingSpentTwice = () => expect(simulator.ledger.duplicates()).toEqual([])

describe('the package', () => {
  test(
    'adds user and unit, and starts nothing',
    async () => {
      await server.documented('Install')
      await server.documented('Install', 1)
      expect((await run('systemctl', 'is-enabled', 'satm')).out.trim()).toBe('disabled')
      expect(await server.property('ActiveState')).toBe('inactive')
      expect(await server.shell('getent passwd satm')).toMatch(/:\/var\/lib\/satm:\/usr\/sbin\/nologin$/m)
      expect(await server.shell('systemd-analyze verify --man=no satm.service')).toBe('')
    },
    LONG,
  )

  test('brings a V8 that MemoryDenyWriteExecute= would end', async () => {
    const once = ['systemd-run', '--quiet', '--wait', '--pipe']
    expect((await run(...once, 'satm', '--version')).code).toBe(0)
    const denied = await run(...once, '--property=MemoryDenyWriteExecute=yes', 'satm', '--version')
    expect(denied.code).not.toBe(0)
  })
})

describe('satm.service on an empty folder', () => {
  test('without a passphrase says so in the journal, and is not started again and again', async () => {
    await server.pointAt(simulator)
    expect((await run('systemctl', 'start', 'satm')).code).not.toBe(0)
    expect(await server.property('ActiveState')).toBe('failed')
    expect(await server.property('ExecMainStatus')).toBe('2')
    expect(await server.property('NRestarts')).toBe('0')
    expect(await server.journal()).toContain('passphrase')
  })

  test('starts with the passphrase as a credential, in its sandbox', async () => {
    await server.givePassphrase()
    await server.documented('Start with an empty folder')
    expect(await server.property('ActiveState')).toBe('active')
    expect(await server.readiness()).toBe(200)
    expect(statSync(server.inRoot('var/lib/satm')).mode & 0o777).toBe(0o700)
    const pid = await server.property('MainPID')
    const facts = await server.shell(`cat /proc/${pid}/status; tr '\\0' '\\n' < /proc/${pid}/environ`)
    expect(facts).toMatch(/^Seccomp:\s+2$/m)
    expect(facts).toMatch(/^NoNewPrivs:\s+1$/m)
    expect(facts).toMatch(/^CapBnd:\s+0+$/m)
    expect(facts).not.toContain(PASSPHRASE)
    // What kept it from starting before is a sentence on standard error as well.
    const log = (await server.journal())
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('satm: '))
    for (const line of log)
      expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), event: expect.any(String) })
  })

  test('is connected without a browser on the server, imports and gives tokens', async () => {
    const { clientId, clientSecret } = simulator.integration
    writeFileSync(server.inRoot('root/secret'), clientSecret)
    await server.shell('install -o satm -g satm -m 600 secret /var/lib/satm/secret')
    const command = ['satm-server', 'connect', '--client-id', clientId]
    const connecting = server.machine.start([...command, '--client-secret-file', '/var/lib/satm/secret'])
    let said = ''
    for (const stream of [connecting.stdout, connecting.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        said += text
      })
    const url = () => /http:\S+\/authorize\?\S+/.exec(said)?.[0]
    await expect.poll(() => url() ?? connecting.exitCode ?? said, WAIT).toContain('/authorize?')
    const redirected = locationOf(await decide(url() ?? '', 'accept'))
    connecting.stdin.end(`${redirected.href}\n`)
    const [code] = await once(connecting, 'close')
    expect({ code, said }).toMatchObject({ code: 0 })

    const [app] = simulator.serviceApps
    const [org] = app?.orgs ?? []
    const row = [app?.name, app?.appId, app?.clientId, app?.clientSecret, org?.orgId].join(',')
    writeFileSync(
      server.inRoot('root/customers.csv'),
      `name,appId,clientId,clientSecret,targetOrgId\n${row}\n`,
    )
    const listed = await server.documented('Start with an empty folder', 2)
    expect(listed).toContain(app?.name)
    await expect.poll(async () => (await server.satm('token', app?.name ?? '')).code, WAIT).toBe(0)
    expect(await accepted((await server.satm('token', app?.name ?? '')).out)).toBe(200)
  })
})

describe('satm.service with the service apps of a desktop', () => {
  const ENV_FILE = '/srv/orders/.env'
  const HOOK = 'printf "%s\\n" "$WEBEX_SERVICE_APP_ACCESS_TOKEN" >> /srv/orders/hook.log'

  test('renews, delivers and gives out nothing that came with a backup', async () => {
    await server.shell('systemctl stop satm; rm -r /var/lib/satm')
    simulator.ledger.clear()
    names = await writeDesktopBackup(server.inRoot('root/desktop.satm-backup'), simulator, {
      passphrase: PASSPHRASE,
      age: 0.65,
      deliveries: [
        { kind: 'env-file', path: ENV_FILE, accessTokenName: 'TOKEN', refreshTokenName: null, confirmed: [] },
        { kind: 'hook', command: HOOK, pass: 'environment', timeLimit: 30_000 },
      ],
    })
    await server.documented('Env files and hooks')
    await server.documented("Take over a desktop's service apps")
    expect(await server.readiness()).toBe(503)
    expect((await server.satm('confirm', '--list')).out).toContain('renewals')
    expect(simulator.ledger.entries).toEqual([])
    await server.documented("Take over a desktop's service apps", 1)
    await expect.poll(server.readiness, WAIT).toBe(200)
    await expect.poll(() => simulator.ledger.entries.length, WAIT).toBeGreaterThanOrEqual(names.length)
    const held = (await server.satm('confirm', '--list')).out
    for (const each of [ENV_FILE, '/srv/orders/hook.log']) expect(held).toContain(each)
    expect(existsSync(server.inRoot(ENV_FILE))).toBe(false)
  })

  test('delivers once that is confirmed as well', async () => {
    await server.documented("Take over a desktop's service apps", 2)
    const [first = ''] = names
    await expect.poll(() => existsSync(server.inRoot(ENV_FILE)), WAIT).toBe(true)
    await expect.poll(() => existsSync(server.inRoot('srv/orders/hook.log')), WAIT).toBe(true)
    const token = (await server.satm('token', first)).out.trim()
    expect(await accepted(token)).toBe(200)
    await expect.poll(() => readFileSync(server.inRoot(ENV_FILE), 'utf8'), WAIT).toContain(token)
    await expect.poll(() => readFileSync(server.inRoot('srv/orders/hook.log'), 'utf8'), WAIT).toContain(token)
    await server.documented("Take over a desktop's service apps", 3)
    nothingSpentTwice()
  })

  test('gives tokens over TLS to the consumers that may have them, and takes a new certificate while it runs', async () => {
    const certificate = (name: string) =>
      server.shell(`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=${name} \
        -addext subjectAltName=IP:127.0.0.1 -keyout privkey.pem -out fullchain.pem 2>/dev/null`)
    await certificate('one')
    const port = `127.0.0.1:${server.ports.endpoint}`
    await server.documented('Programs on other computers', 0, { '0.0.0.0:7286': port })
    const [first = '', second = ''] = names
    const secret = (await server.documented('Programs on other computers', 1, { 'Orders Acme': first }))
      .trim()
      .split('\n')
      .at(-1)
    writeFileSync(server.inRoot('root/consumer'), `${secret}\n`, { mode: 0o600 })
    writeFileSync(server.inRoot('root/header.txt'), `Authorization: Bearer ${secret}\n`, { mode: 0o600 })
    const changes = { 'https://tokens.example.com:7286': `https://${port}`, 'Orders Acme': first }
    const asked = commandsUnder('Programs on other computers', 2, {
      ...changes,
      '~/.config/orders-consumer': '/root/consumer',
    })
    const token = await server.shell(asked.replace('satm ', 'satm --ca-file /root/fullchain.pem '))
    expect(await accepted(token)).toBe(200)
    const refused = asked.replace(first, second).replace('satm ', 'satm --ca-file /root/fullchain.pem ')
    expect((await run('sh', '-c', refused)).code).not.toBe(0)
    const http = commandsUnder('Programs on other computers', 3, {
      'https://tokens.example.com:7286': `https://${port}`,
      'Orders%20Acme': encodeURIComponent(first),
    })
    const answer = JSON.parse(
      await server.shell(http.replace('curl ', 'curl --silent --cacert fullchain.pem ')),
    )
    expect(answer).toMatchObject({ access_token: token.trim() })

    await certificate('two')
    const [install = ''] = commandsUnder('Programs on other computers').split('sudo mkdir')
    await server.shell(`${install}\nsystemctl reload satm`)
    await expect
      .poll(
        () =>
          server.shell(
            `openssl s_client -connect ${port} </dev/null 2>/dev/null | openssl x509 -noout -subject`,
          ),
        WAIT,
      )
      .toContain('CN = two')
  })

  test('gives a job of a timer its token, whose unit has the secret as a credential', async () => {
    for (const file of ['webex-sync-from-server.service', 'webex-sync-from-server.timer', 'call-webex.sh'])
      copyFileSync(path.join(projectRoot, 'examples/systemd', file), server.inRoot(`root/${file}`))
    const unit = '/etc/systemd/system/webex-sync-from-server.service'
    await server.shell(`install -D -m 755 call-webex.sh /usr/local/lib/webex/call-webex.sh
install -D -m 600 /root/consumer /etc/webex/consumer
install -m 644 /root/fullchain.pem /etc/webex/ca.pem
install -m 644 webex-sync-from-server.service webex-sync-from-server.timer /etc/systemd/system/
sed -i 's,https://tokens.example.com:7286,https://127.0.0.1:${server.ports.endpoint},; s,exec Orders,exec "${names[0]}",' ${unit}
sed -i '/^Environment=SATM_SERVER/a Environment=SATM_CA_FILE=/etc/webex/ca.pem WEBEX_URL=${simulator.baseUrl}' ${unit}
systemctl daemon-reload; systemd-analyze verify --man=no ${unit}
systemctl start webex-sync-from-server`)
    const said = await server.shell('journalctl --unit=webex-sync-from-server --output=cat --no-pager')
    expect(said).toMatch(/^200$/m)
  })

  test('is asked by monitoring', async () => {
    const answers = await server.shell(
      commandsUnder('Monitoring', 0, { '127.0.0.1:9180': `127.0.0.1:${server.ports.operations}` }).replaceAll(
        'curl',
        'curl --silent',
      ),
    )
    expect(answers).toMatch(/^satm_token_expiration_timestamp_seconds\{/m)
    for (const secret of simulator.secrets()) expect(answers).not.toContain(secret)
  })

  test('finds all of it again after a restart, a kill and a hang', async () => {
    const back = async (before: string) => {
      await expect
        .poll(async () => [(await server.property('MainPID')) !== before, await server.readiness()], WAIT)
        .toEqual([true, 200])
      expect(await accepted((await server.satm('token', names[0] ?? '')).out)).toBe(200)
    }
    let pid = await server.property('MainPID')
    await server.shell('systemctl restart satm')
    await back(pid)
    expect(await server.property('Result')).toBe('success')
    pid = await server.property('MainPID')
    await server.shell(`kill -KILL ${pid}`)
    await back(pid)
    // A sign every second in place of every minute.
    await server.shell(`printf '[Service]\\nWatchdogSec=2s\\n' > /etc/systemd/system/satm.service.d/watchdog.conf
      systemctl daemon-reload; systemctl restart satm`)
    pid = await server.property('MainPID')
    await server.shell(`kill -STOP ${pid}`)
    await back(pid)
    await server.shell(
      'rm /etc/systemd/system/satm.service.d/watchdog.conf; systemctl daemon-reload; systemctl restart satm',
    )
    nothingSpentTwice()
  })

  test('gives tokens while the disk is full, and renews and stores them when there is space again', async () => {
    await server.shell(`systemctl stop satm; cp -a /var/lib/satm /root/satm
      mount -t tmpfs -o size=24m,mode=0700,uid=$(id -u satm),gid=$(id -g satm) tmpfs /var/lib/satm
      cp -a /root/satm/. /var/lib/satm/; systemctl start satm
      dd if=/dev/zero of=/var/lib/satm/full bs=64k 2>/dev/null || true`)
    const [first = ''] = names
    const before = (await server.satm('token', first)).out
    const refreshed = await server.satm('refresh', first)
    expect(refreshed).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was sent to Webex') })
    expect(await accepted((await server.satm('token', first)).out)).toBe(200)
    expect(await server.property('ActiveState')).toBe('active')
    // Whether it can start on a full disk or not, it runs as soon as there is space.
    await server.shell('systemctl restart satm || true; rm /var/lib/satm/full')
    await expect.poll(async () => (await server.satm('refresh', first)).code, WAIT).toBe(0)
    await server.shell('systemctl restart satm')
    const after = (await server.satm('token', first)).out
    expect(after).not.toBe(before)
    expect(await accepted(after)).toBe(200)
    nothingSpentTwice()
  })

  test('is restarted by an upgrade while it renews, in order', async () => {
    const pid = await server.property('MainPID')
    const newer = upgraded(made.file('.deb'), '9.0.0')
    copyFileSync(newer, server.inRoot('root/newer.deb'))
    const renewing = server.satm('refresh', '--all')
    await server.shell('apt-get install --yes ./newer.deb >&2')
    await renewing
    expect(await server.property('ActiveState')).toBe('active')
    expect(await server.property('MainPID')).not.toBe(pid)
    await expect.poll(server.readiness, WAIT).toBe(200)
    for (const name of names) expect(await accepted((await server.satm('token', name)).out), name).toBe(200)
    nothingSpentTwice()
    expect(await server.journal()).not.toMatch(/Cannot find module|ENOENT.*server/)
  })

  test('is not started by an upgrade while it is stopped', async () => {
    await server.shell('systemctl stop satm')
    const newest = upgraded(made.file('.deb'), '9.0.1')
    copyFileSync(newest, server.inRoot('root/newest.deb'))
    await server.shell('apt-get install --yes ./newest.deb >&2')
    expect(await server.property('ActiveState')).toBe('inactive')
    await server.shell('systemctl start satm')
  })

  test('ends with the package, and leaves its data', async () => {
    const said = await server.shell(`${commandsUnder('Upgrade and remove')} 2>&1`)
    expect(said).toContain('stays in /var/lib/satm')
    expect((await run('systemctl', 'is-active', 'satm')).out.trim()).toBe('inactive')
    await server.shell(`apt-get purge --yes ${NAME} >&2; ls /var/lib/satm/vault/vault.db; id satm`)
    expect(existsSync(server.inRoot('etc/systemd/system/multi-user.target.wants/satm.service'))).toBe(false)
    nothingSpentTwice()
  })
})

/** The same package under another version. */
function upgraded(deb: string, version: string): string {
  const root = path.join(place, version)
  runHere('dpkg-deb', ['-R', deb, root])
  const control = path.join(root, 'DEBIAN/control')
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`))
  const file = path.join(place, `${NAME}_${version}_amd64.deb`)
  runHere('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', root, file])
  rmSync(root, { recursive: true })
  return file
}
