// An Electron app that is nothing but keychain and vault: opens the vaults it is told to, prints what became of each
// as one line of JSON, and ends.
import { spawnSync } from 'node:child_process'
import { app } from 'electron'
import { createKeyring } from '#desktop/system/keyring.ts'
import { createMessageBuses } from '#desktop/system/message-bus.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { Secret } from '#engine/domain/secret.ts'
import { electronKeychain } from '#vault/crypto/electron-keychain.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { openVault } from '#vault/opening.ts'
import { aPair, aProfile, aServiceApp } from '../../vault/support/builders.ts'
import type { Opened, Order } from './order.ts'

const orders: readonly Order[] = JSON.parse(process.env.SATM_HARNESS_ORDERS ?? '[]')
const clock = systemClock()
const { session: bus } = createMessageBuses({ env: process.env, clock, failed: console.error })
const keyring = createKeyring({ bus, clock, backend: () => keychain.backend(), isChosen: true })
const keychain = electronKeychain({ keyring })

// Not awaited: `ready` comes only after this module has been evaluated.
app.whenReady().then(async () => {
  for (const order of orders) console.log(`opened ${JSON.stringify(await carryOut(order))}`)
  app.exit(0)
})

async function carryOut(order: Order): Promise<Opened> {
  if (order.before !== undefined) spawnSync('sh', ['-c', order.before], { stdio: 'inherit' })
  const lock = folderLock(order.folder)
  const opening = await openVault({
    folder: order.folder,
    lock,
    keychain,
    clock,
    weakStorageConsent: order.consent ?? 'ask',
    ...(order.passphrase === undefined ? {} : { passphrase: new Secret(order.passphrase) }),
  })
  const { kind } = opening
  const backend = keychain.backend()
  lock.release()
  if (opening.kind !== 'open')
    return { kind, backend, level: null, sentence: opening.sentence, tokens: [], unreadable: [] }
  const { vault, protection } = opening
  if (order.fill === true) {
    await vault.commit(
      ['one', 'two'].flatMap((id) => [
        { kind: 'service-app-saved', serviceApp: aServiceApp(id) },
        { kind: 'profile-saved', profile: aProfile(id, { serviceAppId: id, pair: aPair(id) }) },
      ]),
      [],
    )
  }
  const { fleet, unreadable } = await vault.load()
  vault.close()
  return {
    kind,
    backend,
    level: protection.level,
    sentence: protection.sentence,
    // A test's own canaries, made a line above; the real app never prints a token.
    tokens: [...fleet.profiles.values()].map(({ pair }) => pair?.accessToken?.reveal() ?? null),
    unreadable: unreadable.map(({ table, id }) => `${table} ${id}`),
  }
}
