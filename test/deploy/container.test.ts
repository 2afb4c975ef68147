// The container file's last stage, instruction by instruction, in a Debian with the same Node in place of the image that it
// begins with; then what it starts, as a container has it: that user, no rights, a root file system that nothing writes to.
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { nodeRuntime } from '../../scripts/package/node-runtime.mjs'
import { projectRoot, run } from '../packages/support/packages.ts'
import { type BootedDebian, bootedDebian } from './support/booted-debian.ts'
import { freePort } from './support/server-machine.ts'

const LONG = 600_000
const WAIT = { timeout: 60_000, interval: 200 }
const PASSPHRASE = 'seven lamps under one bridge'

let simulator: Simulator
let machine: BootedDebian

beforeAll(async () => {
  run(process.execPath, ['scripts/satm.mjs', '--version'])
  simulator = await startSimulator()
  machine = await bootedDebian()
  const node = path.join(machine.root, 'usr/local/bin/node')
  copyFileSync((await nodeRuntime(process.env)).executable, node)
}, LONG)

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    console.error(await shell('journalctl --unit=container --output=cat --no-pager'))
})

afterAll(async () => {
  await machine?.remove()
  await simulator?.close()
})

const shell = (script: string) => machine.must(['bash', '-euo', 'pipefail', '-s'], script)

test(
  'the server runs in it, is healthy, is asked from inside and ends in order',
  async () => {
    const stage = lastStage()
    for (const { name, text } of stage.steps) {
      if (name === 'RUN') await shell(`{ ${text}; } >&2`)
      const [, from = '', to = ''] = /^--from=build \/build\/(\S+) (\S+)$/.exec(text) ?? []
      if (name !== 'COPY') continue
      mkdirSync(path.join(machine.root, path.dirname(to)), { recursive: true })
      cpSync(path.join(projectRoot, from), path.join(machine.root, to), { recursive: true })
    }
    mkdirSync(path.join(machine.root, 'run-secrets'), { recursive: true })
    writeFileSync(path.join(machine.root, 'run-secrets/satm-passphrase'), PASSPHRASE)
    await shell('chown -R 65532:65532 /run-secrets; chmod 400 /run-secrets/*')

    const operations = await freePort()
    const user = (stage.user.match(/\d+/g) ?? []).map(String)
    const asContainer = [
      ...['--property=ProtectSystem=strict', '--property=PrivateTmp=yes'],
      ...[
        '--property=ReadWritePaths=/var/lib/satm',
        '--property=BindReadOnlyPaths=/run-secrets:/run/secrets',
      ],
      ...stage.variables.map((variable) => `--setenv=${variable}`),
    ]
    const asUser = [
      ...['setpriv', `--reuid=${user[0]}`, `--regid=${user[1]}`, '--clear-groups'],
      ...['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all'],
    ]
    const tests = [
      `SATM_WEBEX_BASE_URL=${simulator.baseUrl}`,
      `SATM_LISTEN=127.0.0.1:${await freePort()}`,
      `SATM_OPERATIONS_LISTEN=127.0.0.1:${operations}`,
    ].map((variable) => `--setenv=${variable}`)
    await machine.must([
      'systemd-run',
      '--unit=container',
      ...asContainer,
      ...tests,
      ...asUser,
      ...stage.command,
    ])
    const health = stage.health.map((word) => word.replace('9180', String(operations)))
    const inside = (...command: readonly string[]) =>
      machine.run(['systemd-run', '--quiet', '--wait', '--pipe', ...asContainer, ...asUser, ...command])
    await expect.poll(async () => (await inside(...health)).code, WAIT).toBe(0)
    expect(await inside('satm', 'status')).toMatchObject({ code: 0 })
    await shell('systemctl stop container')
    const ended = await shell('journalctl --unit=container --output=cat --no-pager')
    expect(ended).toContain('"server.stopped"')
    expect(ended).not.toContain(PASSPHRASE)
    expect((await inside(...health)).code).not.toBe(0)
  },
  LONG,
)

interface Stage {
  readonly steps: readonly { readonly name: string; readonly text: string }[]
  readonly user: string
  readonly variables: readonly string[]
  readonly health: readonly string[]
  readonly command: readonly string[]
}

function lastStage(): Stage {
  const file = readFileSync(path.join(projectRoot, 'deploy/Containerfile'), 'utf8')
  const lines = file
    .replaceAll(/^ *#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
  const steps = lines
    .slice(lines.findLastIndex((line) => line.startsWith('FROM ')) + 1)
    .filter((line) => line !== '')
    .map((line) => ({ name: line.replace(/ .*/, ''), text: line.replace(/^\S+ /, '') }))
  const textOf = (name: string) => steps.find((step) => step.name === name)?.text ?? ''
  return {
    steps,
    user: textOf('USER'),
    variables: textOf('ENV').split(/\s+/),
    health: JSON.parse(textOf('HEALTHCHECK').replace(/^.*CMD /, '')),
    command: [...JSON.parse(textOf('ENTRYPOINT')), ...JSON.parse(textOf('CMD'))],
  }
}
