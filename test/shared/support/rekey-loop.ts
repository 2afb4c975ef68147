// A program: a member that adds another one and removes it, again and again, which exchanges the data key each time.
import { Secret } from '#engine/domain/secret.ts'
import type { KnownKey } from '#vault/shared/members.ts'
import { newIdentity, recipientOf } from '#vault/shared/members.ts'
import { postgresConnection } from '#vault/shared/postgres-connection.ts'
import { openSharedVault } from '#vault/shared/shared-vault.ts'

const [connection = '', identity = ''] = process.argv.slice(2)
let known: KnownKey | null = null
const vault = await openSharedVault(postgresConnection(JSON.parse(connection)), {
  load: async () => new Secret(identity),
  known: async () => known,
  remember: async (newest) => {
    known = newest
  },
})
for (;;) {
  const recipient = await recipientOf(await newIdentity())
  await vault.addMember({ name: 'Passing', recipient, addedBy: null }, 0)
  for (const { id, name } of await vault.members()) {
    if (name !== 'Passing') continue
    console.log('removing')
    await vault.removeMember(id)
    console.log('removed')
  }
}
