// The client's own messages against Cisco's description of its API.
import { describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { createWebex } from '#webex/client.ts'
import { findContract, WHERE_TO_FIND_IT } from '../simulator/support/openapi.ts'
import { answering } from './support/answering-server.ts'
import { partsFor } from './support/parts.ts'

const contract = findContract()
if (contract === null) console.warn(WHERE_TO_FIND_IT)

describe.skipIf(contract === null)('as Cisco describes it:', () => {
  test('the request of tier 2', async () => {
    const server = await answering({ body: '{"access_token":"a","expires_in":3600}' })
    onTestFinished(() => server.close())
    const credentials = { clientId: 'C123', clientSecret: new Secret('s3cret') }
    await createWebex(partsFor(server.baseUrl)).applicationToken(
      new Secret('b3arer'),
      'Y2lz',
      credentials,
      'Y2lzT1JH',
    )
    const [asked] = server.asked
    expect(asked?.url).toBe('/v1/applications/Y2lz/token')
    const faults = contract?.requestTo(
      'POST',
      '/applications/{applicationId}/token',
      JSON.parse(asked?.body ?? ''),
    )
    expect(faults).toEqual([])
  })
})
