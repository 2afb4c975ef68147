// One instance of the app as far as its vault folder goes: takes the lock, opens the vault and renews when it is told to,
// in a process of its own. Orders come as lines; each is answered by one line.
import { createInterface } from 'node:readline'
import { systemClock } from '#desktop/system/system-clock.ts'
import { Secret } from '#engine/domain/secret.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { openVault } from '#vault/opening.ts'
import { ORDINARY } from './instances.ts'
import { publishedKeychain } from './published-keychain.ts'

const [folder = '', account = 'ordinary'] = process.argv.slice(2)
if (account === 'ordinary' && process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(ORDINARY)
  process.setuid?.(ORDINARY)
}
const clock = systemClock()
const lock = folderLock(folder)
let vault: OpenVault | null = null
let sentence = ''

async function open(afterSetAside: 'tell' | 'begin-anew'): Promise<string> {
  const keychain = publishedKeychain()
  const opening = await openVault({
    folder,
    lock,
    keychain,
    clock,
    weakStorageConsent: 'ask',
    afterSetAside,
  })
  if (opening.kind === 'open') vault = opening.vault
  else sentence = opening.sentence
  return opening.kind
}

async function carryOut(order: string): Promise<string> {
  switch (order) {
    case 'take':
      return lock.take().kind
    case 'open':
      return open('tell')
    case 'begin-anew':
      return open('begin-anew')
    case 'prove':
      await vault?.prove()
      return vault === null ? 'closed' : 'proved'
    case 'why':
      return sentence
    case 'deliver':
      await vault?.deliveries.remove('none')
      return vault === null ? 'closed' : 'written'
    case 'consume':
      await vault?.consumers.remove('none')
      return vault === null ? 'closed' : 'written'
    case 'tell':
      await vault?.webhook.save({ url: null, secret: new Secret('x'), held: false })
      return vault === null ? 'closed' : 'written'
    case 'name-cloud':
      await vault?.cloud.record('https://webexapis.com/v1')
      return vault === null ? 'closed' : 'written'
    case 'renew-here':
      await vault?.renewalHold.save(null)
      return vault === null ? 'closed' : 'written'
    case 'prune':
      await vault?.pruneHistory(0)
      return vault === null ? 'closed' : 'written'
    case 'read':
      await vault?.deliveries.load()
      await vault?.consumers.load()
      await vault?.load()
      return vault === null ? 'closed' : 'read'
    case 'set-passphrase':
      return (await vault?.setPassphrase(new Secret('correct horse battery'), 'beside'))?.kind ?? 'closed'
    default:
      return 'unknown order'
  }
}

for await (const order of createInterface({ input: process.stdin })) {
  console.log(
    await carryOut(order).catch((error: unknown) => (error instanceof Error ? error.message : String(error))),
  )
}
