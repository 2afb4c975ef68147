#!/usr/bin/env node
// Calls Webex every few seconds with a token that the Service App Token Manager keeps alive.
//
//   by the local endpoint:  SATM_URL=http://127.0.0.1:7286/v1/token/Orders SATM_SECRET=satm_… node call-webex.mjs
//   by satm:                SATM_PROFILE=Orders node call-webex.mjs
//
// EVERY is the number of seconds between two calls (2), WEBEX_URL another cloud or a simulated one. Ctrl+C ends it.
// Needs Node.js 20 and nothing else.
import { fromEndpoint, fromSatm } from './webex-token.mjs'

const { SATM_URL, SATM_SECRET, SATM_PROFILE, SATM, KEEP = '60', EVERY = '2' } = process.env
const webex = process.env.WEBEX_URL ?? 'https://webexapis.com/v1'

const source =
  SATM_URL !== undefined && SATM_SECRET !== undefined
    ? fromEndpoint(SATM_URL, SATM_SECRET)
    : fromSatm(SATM_PROFILE ?? '', { command: SATM ?? 'satm', keepSeconds: Number(KEEP) })

/** One call; a token that Webex refuses is replaced once. */
async function call(path) {
  const send = async () =>
    fetch(`${webex}${path}`, { headers: { authorization: `Bearer ${await source.current()}` } })
  const response = await send()
  if (response.status !== 401) return response
  await response.body?.cancel()
  source.forget()
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
