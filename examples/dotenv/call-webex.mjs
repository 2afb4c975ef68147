#!/usr/bin/env node
// Calls Webex every few seconds with the token of a .env file that the Service App Token Manager writes after each
// renewal. A program that reads .env only when it starts would hold a dead token after two weeks: this one looks whether
// the file has changed.
//
//   ENV_FILE=/path/to/.env node call-webex.mjs
//
// EVERY is the number of seconds between two calls (2), WEBEX_URL another cloud or a simulated one. Ctrl+C ends it.
// Needs Node.js 20.12 and nothing else.
import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'

const { ENV_FILE = '.env', EVERY = '2' } = process.env
const webex = process.env.WEBEX_URL ?? 'https://webexapis.com/v1'

let token = ''
let seen = ''

/** The token of the file as it is now; read again only when the file is another one or was written. */
function current() {
  // The app puts a finished file in the place of the old one, so half a file is never seen.
  const { ino, mtimeNs } = statSync(ENV_FILE, { bigint: true })
  const now = `${ino} ${mtimeNs}`
  if (now !== seen) {
    token = parseEnv(readFileSync(ENV_FILE, 'utf8')).WEBEX_SERVICE_APP_ACCESS_TOKEN ?? ''
    seen = now
  }
  return token
}

/** One call; where Webex refuses the token, the file is read again once. */
async function call(path) {
  const send = () => fetch(`${webex}${path}`, { headers: { authorization: `Bearer ${current()}` } })
  const response = await send()
  if (response.status !== 401) return response
  await response.body?.cancel()
  seen = ''
  return send()
}

for (let count = 1; ; count += 1) {
  try {
    // Any call of yours; this one needs no particular scope.
    const response = await call('/dataSources/schemas')
    await response.body?.cancel()
    process.stdout.write(`${count} ${response.status}\n`)
  } catch (error) {
    process.stdout.write(`${count} failed: ${error.message}\n`)
  }
  await new Promise((resolve) => setTimeout(resolve, Number(EVERY) * 1000))
}
