// `localhost` means this machine (RFC 6761 section 6.3), but a system may lack the file that says so: a freshly
// bootstrapped Debian does. Chromium knows it by itself, Node asks the system.
import { lookup } from 'node:dns/promises'
import { capture } from '../run/child.mjs'
import { rootPrefix } from './linux-machine.mjs'

const LINES = '127.0.0.1 localhost\\n::1 localhost\\n'

/** @throws with the one line to run, if it is missing and may not be added from here */
export async function ensureLocalhost() {
  if (process.platform !== 'linux' || (await isKnown())) return
  const add = `printf '${LINES}' >> /etc/hosts`
  const prefix = await rootPrefix()
  if (prefix !== undefined) {
    process.stderr.write('This machine does not know localhost: adding it to /etc/hosts.\n')
    const [command = 'sh', ...rest] = [...prefix, 'sh', '-c', add]
    await capture(command, rest)
  }
  if (await isKnown()) return
  throw new Error(
    `This machine does not know localhost. Run this once, then the same command again:\n  sudo sh -c "${add}"`,
  )
}

function isKnown() {
  return lookup('localhost').then(
    () => true,
    () => false,
  )
}
