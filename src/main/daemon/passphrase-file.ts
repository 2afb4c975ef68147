// Passphrase file: the one secret a server is started with, from a file that nobody else can read.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { LONGEST_PASSPHRASE } from '#base/common/passphrase-strength.ts'
import { isOwnOrRoots } from '#base/node/folder-access.ts'
import { Secret } from '#engine/domain/secret.ts'
import { WrongOptions } from './serve-options.ts'

/** Bytes. No passphrase is as long. */
const LONGEST = 4096

/**
 * Without one line break at its end, which editors and `echo` add. Throws `WrongOptions` with what is wrong and what to do;
 * nothing of the content is in it.
 */
export function readPassphraseFile(file: string): Secret {
  const bytes = readGuarded(file)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new WrongOptions(`The passphrase file ${file} is not text in UTF-8. Write it again.`)
  }
  const passphrase = text.replace(/\r?\n$/, '')
  if (passphrase === '') throw new WrongOptions(`The passphrase file ${file} is empty.`)
  if (/[\r\n]/.test(passphrase))
    throw new WrongOptions(
      `The passphrase file ${file} has more than one line. It must contain the passphrase alone.`,
    )
  // It could not be entered in the window, nor be used for a backup.
  if (passphrase.length > LONGEST_PASSPHRASE)
    throw new WrongOptions(
      `The passphrase in ${file} is too long. A passphrase has ${LONGEST_PASSPHRASE} characters at most.`,
    )
  return new Secret(passphrase)
}

function readGuarded(file: string): Buffer {
  let fd: number
  try {
    // A named pipe without a writer would be waited for without an end.
    fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw new WrongOptions(whyUnreadable(file, error))
  }
  try {
    const { uid, mode, size } = fstatSync(fd)
    if ((mode & constants.S_IFMT) !== constants.S_IFREG)
      throw new WrongOptions(`The passphrase file ${file} is not a file.`)
    if (process.platform !== 'win32') {
      if (!isOwnOrRoots(uid)) {
        throw new WrongOptions(
          `The passphrase file ${file} belongs to another user (ID ${uid}). Make it yours with "chown".`,
        )
      }
      // What root owns it may let a group read: so do Kubernetes (`fsGroup`) and systemd's credentials.
      const allowed = uid === 0 ? 0o740 : 0o700
      if ((mode & 0o777 & ~allowed) !== 0) {
        throw new WrongOptions(
          `Other users can read or change the passphrase file ${file} (mode ${(mode & 0o777).toString(8).padStart(4, '0')}). Run "chmod 0600" on it; if others may have read it, change the passphrase as well.`,
        )
      }
    }
    if (size > LONGEST) throw new WrongOptions(`The passphrase file ${file} is larger than ${LONGEST} bytes.`)
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

function whyUnreadable(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  switch (code) {
    case 'ENOENT':
      return `There is no passphrase file ${file}.`
    case 'EACCES':
    case 'EPERM':
      return `The passphrase file ${file} cannot be read by this user (ID ${process.geteuid?.() ?? 'unknown'}). Make it this user's with "chown".`
    default:
      return `The passphrase file ${file} cannot be read (${code}).`
  }
}
