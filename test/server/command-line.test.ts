// What a person does on a server without a browser: connecting the integration, and the programs that get tokens.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { answerConsent } from '../e2e/support/consent.ts'
import {
  aFreePort,
  aPlace,
  aServer,
  aWebex,
  buildServer,
  fillVault,
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

test('the integration is connected by a browser elsewhere, without a port of this server', async () => {
  const webex = await aWebex()
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  await fillVault(place, webex)
  const server = await aServer(place)
  await server.logged('server.ready')
  const secretFile = path.join(path.dirname(place.passphraseFile), 'secret')
  writeFileSync(secretFile, webex.integration.clientSecret, { mode: 0o600 })
  const first = ['--client-id', webex.integration.clientId, '--client-secret-file', secretFile]

  expect(await satm(place, 'connect')).toMatchObject({ code: 5, err: expect.stringContaining('--client-id') })
  const connect = connecting(place, first)
  await expect.poll(() => connect.said.out, SOON).toMatch(/^http\S+\n$/)
  const address = await answerConsent(connect.said.out.trim(), 'accept')
  connect.paste(`"${address.slice(0, 60)}\n${address.slice(60)}"`)
  expect(await connect.closed).toEqual([0, null])
  expect(connect.said.out).toMatch(/: connected\n$/)

  const again = connecting(place, [])
  await expect.poll(() => again.said.out, SOON).toMatch(/^http\S+\n$/)
  again.paste(address)
  await expect.poll(() => again.said.err, SOON).toContain('does not belong to the current authorization')
  again.paste(await answerConsent(again.said.out.trim(), 'accept'))
  expect(await again.closed).toEqual([0, null])
  expect((await satm(place, 'status')).out).toMatch(/^token manager +.*: connected/m)
  expect(await server.stop()).toBe(0)
  const logged = JSON.stringify(server.log())
  for (const secret of [webex.integration.clientSecret, new URL(address).searchParams.get('code') ?? '-'])
    expect(logged).not.toContain(secret)
})

test('a consumer that was added there gets its token from the server, and no other one', async () => {
  const webex = await aWebex({ orgs: 2 })
  const port = await aFreePort()
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  await fillVault(place, webex, { left: 3_600_000 })
  const server = await aServer(place, ['--listen', `127.0.0.1:${port}`])
  await server.logged('server.ready')
  const [first = '', second = ''] = (await satm(place, 'list', '-q')).out.trim().split('\n')
  const added = await satm(place, 'consumers', 'add', 'ci', '--service-app', first)
  const file = path.join(path.dirname(place.passphraseFile), 'consumer')
  writeFileSync(file, added.out, { mode: 0o600 })
  const remote = (...args: readonly string[]) => {
    const asked = ['--server', `http://127.0.0.1:${port}`, '--consumer-file', file]
    const { status, stdout } = spawnSync(process.execPath, [SATM, ...asked, ...args], { encoding: 'utf8' })
    return { code: status, out: stdout }
  }
  expect(remote('list', '-q').out).toBe(`${first}\n`)
  expect(remote('token', first).out).toBe((await satm(place, 'token', first)).out)
  expect(remote('token', second).code).toBe(3)
  expect((await satm(place, 'doctor')).out).toContain(
    'ok\tserver\ta server (satm serve) owns this data folder\n',
  )
  expect(await server.stop()).toBe(0)
  const stopped = await satm(place, 'token', first)
  expect(stopped).toMatchObject({ code: 4, err: expect.stringContaining('systemctl start satm') })
})
