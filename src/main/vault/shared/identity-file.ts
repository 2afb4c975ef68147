// The identity of a member in a file of age (age-keygen(1)), and beside it what the member remembers of the data key.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { isOwnOrRoots } from '#base/node/folder-access.ts'
import { replaceFile } from '#base/node/whole-file.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { type KnownKey, newIdentity, recipientOf } from './members.ts'
import type { MemberIdentity } from './shared-vault.ts'

export interface KeptIdentity extends MemberIdentity {
  /** Makes one, and keeps it. Rejects where there is one. */
  create(): Promise<Secret>
}

const IDENTITY = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/
const known = z.object({ vaultId: z.string(), epoch: z.number(), check: z.string() })

/** `file`: may be one that only root can write, such as a credential of systemd; `memory`: must be writable. */
export function identityFile(file: string, memory: string): KeptIdentity {
  const load = async () => {
    const content = readOwnFile(file)
    if (content === null) return null
    const line = content.split(/\r?\n/).find((one) => IDENTITY.test(one))
    if (line === undefined) {
      throw new StoreFailure(
        'damaged',
        `${file} is not an identity file of age: it has no line AGE-SECRET-KEY-1….`,
      )
    }
    return new Secret(line)
  }
  const write = (path: string, content: string) =>
    replaceFile(path, async (out) => {
      out.end(content)
      await new Promise<void>((resolve, reject) => out.once('close', resolve).once('error', reject))
    }).catch((cause) => {
      throw new StoreFailure(
        'read-only',
        `${path} cannot be written. Make its folder writable for your account.`,
        {
          cause,
        },
      )
    })
  return {
    load,
    create: async () => {
      if ((await load()) !== null) throw new StoreFailure('other', `There is an identity in ${file} already.`)
      const identity = await newIdentity()
      await write(file, `# public key: ${await recipientOf(identity)}\n${identity.reveal()}\n`)
      return identity
    },
    known: async () => {
      const content = readOwnFile(memory)
      if (content === null) return null
      const reading = known.safeParse(jsonOf(content))
      if (reading.success) return reading.data
      throw new StoreFailure(
        'damaged',
        `${memory}, which proves that the shared vault's data key was not replaced, is damaged. Ask the other members whether all is well, and remove it.`,
      )
    },
    remember: (newest: KnownKey) => write(memory, `${JSON.stringify(newest)}\n`),
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** null: there is no such file. Throws a `StoreFailure` where others can read or write it. */
export function readOwnFile(path: string): string | null {
  let handle: number
  try {
    // A named pipe without a writer would be waited for without an end.
    handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw new StoreFailure('read-only', `${path} cannot be read by this account.`, { cause })
  }
  try {
    const stats = fstatSync(handle)
    if (!stats.isFile()) throw new StoreFailure('other', `${path} is not a file.`)
    if (process.platform !== 'win32') {
      // What root owns it may let a group read: so do Kubernetes (`fsGroup`) and systemd's credentials.
      const allowed = stats.uid === 0 ? 0o740 : 0o700
      if (!isOwnOrRoots(stats.uid) || (stats.mode & 0o777 & ~allowed) !== 0) {
        throw new StoreFailure(
          'other',
          `Other users can read or change ${path}. Make it yours, and run "chmod 0600" on it.`,
        )
      }
    }
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}
