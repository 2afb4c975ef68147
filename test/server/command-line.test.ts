// What a person does on a server without a browser: connecting the integration, and the programs that get tokens.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Simulator } from '#simulator/index.ts'
import { answerConsent } from '../e2e/support/consent.ts'
import {
  aFreePort,
  aPlace,
  aServer,
  aWebex,
  buildServer,
  type Place,
  SATM,
  satm,
} from './support/running-server.ts'

beforeAll(buildServer)

const SOON = { timeout: 15_000, interval: 50 }

/** `satm connect`, which waits for what is pasted. */
function connecting({ env, folder }: Place, args: readonly string[]) {
  const child = spawn(process.execPath, [SATM, 'connect', ...args], {
    env: { ...env, SATM_DATA_FOLDER: folder },
  })
  onTestFinished(() => void child.kill())
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString()
  })
  return { said, closed: once(child, 'close'), paste: (text: string) => void child.stdin.write(`${text}\n`) }
}

function customersOf({ serviceApps }: Simulator): string {
  const rows = serviceApps.flatMap(({ name, appId, clientId, clientSecret, orgs }) =>
    orgs.map((org) => [`${name} ${org.name}`, appId, clientId, clientSecret, org.orgId, org.name].join()),
  )
  return ['name,app id,client id,client secret,target org id,org name', ...rows].join('\n')
}

test('an empty server is connected by a browser elsewhere, and a consumer gets its token and no other', async () => {
  const webex = await aWebex({ orgs: 2 })
  const port = await aFreePort()
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  const server = await aServer(place, ['--listen', `127.0.0.1:${port}`])
  await server.logged('server.ready')

  const beside = path.dirname(place.passphraseFile)
  const secretFile = path.join(beside, 'secret')
  writeFileSync(secretFile, webex.integration.clientSecret, { mode: 0o600 })
  const first = ['--client-id', webex.integration.clientId, '--client-secret-file', secretFile]
  const connect = connecting(place, first)
  await expect.poll(() => connect.said.out, SOON).toMatch(/^http\S+\n$/)
  const address = await answerConsent(connect.said.out.trim(), 'accept')
  connect.paste(`"${address.slice(0, 60)}\n${address.slice(60)}"`)
  expect(await connect.closed).toEqual([0, null])
  expect(connect.said.out).toMatch(/: connected\n$/)

  const csv = path.join(beside, 'customers.csv')
  writeFileSync(csv, customersOf(webex))
  expect(await satm(place, 'import', csv)).toMatchObject({ code: 0, out: '2 of 2 imported\n' })
  const [one = '', other = ''] = (await satm(place, 'list', '-q')).out.trim().split('\n')
  const added = await satm(place, 'consumers', 'add', 'ci', '--service-app', one)
  expect(added).toMatchObject({ code: 0, out: expect.stringMatching(/^satm_\S+\n$/) })
  const file = path.join(beside, 'consumer')
  writeFileSync(file, added.out, { mode: 0o600 })
  const remote = (...args: readonly string[]) => {
    const asked = ['--server', `http://127.0.0.1:${port}`, '--consumer-file', file]
    const { status, stdout } = spawnSync(process.execPath, [SATM, ...asked, ...args], { encoding: 'utf8' })
    return { code: status, out: stdout }
  }
  expect(remote('list', '-q').out).toBe(`${one}\n`)
  expect(remote('token', one).out).toBe((await satm(place, 'token', one)).out)
  expect(remote('token', other).code).toBe(3)
  expect((await satm(place, 'doctor')).out).toContain(
    'ok\tserver\ta server (satm serve) owns this data folder\n',
  )

  expect(await server.stop()).toBe(0)
  expect(await satm(place, 'token', one)).toMatchObject({
    code: 4,
    err: expect.stringContaining('systemctl start satm'),
  })
  const logged = JSON.stringify(server.log())
  const code = new URL(address).searchParams.get('code') ?? '-'
  for (const secret of [webex.integration.clientSecret, code, added.out.trim()])
    expect(logged).not.toContain(secret)
})
