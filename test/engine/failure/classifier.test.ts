// Failure: what every answer is taken for.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Answer } from '#engine/domain/ports.ts'
import { classify } from '#engine/failure/classifier.ts'

// Many cases on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describe('failure', () => {
  const anyAnswer: fc.Arbitrary<Answer<never>> = fc.oneof(
    fc.record({
      kind: fc.constant('refused' as const),
      status: fc.integer({ min: 400, max: 599 }),
      code: fc.option(
        fc.constantFrom(
          ...['invalid_grant', 'invalid_refresh_token', 'invalid_client', 'unauthorized_client'],
          ...['invalid_request', 'tokenlimit_reached', 'x'],
        ),
      ),
      message: fc.option(
        fc.oneof(
          fc.string(),
          fc.constantFrom('refresh token', 'client_secret', 'org', 'Service App', 'token limit reached'),
        ),
      ),
      webexShaped: fc.boolean(),
      retryAfter: fc.option(fc.nat()),
      trackingId: fc.option(fc.string()),
      serverDate: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('anomalous' as const),
      status: fc.integer({ min: 200, max: 399 }),
      anomaly: fc.constantFrom('html' as const, 'redirect' as const, 'empty' as const, 'not-json' as const),
      trackingId: fc.option(fc.string()),
      serverDate: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('unreachable' as const),
      reason: fc.constantFrom('dns' as const, 'reset' as const, 'timeout' as const, 'other' as const),
      sent: fc.boolean(),
      trackingId: fc.constant(null),
      serverDate: fc.constant(null),
    }),
  )
  const context = fc.oneof(
    fc.boolean().map((unclearBefore) => ({ tier: 1 as const, unclearBefore })),
    fc.constant({ tier: 2 as const }),
    fc.boolean().map((unclearBefore) => ({ tier: 3 as const, unclearBefore, managerId: 'm' })),
  )

  test('the token limit is told from every 4xx, a 401 of tier 2 blames no secret, and nothing is unclear twice', () => {
    fc.assert(
      fc.property(context, anyAnswer, (call, answer) => {
        const kind = classify(call, answer)?.kind
        if (answer.kind !== 'refused') return
        const isLimit = [answer.code, answer.message].some((said) =>
          /^token ?limit[_ ]reached$/.test(said ?? ''),
        )
        if (isLimit && answer.status < 500)
          expect(kind).toBe(call.tier === 3 ? 'manager-token-limit' : 'token-limit')
        else if (call.tier === 2 && answer.status === 401) expect(kind).toBe('bearer-refused')
        if (call.tier !== 2 && call.unclearBefore) expect(kind).not.toBe('unclear')
      }),
    )
  })

  test('every refusal has a kind, keeps its tracking id, and a 5xx never blames a credential', () => {
    fc.assert(
      fc.property(context, anyAnswer, (call, answer) => {
        const failure = classify(call, answer)
        expect(failure).not.toBeNull()
        expect(failure?.trackingId).toBe(answer.trackingId)
        if (answer.kind === 'refused' && answer.status >= 500 && answer.status !== 511) {
          expect(failure?.kind).toBe('transient')
        }
        // The two look-alike sets of credentials are never mixed up.
        const kind = failure?.kind ?? ''
        if (call.tier === 3)
          expect([
            'grant-dead',
            'client-refused',
            'not-authorised',
            'wrong-field',
            'token-limit',
          ]).not.toContain(kind)
        else expect(kind.startsWith('manager-')).toBe(false)
      }),
    )
  })
})
