// The app of a package as its person runs it, in a Debian of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import path from 'node:path'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'
import { _electron, type Page } from 'playwright'
import { expect } from 'vitest'
import type { Simulator } from '#simulator/index.ts'
import { consent } from '../../../scripts/demo/consent.mjs'
import { ask } from '../../e2e/support/ask.ts'
import { type Debian, USER } from './debian.ts'
import { NAME } from './packages.ts'

const PATIENCE = { timeout: 60_000, interval: 200 }
export const DATA = `${USER.home}/.config/${NAME}`

/** As it was installed, without anything to drive it by. */
export async function started(
  debian: Debian,
  program: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
) {
  // What an earlier run has left does not say that this one has started.
  const note = path.join(debian.root, DATA, 'satm.json')
  rmSync(note, { force: true })
  const child = spawn(debian.launcher(program, env), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)))
  await expect.poll(() => existsSync(note) || (hasEnded(child) && said.join('')), PATIENCE).toBe(true)
  return {
    said: () => said.join(''),
    /** The processes that draw a page. */
    renderers: async () => {
      await expect.poll(() => pagesOf().length, PATIENCE).toBeGreaterThan(0)
      return pagesOf()
    },
    async end() {
      for (const pid of browsersOf()) process.kill(pid)
      if (!hasEnded(child)) await once(child, 'exit')
      await expect.poll(() => processesOf(), PATIENCE).toEqual([])
    },
  }
}

/** Playwright drives it by the one fuse of a release that a test copy has open. */
export async function openToTests(executable: string): Promise<void> {
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
}

export async function driven(debian: Debian, program: string, env: Readonly<Record<string, string>>) {
  const electron = await _electron.launch({
    // Playwright would switch it off.
    chromiumSandbox: true,
    executablePath: debian.launcher(program, env),
    timeout: 120_000,
  })
  const page = await electron.firstWindow()
  await page.getByRole('heading', { name: 'Service apps' }).waitFor({ timeout: 60_000 })
  return {
    page,
    async end() {
      await electron.close()
      await expect.poll(() => processesOf(), PATIENCE).toEqual([])
    },
  }
}

/** Connects the integration in a real browser and adds the first service app, by hand. */
export async function connectAndAdd(
  page: Page,
  debian: Debian,
  simulator: Simulator,
  output: string,
): Promise<string> {
  const { clientId, clientSecret } = simulator.integration
  const known = debian.opened().length
  await page.getByRole('button', { name: 'Connect integration' }).first().click()
  const connect = page.getByRole('dialog')
  await connect.getByRole('textbox', { name: 'Client ID' }).fill(clientId)
  await connect.getByRole('textbox', { name: 'Client secret' }).fill(clientSecret)
  await connect.getByRole('button', { name: 'Authorize in browser' }).click()
  await expect.poll(() => debian.opened().length, PATIENCE).toBe(known + 1)
  await consent(debian.opened()[known] ?? '', output)
  await expect
    .poll(async () => (await ask(page, 'view.get', {})).fleet.managers[0]?.state, PATIENCE)
    .toBe('ready')
  await page.keyboard.press('Escape')

  const [app] = simulator.serviceApps
  const [org] = app?.orgs ?? []
  if (app === undefined || org === undefined) throw new Error('The simulator has no service app.')
  await page.getByRole('button', { name: 'Add service app' }).first().click()
  const add = page.getByRole('dialog')
  await add.getByRole('textbox', { name: 'Name' }).fill(app.name)
  await add.getByRole('textbox', { name: 'App ID' }).fill(app.appId)
  await add.getByRole('textbox', { name: 'Client ID' }).fill(app.clientId)
  await add.getByRole('textbox', { name: 'Client secret' }).fill(app.clientSecret)
  await add.getByRole('textbox', { name: 'Target org ID' }).fill(org.orgId)
  await add.getByRole('button', { name: 'Save and issue token' }).click()
  await page.getByRole('row', { name: app.name }).waitFor()
  await expect
    .poll(async () => (await ask(page, 'view.get', {})).fleet.profiles[0]?.state, PATIENCE)
    .toBe('healthy')
  return app.name
}

/** prctl(2), PR_GET_SECCOMP: 2 is a filter. A user namespace of its own, or none of the set-uid helper's. */
export function sandboxOf(pid: number): {
  readonly seccomp: string
  readonly isApart: boolean
  readonly arguments: string
} {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    seccomp: /^Seccomp:\s+(\d)/m.exec(status)?.[1] ?? '',
    // It sees no other process: a process namespace of its own.
    isApart: readlinkSync(`/proc/${pid}/ns/pid`) !== readlinkSync('/proc/self/ns/pid'),
    arguments: argumentsOf(pid),
  }
}

function pagesOf(): readonly number[] {
  return processesOf().filter((pid) => argumentsOf(pid).includes('--type=renderer'))
}

function browsersOf(): readonly number[] {
  return processesOf().filter((pid) => !argumentsOf(pid).includes('--type='))
}

/** Every process of the app that the user of that Debian has; nobody else here has that id. */
function processesOf(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => PROGRAM.test(argumentsOf(pid)) && userOf(pid) === USER.id)
}

const PROGRAM = new RegExp(`^\\S*/${NAME}( |$)`)

function userOf(pid: number): number | null {
  const [, id] = /^Uid:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`)) ?? []
  return id === undefined ? null : Number(id)
}

/** Separated by blanks: Chromium's helpers have rewritten theirs so. */
const argumentsOf = (pid: number) => textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')

/** Empty where it has just ended. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null
