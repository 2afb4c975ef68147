// A large vault whose data key is exchanged, by processes that are killed in the middle of it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import type { FleetChange } from '#engine/domain/model.ts'
import { openSharedVault, type SharedVault } from '#vault/shared/shared-vault.ts'
import { aPair, aProfile, aServiceApp, NOW } from '../../vault/support/builders.ts'
import { bundle } from '../../vault/support/bundle.ts'
import type { Postgres } from './postgres.ts'
import { anIdentity, newSharedVault } from './shared-vault.ts'

async function fill(vault: SharedVault, profiles: number): Promise<void> {
  const changes: FleetChange[] = [{ kind: 'service-app-saved', serviceApp: aServiceApp('sa') }]
  for (let n = 0; n < profiles; n++) {
    changes.push({ kind: 'profile-saved', profile: aProfile(`p${n}`, { pair: aPair(`old-${n}`) }) })
    changes.push({ kind: 'profile-pair', profileId: `p${n}`, pair: aPair(`new-${n}`) })
  }
  await vault.commit(changes, [])
}

async function expectWhole(vault: SharedVault, profiles: number): Promise<void> {
  const { fleet, unreadable } = await vault.load()
  expect(unreadable).toEqual([])
  expect(fleet.profiles.size).toBe(profiles)
  for (let n = 0; n < profiles; n++) {
    expect(fleet.profiles.get(`p${n}`)?.pair?.refresh?.token.reveal()).toBe(`canary-refresh-new-${n}`)
  }
}

/** Resolves with how many ms one exchange took, once everything could be read after each kill. */
export async function exchangedAndKilled(
  postgres: Postgres,
  { profiles, kills }: { readonly profiles: number; readonly kills: number },
): Promise<number> {
  const { vault, database, identity } = await newSharedVault(postgres)
  await fill(vault, profiles)
  const leaver = await anIdentity()
  await vault.addMember({ name: 'Leaver', recipient: leaver.recipient, addedBy: 'First' }, NOW)
  const member = (await vault.members()).find(({ name }) => name === 'Leaver')
  const before = performance.now()
  await vault.removeMember(member?.id ?? '')
  const took = performance.now() - before
  console.log(`data key of ${profiles} profiles exchanged in ${Math.round(took)} ms`)
  await expectWhole(vault, profiles)

  const program = await bundle(resolve(import.meta.dirname, 'rekey-loop.ts'))
  let killed = 0
  const epochs = new Set<number>()
  for (let n = 0; n < kills; n++) {
    const connection = JSON.stringify({ ...postgres.connection, database: database.name })
    const child = spawn(process.execPath, [program.path, connection, identity.secret.reveal()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    for await (const line of createInterface(child.stdout)) {
      if (line !== 'removing') continue
      // Anywhere in it, its commit too.
      await delay((1.5 * took * (n + 1)) / kills)
      child.kill('SIGKILL')
      break
    }
    const [, signal] = await ended
    if (signal === 'SIGKILL') killed += 1
    const afterwards = await openSharedVault(database.connect(), identity)
    epochs.add(afterwards.key()?.epoch ?? 0)
    await expectWhole(afterwards, profiles)
    await afterwards.close()
  }
  program.remove()
  console.log(`${killed} kills in the middle of an exchange, ${epochs.size} data keys seen`)
  expect(killed).toBe(kills)
  return took
}
