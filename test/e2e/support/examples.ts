// The programs of examples/, run as their headers say.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const root = path.resolve(import.meta.dirname, '../../..')

export interface Example {
  /** What it printed so far, a line for each call: its number and Webex's status. */
  lines(): readonly string[]
  /** Lines that tell of anything but success, and whatever it complained of. */
  failures(): readonly string[]
  stop(): void
}

/** `command`: the program and its file below examples/. */
export function runExample(
  [program, file]: readonly [string, string],
  env: Readonly<Record<string, string>>,
): Example {
  return run(program, [path.join(root, 'examples', file)], env)
}

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Example {
  const child: ChildProcess = spawn(program, args, {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', PYTHONDONTWRITEBYTECODE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let complaints = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk
  })
  const lines = () => printed.split('\n').slice(0, -1)
  return {
    lines,
    failures: () => [
      ...lines().filter((line) => !/^\d+ 200$/.test(line)),
      ...(complaints === '' ? [] : [complaints]),
      ...(child.exitCode === null ? [] : [`ended with ${child.exitCode}`]),
    ],
    stop: () => void child.kill('SIGKILL'),
  }
}

/**
 * The units of examples/systemd as they are installed, with the paths of this computer in place of those in them; systemd's
 * own reader finds nothing wrong with them. What its manager would run, and with which environment.
 */
export function installUnits(
  folder: string,
  { satm, folder: examples }: { readonly satm: string; readonly folder: string },
): { readonly command: string; readonly environment: Readonly<Record<string, string>> } {
  mkdirSync(folder)
  const program = path.join(folder, 'satm')
  writeFileSync(program, `#!/bin/sh\nexec ${satm} "$@"\n`, { mode: 0o755 })
  const names = ['webex-sync.service', 'webex-sync.timer']
  const units = names.map((name) => {
    const text = readFileSync(path.join(examples, 'systemd', name), 'utf8')
      .replace('/usr/bin/satm', program)
      .replace('%h/webex', path.join(examples, 'systemd'))
    writeFileSync(path.join(folder, name), text)
    return text
  })
  const files = names.map((name) => path.join(folder, name))
  const verified = spawnSync('systemd-analyze', ['verify', '--user', '--man=no', ...files], {
    encoding: 'utf8',
  })
  if (verified.status !== 0 || verified.stderr.includes(folder)) throw new Error(verified.stderr)
  const [unit = ''] = units
  const command = /^ExecStart=(.+)$/m.exec(unit)?.[1] ?? ''
  const assignments = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)]
  return {
    command,
    environment: Object.fromEntries(assignments.map(([, name = '', value = '']) => [name, value])),
  }
}

/** As a timer does, with a number before what it prints. */
export function runEverySecond(command: string, env: Readonly<Record<string, string>>): Example {
  const loop = `count=0; while :; do count=$((count + 1)); printf '%s ' "$count"; ${command}; sleep 1; done`
  return run('sh', ['-c', loop], env)
}

interface Manifest {
  readonly kind: string
  readonly spec: {
    readonly provider?: {
      readonly webhook: {
        readonly url: string
        readonly headers: Readonly<Record<string, string>>
        readonly secrets: readonly { readonly name: string; readonly secretRef: { readonly name: string } }[]
        readonly result: { readonly jsonPath: string }
      }
    }
    readonly data?: readonly { readonly remoteRef: { readonly key: string } }[]
  }
}

/** A reader of YAML that is there for another tool. */
const yaml: { parseAllDocuments(text: string): readonly { toJS(): Manifest }[] } = createRequire(
  import.meta.resolve('knip'),
)('yaml')

/**
 * What the External Secrets Operator does with the manifest, by its documentation (https://external-secrets.io/latest/provider/webhook/):
 * the templates filled in, the request, the value at the path. Each value is used for a call to Webex at once.
 */
export function syncSecret(
  text: string,
  here: {
    readonly endpoint: string
    readonly key: string
    readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>
    readonly webex: string
  },
): Example {
  const manifests = yaml.parseAllDocuments(text).map((document) => document.toJS())
  const { webhook } = manifests.find(({ kind }) => kind === 'SecretStore')?.spec.provider ?? {}
  const [entry] = manifests.find(({ kind }) => kind === 'ExternalSecret')?.spec.data ?? []
  if (webhook === undefined || entry === undefined) throw new Error('The manifest has no store or no secret.')
  const values = new Map([['.remoteRef.key', here.key]])
  for (const { name, secretRef } of webhook.secrets) {
    for (const [field, value] of Object.entries(here.secrets[secretRef.name] ?? {}))
      values.set(`.${name}.${field}`, value)
  }
  const filled = (template: string) =>
    template.replace(/\{\{ (\S+) \}\}/g, (whole, name: string) => values.get(name) ?? whole)
  const url = filled(webhook.url).replace(/^http:\/\/127\.0\.0\.1:7286/, here.endpoint)
  const headers = Object.fromEntries(
    Object.entries(webhook.headers).map(([name, value]) => [name, filled(value)]),
  )
  const field = webhook.result.jsonPath.replace(/^\$\./, '')
  const lines: string[] = []
  let isStopped = false
  const sync = async () => {
    const answer: Readonly<Record<string, string>> = await (await fetch(url, { headers })).json()
    const authorization = `Bearer ${answer[field]}`
    const { status } = await fetch(`${here.webex}/dataSources/schemas`, { headers: { authorization } })
    lines.push(`${lines.length + 1} ${status}`)
  }
  const loop = async () => {
    while (!isStopped) {
      await sync().catch((error: unknown) => lines.push(`failed: ${error}`))
      await pause(500)
    }
  }
  void loop()
  return {
    lines: () => lines,
    failures: () => lines.filter((line) => !/^\d+ 200$/.test(line)),
    stop: () => {
      isStopped = true
    },
  }
}

/** Which of these stands in the command line of a process right now. */
export function inCommandLines(secrets: readonly string[]): readonly string[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLineOf(pid))
    .join('\n')
  return secrets.filter((secret) => all.includes(secret))
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
