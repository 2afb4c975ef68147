// One side of a move, in a process of its own: the services of the app or of the server over a real vault, against a simulated
// Webex. Orders come as lines of JSON, and each is answered by one line. It ends itself where it is told to.
import { writeSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { createAlertFeed } from '#application/alert-feed.ts'
import { createFleetSource } from '#application/app-view.ts'
import { createBackupWriting } from '#application/backup-writing.ts'
import { createFileReader, performReading } from '#application/file-reader.ts'
import { createSettings, fixedCloud } from '#application/settings.ts'
import type { VaultAccess } from '#application/vault-access.ts'
import { logOver } from '#desktop/log/log.ts'
import { openPreferences } from '#desktop/preferences/preferences.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { Backup } from '#vault/backup/backup.ts'
import { absentKeychain } from '#vault/crypto/absent-keychain.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { type OpenVault, openVault } from '#vault/opening.ts'
import { createServices } from '../../../src/main/bootstrap/services.ts'
import { publishedKeychain } from '../../vault/support/published-keychain.ts'
import { PASSPHRASE } from './move-passphrase.ts'
import type { MoverOptions, MoverOrder, Point } from './movers.ts'

const options: MoverOptions = JSON.parse(process.argv[2] ?? '{}')
const { folder, side, baseUrl, port, dieAt } = options
const clock = systemClock()
const log = logOver({ clock, stamp: 'time', write: () => undefined })
const vaultFolder = path.join(folder, 'vault')
const lock = folderLock(vaultFolder)
const keychain = side === 'app' ? publishedKeychain() : absentKeychain

/** Nothing is flushed or closed. */
function reached(point: Point): void {
  if (dieAt === point) process.kill(process.pid, 'SIGKILL')
}

/** Around what the move and the restore do with the vault. */
function watched(vault: OpenVault): OpenVault {
  return {
    ...vault,
    renewalHold: {
      ...vault.renewalHold,
      async save(hold) {
        if (hold?.why === 'moved') reached('named')
        await vault.renewalHold.save(hold)
        if (hold !== null) reached(hold.why === 'moving' ? 'marked' : 'moved')
      },
    },
    async restore(...given) {
      reached('read')
      const kept = await vault.restore(...given)
      reached('restored')
      return kept
    },
  }
}

const reader = createFileReader({ run: performReading, clock })
const readBack: typeof reader.backup = async (...given) => {
  const reading = await reader.backup(...given)
  reached('proved')
  return reading
}

async function backupIn(file: string): Promise<Backup> {
  const reading = await reader.backup(file, PASSPHRASE, new AbortController().signal)
  if (reading.kind !== 'ok') throw new Error(reading.sentence)
  return reading.backup
}

/** The real cost takes half a second each time. */
const scryptCost = { N: 2 ** 10, r: 8, p: 1 }
const restore =
  options.restore === null
    ? {}
    : {
        restore: await backupIn(options.restore),
        restoredHold: { why: 'restored', to: 'computer', at: clock.now(), file: options.restore } as const,
      }
if (options.restore !== null) reached('read')
const opening = await openVault({
  folder: vaultFolder,
  lock,
  keychain,
  clock,
  weakStorageConsent: 'ask',
  scryptCost,
  ...(side === 'app' ? {} : { passphrase: PASSPHRASE }),
  ...restore,
})
if (opening.kind !== 'open') throw new Error(opening.sentence)
if (opening.restored) reached('restored')
const vault = watched(opening.vault)

const stored = openPreferences(folder)
const preferences = {
  ...stored,
  values: () => ({ ...stored.values(), endpointOn: port !== 0, endpointPort: port }),
}
const settings = createSettings(preferences, fixedCloud(null, baseUrl), {
  isOn: () => false,
  set: () => undefined,
})
const changed = () => announce?.(source.fleet())
const unwanted = () => Promise.reject(new Error('not here'))
const vaultAccess: VaultAccess = {
  vault: () => vault,
  opened: () => vault,
  view: () => ({ kind: 'open', ...vault.protection(), hasPassphrase: side === 'server' }),
  failure: () => null,
  onOpened: () => undefined,
  dropWaiting: () => undefined,
  retry: unwanted,
  retryUnasked: unwanted,
  acceptWeak: unwanted,
  passphrase: unwanted,
  beginAnew: unwanted,
  restore: unwanted,
}
/** That were sent to Webex. */
let requests = 0
const services = createServices({
  clock,
  log,
  instance: { dataFolder: folder, version: '1.2.3', appPath: folder, packaged: true, kind: side },
  preferences,
  settings,
  vaultAccess,
  network: {
    userAgent: 'mover',
    fetch(url, init) {
      requests += 1
      return fetch(url, init)
    },
  },
  browser: { open: unwanted, bringToFront: () => undefined },
  seen: null,
  firstChanges: [],
  failed: (error) => say({ failed: String(error) }),
  cloudRecorded: () => undefined,
  copySecret: () => undefined,
  copyText: () => undefined,
  fleet: () => source.fleet(),
  probe: unwanted,
  commands: {
    deliver: unwanted,
    importOf: unwanted,
    writing: () => writing,
    openAt: () => undefined,
    administration: unwanted,
  },
  changed,
})
const { supervisor, endpoint, satm, problems, webhook, delivery } = services
const source = createFleetSource({ supervisor, vaultAccess, problems })
const announce = createAlertFeed({ clock, alerted: webhook.alerted, changed: () => undefined })
const writing = createBackupWriting({
  vaultAccess,
  supervisor,
  reader: { backup: readBack },
  elsewhere: side === 'app' ? 'server' : 'computer',
  now: clock.now,
})
supervisor.onLoading(endpoint.reload)
supervisor.onStarting(problems.reload)
supervisor.onStarting(({ webhook: row }) => webhook.reload(row))

const engine = () => supervisor.running().engine

async function refreshAll(): Promise<readonly string[]> {
  const ids = [...engine().fleet().profiles.keys()]
  return Promise.all(
    ids.map(async (id) => {
      const { outcome, tier } = await engine().refresh(id, 'manual')
      return `${outcome} by tier ${tier}`
    }),
  )
}

async function everything() {
  const { fleet, keptDataSources, unreadable, drills } = await vault.load()
  const { attempts } = await vault.history({ limit: 1000 })
  const { targets } = await vault.deliveries.load()
  const consumers = await vault.consumers.load()
  return {
    profiles: [...fleet.profiles.values()].map(({ pair, ...rest }) => ({
      ...rest,
      token: pair?.fingerprint,
    })),
    serviceApps: [...fleet.serviceApps.keys()],
    managers: [...fleet.managers.values()].map(({ id, name, pair }) => ({
      id,
      name,
      token: pair?.fingerprint,
    })),
    dataSources: keptDataSources.map(({ id, profileId }) => ({ id, profileId })),
    attempts: attempts.map(({ id }) => id).sort(),
    targets: targets.map(({ target: { id, profileId } }) => ({ id, profileId })),
    heldTargets: targets.filter(({ state }) => state.held).length,
    consumers: consumers.map(({ id, name }) => ({ id, name })),
    heldConsumers: consumers.filter(({ held }) => held).length,
    notes: (await vault.problemNotes.load()).waiting.length,
    month: drills.month,
    setting: stored.values().alertAfterFailures,
    unreadable: unreadable.length,
  }
}

async function carryOut(order: MoverOrder): Promise<unknown> {
  switch (order.do) {
    case 'state':
      return { held: supervisor.held()?.kind ?? null, runs: supervisor.current() !== null, requests }
    case 'refresh':
      return refreshAll()
    case 'loop':
      for (const id of engine().fleet().profiles.keys()) void refreshForEver(id)
      return null
    case 'move':
      return writing.move(order.file, PASSPHRASE)
    case 'restore': {
      const backup = await backupIn(order.file)
      return supervisor.whileStopped(() => vault.restore(backup))
    }
    case 'renew-here':
      return supervisor.renewHere()
    case 'incidents':
      return source.fleet().incidents.map(({ title, level }) => `${level}: ${title}`)
    case 'delivered':
      return [...(delivery.current()?.targets.all() ?? [])].length
    case 'everything':
      return everything()
  }
}

/** Until the engine stops. */
async function refreshForEver(id: string): Promise<void> {
  const { refresh } = engine()
  try {
    for (;;) await refresh(id, 'manual')
  } catch {}
}

/** Written when it returns: a killed process says nothing more. */
function say(value: unknown): void {
  const line = Buffer.from(`${JSON.stringify(value ?? null)}\n`)
  // A large fleet does not fit into the pipe at once.
  for (let from = 0; from < line.length; ) {
    try {
      from += writeSync(1, line, from)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
  }
}

await supervisor.start(vault)
await satm.start(Promise.resolve())
await endpoint.start()
say('ready')
for await (const line of createInterface({ input: process.stdin })) {
  try {
    say({ ok: (await carryOut(JSON.parse(line))) ?? null })
  } catch (error) {
    say({ refused: error instanceof Error ? error.message : String(error) })
  }
}
