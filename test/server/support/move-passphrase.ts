// The passphrase of each backup that a side of a move writes.
import { Secret } from '#engine/domain/secret.ts'

export const PASSPHRASE = new Secret('canary-passphrase of a move')
