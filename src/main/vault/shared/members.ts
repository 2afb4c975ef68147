// Members of a shared vault, and its data key: sealed for each of them as a file of age (https://age-encryption.org/v1), so
// that no secret travels when somebody joins.
import { createHmac, hkdfSync, type KeyObject, randomUUID } from 'node:crypto'
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { z } from 'zod'
import type { Instant } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { bareKeyCheck, DATA_KEY_BYTES, dataKeyFrom, dataKeyText, isSameProof } from '../crypto/data-key.ts'
import { openField, sealField } from '../crypto/field-cipher.ts'
import type { Row } from '../db/connection.ts'
import { bytes, number, text, textOrNull } from '../db/row.ts'
import type { Statements } from './postgres-connection.ts'

/** The data key of an epoch; each exchange of the key begins a new one. */
export interface HeldKey {
  readonly vaultId: string
  readonly epoch: number
  readonly key: KeyObject
}

/** What a member keeps of the newest data key it has had: proves that the next one comes from somebody who had that one. */
export interface KnownKey {
  readonly vaultId: string
  readonly epoch: number
  readonly check: string
}

export interface NewMember {
  readonly name: string
  /** "age1…": its public half. */
  readonly recipient: string
  /** The name of the member that adds it; null: the first one. */
  readonly addedBy: string | null
}

export interface Member extends NewMember {
  readonly id: string
  readonly addedAt: Instant
  /** A member added it. Otherwise somebody wrote the row into the database, and it gets no key. */
  readonly isAuthentic: boolean
}

/** X25519 (RFC 7748), which every age reads; 32 bytes in Bech32. */
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/

export async function newIdentity(): Promise<Secret> {
  return new Secret(await generateX25519Identity())
}

/** Rejects where it is no identity. */
export function recipientOf(identity: Secret): Promise<string> {
  return identityToRecipient(identity.reveal())
}

export function isRecipient(recipient: string): boolean {
  return RECIPIENT.test(recipient)
}

const envelope = z.object({ vault: z.string(), epoch: z.number(), key: z.string() })

async function sealedFor(recipient: string, { vaultId, epoch, key }: HeldKey): Promise<Buffer> {
  const age = new Encrypter()
  age.addRecipient(recipient)
  const content = { vault: vaultId, epoch, key: dataKeyText(key) }
  return Buffer.from(await age.encrypt(`${JSON.stringify(content)}\n`))
}

/** null: it is for another identity, or of another vault or epoch. */
async function openedBy(
  identity: Secret,
  sealed: Buffer,
  { vaultId, epoch }: Omit<HeldKey, 'key'>,
): Promise<KeyObject | null> {
  const age = new Decrypter()
  age.addIdentity(identity.reveal())
  try {
    const content = envelope.parse(JSON.parse(await age.decrypt(sealed, 'text')))
    return content.vault === vaultId && content.epoch === epoch ? dataKeyFrom(content.key) : null
  } catch {
    return null
  }
}

export function keyProof({ vaultId, epoch, key }: HeldKey): KnownKey {
  return { vaultId, epoch, check: bareKeyCheck(key, `${vaultId}, epoch ${epoch}`) }
}

const MAC_PURPOSE = 'shared vault member'

function macOf({ vaultId, key }: HeldKey, row: Row): Buffer {
  const columns = [vaultId, row.id, row.name, row.recipient, row.added_at, row.added_by]
  const macKey = Buffer.from(hkdfSync('sha256', key, '', MAC_PURPOSE, DATA_KEY_BYTES))
  return createHmac('sha256', macKey).update(JSON.stringify(columns)).digest()
}

function isAuthentic(held: HeldKey, row: Row): boolean {
  return Buffer.isBuffer(row.mac) && isSameProof(macOf(held, row).toString('hex'), row.mac.toString('hex'))
}

/** Runs inside the caller's transaction, as all below. */
export async function insertMember(
  tx: Statements,
  held: HeldKey,
  { name, recipient, addedBy }: NewMember,
  now: Instant,
): Promise<void> {
  const row = { id: randomUUID(), name, recipient, added_at: Math.round(now), added_by: addedBy }
  const sealed = { mac: macOf(held, row), envelope: await sealedFor(recipient, held) }
  await tx.insert('members', { ...row, ...sealed })
}

export async function listMembers(tx: Statements, held: HeldKey): Promise<readonly Member[]> {
  const rows = await tx.rows('members', 'ORDER BY added_at, added_by NULLS FIRST, name')
  return rows.map((row) => ({
    id: text(row, 'id'),
    name: text(row, 'name'),
    recipient: text(row, 'recipient'),
    addedAt: number(row, 'added_at'),
    addedBy: textOrNull(row, 'added_by'),
    isAuthentic: isAuthentic(held, row),
  }))
}

/** Seals the next data key for every member that a member added. */
export async function sealForMembers(tx: Statements, from: HeldKey, to: HeldKey): Promise<void> {
  for (const row of await tx.rows('members')) {
    if (!isAuthentic(from, row)) continue
    const sealed = { mac: macOf(to, row), envelope: await sealedFor(text(row, 'recipient'), to) }
    await tx.update('members', sealed, 'id = ?', text(row, 'id'))
  }
  await tx.insert('key_chain', {
    epoch: from.epoch,
    key: sealField(to.key, new Secret(dataKeyText(from.key)), chainPlace(from.epoch)),
  })
}

const chainPlace = (epoch: number) => ({ table: 'key_chain', record: String(epoch), field: 'key' })

/** The data keys of earlier epochs, as far as the chain goes back unbroken. */
async function earlierKeys(tx: Statements, { epoch, key }: HeldKey): Promise<ReadonlyMap<number, KeyObject>> {
  const keys = new Map<number, KeyObject>()
  let next = key
  for (const link of await tx.rows('key_chain', 'WHERE epoch < ? ORDER BY epoch DESC', epoch)) {
    const at = epoch - keys.size - 1
    const opened = link.epoch === at ? openField(next, bytes(link, 'key'), chainPlace(at)) : null
    const earlier = opened === null ? null : dataKeyFrom(opened.reveal())
    if (earlier === null) break
    keys.set(at, earlier)
    next = earlier
  }
  return keys
}

/** Its message says how it becomes one. */
export class NotAMember extends StoreFailure {
  /** Its public key, for a member to add. */
  readonly recipient: string
  /** It has been one. */
  readonly wasRemoved: boolean

  constructor(recipient: string, wasRemoved: boolean) {
    const what = wasRemoved
      ? 'This computer was removed from the shared vault. It gives out the tokens it knows until they expire. To add it again, a member'
      : 'This computer is not a member of the shared vault yet. A member'
    super('shared', `${what} runs “satm vault add-member NAME ${recipient}”.`)
    this.name = 'NotAMember'
    this.recipient = recipient
    this.wasRemoved = wasRemoved
  }
}

const OTHER_KEY =
  'The data key of the shared vault was replaced, and not by a member. Nothing is read or stored. Ask the other members and the database administrator.'
const NONE = 'There is no shared vault in this database. Create one with `satm vault create`.'

/**
 * The data key of this moment, and whose identity this is. Rejects with a `StoreFailure` where the identity is no member's, and where the key does not
 * follow from the one that this member has known.
 */
export async function openDataKey(
  tx: Statements,
  identity: Secret,
  known: KnownKey | null,
): Promise<{
  readonly held: HeldKey
  readonly earlier: ReadonlyMap<number, KeyObject>
  readonly memberId: Member['id']
}> {
  const vault = await tx.row('vault', '')
  if (vault === null) throw new StoreFailure('shared', NONE)
  const place = { vaultId: text(vault, 'id'), epoch: number(vault, 'key_epoch') }
  const recipient = await recipientOf(identity)
  const member = await tx.row('members', 'WHERE recipient = ?', recipient)
  const key = member === null ? null : await openedBy(identity, bytes(member, 'envelope'), place)
  if (member === null || key === null) throw new NotAMember(recipient, known?.vaultId === place.vaultId)
  const held = { ...place, key }
  const isOfVault = isSameProof(keyProof(held).check, text(vault, 'key_check'))
  const earlier = await earlierKeys(tx, held)
  if (!isOfVault || (known !== null && !follows(held, earlier, known))) {
    throw new StoreFailure('shared', OTHER_KEY)
  }
  return { held, earlier, memberId: text(member, 'id') }
}

function follows(held: HeldKey, earlier: ReadonlyMap<number, KeyObject>, known: KnownKey): boolean {
  const { vaultId, epoch, check } = known
  const key = epoch === held.epoch ? held.key : earlier.get(epoch)
  return (
    key !== undefined &&
    isSameProof(keyProof({ vaultId: held.vaultId, epoch, key }).check, check) &&
    vaultId === held.vaultId
  )
}
