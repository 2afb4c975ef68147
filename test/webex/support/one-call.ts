// A program: makes one call to the address it is given, and prints what came of it and after how many ms.

import { READ_GRACE } from '#base/common/timer.ts'
import { sendMessage } from '#delivery/webhook/webhook-request.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { Secret } from '#engine/domain/secret.ts'
import { createAuthorization } from '#webex/authorization.ts'
import { createWebex } from '#webex/client.ts'
import { partsFor } from './parts.ts'

const [call = '', baseUrl = '', deadline = ''] = process.argv.slice(2)
const system = systemClock()
// The deadline alone is shorter than the app's.
const clock = {
  ...system,
  after: (delay: number, wake: () => void) =>
    system.after(delay === READ_GRACE ? delay : Number(deadline), wake),
}
const parts = partsFor(baseUrl, { clock })
const credentials = { clientId: 'Cworker', clientSecret: new Secret('s3cret-of-the-worker') }

const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  refresh: () => createWebex(parts).refreshGrant(credentials, new Secret('R3fresh-token')),
  code: () =>
    createAuthorization(parts).exchangeCode({
      credentials,
      code: new Secret('c0de'),
      redirectUri: 'http://localhost:3000/callback',
      codeVerifier: new Secret('v'.repeat(43)),
    }),
  presence: () => createWebex(parts).isWebexThere(),
  webhook: () =>
    sendMessage(
      { ...parts, clock, now: clock.now, whyNoAnswer: () => 'other' },
      { url: new Secret(baseUrl), secret: new Secret('c2VjcmV0') },
      { id: 'm1', event: 'test' } as Parameters<typeof sendMessage>[2],
    ),
}
const began = clock.monotonic()
const result = await calls[call]?.()
process.stdout.write(JSON.stringify({ result, took: clock.monotonic() - began }))
