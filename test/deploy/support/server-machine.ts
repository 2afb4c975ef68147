// A booted Debian with the package of the server at hand, and what a person there does at a root shell.
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import type { Simulator } from '#simulator/index.ts'
import type { Ran } from '../../packages/support/debian.ts'
import type { Made } from '../../packages/support/packages.ts'
import { type BootedDebian, bootedDebian } from './booted-debian.ts'
import { commandsUnder } from './server-page.ts'

export const PASSPHRASE = 'seven lamps under one bridge'

export interface ServerMachine {
  readonly machine: BootedDebian
  readonly ports: { readonly endpoint: number; readonly operations: number }
  /** A file there, as seen from here. */
  inRoot(file: string): string
  shell(script: string): Promise<string>
  /** Runs a block of docs/server.md. */
  documented(heading: string, nth?: number, changes?: Readonly<Record<string, string>>): Promise<string>
  /** By the short name that docs/server.md makes. */
  satm(...args: readonly string[]): Promise<Ran>
  /** systemctl(1), `show`. */
  property(name: string): Promise<string>
  /** What the server wrote. */
  journal(): Promise<string>
  /** What /readyz answers; null: nothing does. */
  readiness(): Promise<number | null>
  /** Ports that nobody else here has, and the simulated Webex. */
  pointAt(simulator: Simulator): Promise<void>
  givePassphrase(): Promise<void>
  remove(): Promise<void>
}

export async function serverMachine(made: Made): Promise<ServerMachine> {
  const ports = { endpoint: await freePort(), operations: await freePort() }
  const machine = await bootedDebian()
  const inRoot = (file: string) => path.join(machine.root, file)
  const shell = (script: string) => machine.must(['bash', '-euo', 'pipefail', '-s'], script)
  const documented: ServerMachine['documented'] = (heading, nth, changes) =>
    shell(commandsUnder(heading, nth, changes))
  copyFileSync(made.file('.deb'), inRoot(`root/${path.basename(made.file('.deb'))}`))
  await shell('apt-get install --yes --no-install-recommends sudo curl openssl >&2')
  return {
    machine,
    ports,
    inRoot,
    shell,
    documented,
    satm: (...args) => machine.run(['satm-server', ...args]),
    property: async (name) =>
      (await machine.must(['systemctl', 'show', '--value', `--property=${name}`, 'satm'])).trim(),
    journal: () => machine.must(['journalctl', '_SYSTEMD_UNIT=satm.service', '--output=cat', '--no-pager']),
    async readiness() {
      try {
        return (await fetch(`http://127.0.0.1:${ports.operations}/readyz`)).status
      } catch {
        return null
      }
    },
    async pointAt({ baseUrl }) {
      await shell(`mkdir -p /etc/systemd/system/satm.service.d
cat > /etc/systemd/system/satm.service.d/a-test.conf <<'END'
[Service]
Environment=SATM_WEBEX_BASE_URL=${baseUrl}
Environment=SATM_LISTEN=127.0.0.1:${ports.endpoint}
Environment=SATM_OPERATIONS_LISTEN=127.0.0.1:${ports.operations}
END
systemctl daemon-reload`)
    },
    async givePassphrase() {
      const asked = 'systemd-ask-password -n "Passphrase of the vault:"'
      await documented('The passphrase', 0, { [asked]: `printf %s '${PASSPHRASE}'` })
    },
    remove: machine.remove,
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}
