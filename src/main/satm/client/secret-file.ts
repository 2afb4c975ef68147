// Secret file: a secret that a program is handed in a file, so that it is in no argument and no environment. Read only
// where nobody else can read it as well.
import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { isOwnOrRoots } from '#base/node/folder-access.ts'
import { CliError, EXIT } from './exit-codes.ts'

/** Bytes; no client secret is longer. */
const LONGEST = 8_192

/** Of a passphrase blanks count, as a person has chosen it. */
const FORMS = { secret: /^[\x21-\x7e]+$/, passphrase: /^[^\r\n]+$/ } as const

/** `what` begins the sentences: "The consumer file". Rejects whatever is not one line of visible ASCII, but for a passphrase. */
export function readSecretFile(what: string, file: string, form: keyof typeof FORMS = 'secret'): string {
  const refuse = (why: string) => new CliError(EXIT.needsPerson, `${what} ${file} ${why}`)
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch (error) {
    throw refuse(openProblem(error))
  }
  try {
    const found = fstatSync(fd)
    // A pipe is what a shell gives with <(…).
    if (!found.isFile() && !found.isFIFO()) throw refuse('is not a file.')
    if (found.size > LONGEST) throw refuse('is longer than any secret: it must contain the secret alone.')
    const flaw = accessProblem(found, file)
    if (flaw !== null) throw refuse(flaw)
    const secret = textIn(readFileSync(fd), form)?.replace(/\r?\n$/, '') ?? null
    if (secret !== null && secret.length <= LONGEST && FORMS[form].test(secret)) return secret
    throw refuse(secret === '' ? 'is empty.' : `must contain the ${form} alone, on one line.`)
  } finally {
    closeSync(fd)
  }
}

/** A passphrase without its byte order mark, as the server reads it; null: it is not UTF-8. */
function textIn(bytes: Buffer, form: keyof typeof FORMS): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: form === 'secret' }).decode(bytes)
  } catch {
    return null
  }
}

/** PEM. They are no secret. */
export function readCertificates(file: string): string {
  const refuse = (why: string) =>
    new CliError(EXIT.needsPerson, `The file of certificate authorities ${file} ${why}`)
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    throw refuse(openProblem(error))
  }
  if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(pem)) return pem
  throw refuse('contains no certificate: it must be in PEM form, with -----BEGIN CERTIFICATE-----.')
}

/** null: nobody but this user, root, and whom root lets read it, as a mounted secret, has access. */
function accessProblem({ uid, mode }: Stats, file: string): string | null {
  const own = process.geteuid?.()
  if (own === undefined) return null
  if (!isOwnOrRoots(uid)) return `belongs to another user (user ID ${uid}), who knows what is in it.`
  const allowed = uid === own ? 0o700 : 0o750
  if ((mode & 0o777 & ~allowed) === 0) return null
  const octal = (mode & 0o777).toString(8).padStart(4, '0')
  return `can be read or changed by others (mode ${octal}). Run: chmod ${uid === own ? '600' : 'o-rwx,g-w'} ${file}`
}

function openProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return 'is not there.'
  if (code === 'EACCES') return 'cannot be read by this user.'
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}.`
}
