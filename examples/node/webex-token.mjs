// Where the current access token comes from: the app's local endpoint, or the `satm` command. Kept until shortly before
// it expires, so that Webex's answer and not this file is what takes time.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** At most so many ms before its end a token is asked for anew; for short-lived ones a tenth of what was left of it. */
const EARLY = 60_000
/** How often an app that has no token just now is asked again. */
const PATIENCE = 5

/**
 * @typedef {object} TokenSource
 * @property {() => Promise<string>} current  the token to use now
 * @property {() => void} forget  Webex refused it: the next `current` asks anew
 */

/**
 * A token of the local endpoint. `url`: http://127.0.0.1:7286/v1/token/<profile>.
 * @param {string} url
 * @param {string} secret  of a consumer
 * @returns {TokenSource}
 */
export function fromEndpoint(url, secret) {
  return kept(async (refused) => {
    for (let tried = 1; ; tried += 1) {
      // The app looks at its token first if it is told that Webex refused it.
      const response = await fetch(refused ? `${url}?refused=yes` : url, {
        headers: { authorization: `Bearer ${secret}` },
      })
      const answer = await response.json()
      if (response.ok) {
        const left = answer.expires_in === null ? 0 : answer.expires_in * 1000
        return { token: answer.access_token, keep: left - Math.min(EARLY, left / 10) }
      }
      const wait = Number(response.headers.get('retry-after'))
      if (response.status !== 503 || tried === PATIENCE) throw new Error(answer.detail)
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, wait) * 1000))
    }
  })
}

/**
 * A token of `satm token <profile>`. It is asked for one that lives twice as long as it is kept.
 * @param {string} profile
 * @param {{ command?: string, keepSeconds?: number }} [options]  `command`: how satm is run here
 * @returns {TokenSource}
 */
export function fromSatm(profile, { command = 'satm', keepSeconds = 60 } = {}) {
  const [program = 'satm', ...before] = command.split(' ')
  return kept(async () => {
    const words = [...before, 'token', profile, '--min-ttl', `${keepSeconds * 2}s`]
    const { stdout } = await promisify(execFile)(program, words)
    return { token: stdout.trim(), keep: keepSeconds * 1000 }
  })
}

/**
 * Asks once for callers that come at the same time.
 * @param {(refused: boolean) => Promise<{ token: string, keep: number }>} ask  `keep` in ms
 * @returns {TokenSource}
 */
function kept(ask) {
  /** @type {Promise<string> | null} */
  let asked = null
  let until = 0
  let refused = false
  return {
    current() {
      if (asked !== null && performance.now() < until) return asked
      until = Number.POSITIVE_INFINITY
      asked = ask(refused).then(
        ({ token, keep }) => {
          until = performance.now() + keep
          refused = false
          return token
        },
        (error) => {
          asked = null
          throw error
        },
      )
      return asked
    },
    forget() {
      asked = null
      refused = true
    },
  }
}
