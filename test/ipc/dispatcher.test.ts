import { describe, expect, test } from 'vitest'
import { UserFacingError } from '#application/errors.ts'
import { type RequestName, requests } from '#contract/contract.ts'
import { SETTINGS } from '#contract/settings.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { behindLock, dispatch, type Handlers } from '#ipc/dispatcher.ts'

/** Every handler fails unless given: a request that reaches the wrong one is seen. */
function handlersWith(given: Partial<Handlers>): Handlers {
  const unwanted = (name: string) => () => {
    throw new Error(`${name} was not expected`)
  }
  const all = Object.fromEntries(Object.keys(requests).map((name) => [name, unwanted(name)]))
  return { ...(all as unknown as Handlers), ...given }
}

const neverUnexpected = (name: string, error: unknown) => {
  throw new Error(`unexpected in ${name}`, { cause: error })
}

describe('dispatch', () => {
  test('gives the handler the parsed input and the window its value', async () => {
    const reply = await dispatch(
      handlersWith({ 'fleet.refresh-due': () => ({ started: 3 }) }),
      'fleet.refresh-due',
      {},
      neverUnexpected,
    )
    expect(reply).toEqual({ ok: true, value: { started: 3 } })
  })

  test.each([
    ['a name that is none', 'nothing.here', {}],
    ['a name from the prototype', 'constructor', {}],
    ['a name that is not text', 7, {}],
  ])('refuses %s', async (_what, name, input) => {
    const reply = await dispatch(handlersWith({}), name, input, neverUnexpected)
    expect(reply).toEqual({ ok: false, error: { code: 'invalid', message: 'Unknown request.' } })
  })

  test('refuses parts that do not belong to the request, before any handler runs', async () => {
    const reply = await dispatch(
      handlersWith({}),
      'profile.remove',
      { profileId: 'p', force: true },
      neverUnexpected,
    )
    expect(reply).toMatchObject({ ok: false, error: { code: 'invalid' } })
  })

  test.each<[RequestName, unknown]>([
    ['profile.refresh', {}],
    ['profile.refresh', null],
    ['profile.refresh', undefined],
    ['history.page', { profileId: null, managerId: null, outcome: null, tier: 4, cursor: null, limit: 10 }],
    ['settings.save', { redirectPort: 70_000 }],
    ['settings.save', { clipboardClearSeconds: 5 }],
    ['app.open-link', { link: 'https://evil.example' }],
  ])('refuses malformed input of %s', async (name, input) => {
    const reply = await dispatch(handlersWith({}), name, input, neverUnexpected)
    expect(reply).toMatchObject({ ok: false, error: { code: 'invalid' } })
  })

  test('names the field that does not fit', async () => {
    const reply = await dispatch(
      handlersWith({}),
      'service-app.add',
      validAddition({ name: '' }),
      neverUnexpected,
    )
    expect(reply).toMatchObject({ ok: false, error: { field: 'name', message: 'Enter a name.' } })
  })

  test.each([
    ['redirectPort', 0, 'Enter a whole number from 1 to 65535.'],
    ['refreshAt', '0.5', 'Enter a number from 0.3 to 0.9.'],
    ['requestsPerSecond', 1.5, 'Enter a whole number from 1 to 50.'],
    ['clipboardClearSeconds', 9, 'Enter 0 or a whole number from 10 to 120.'],
    ['lockAfterMinutes', 7, 'Choose one of these: 0, 5, 10, 15, 30, 60.'],
    ['theme', 'sepia', 'Choose one of these: system, light, dark, contrast.'],
    ['startAtLogin', 1, 'Choose one of these: false, true.'],
  ])('says of the setting %s what can be set', async (field, value, message) => {
    const reply = await dispatch(handlersWith({}), 'settings.save', { [field]: value }, neverUnexpected)
    expect(reply).toEqual({ ok: false, error: { code: 'invalid', field, message } })
  })

  test('passes every setting on at its bounds, and not those of the endpoint', async () => {
    const saved: unknown[] = []
    const handlers = handlersWith({
      'settings.save': (patch) => {
        saved.push(patch)
        return null
      },
    })
    const patches = Object.entries(SETTINGS).flatMap(([name, setting]) =>
      ('choices' in setting ? setting.choices : [setting.least, setting.most]).map((value) => ({
        [name]: value,
      })),
    )
    for (const patch of patches) await dispatch(handlers, 'settings.save', patch, neverUnexpected)
    expect(saved).toEqual(patches)
    const reply = await dispatch(handlers, 'settings.save', { endpointPort: 7000 }, neverUnexpected)
    expect(reply.ok).toBe(false)
  })

  test('never sends a typed secret back in an error', async () => {
    const canary = 'c4n4ry-secret-value'
    const reply = await dispatch(
      handlersWith({}),
      'service-app.add',
      validAddition({ clientSecret: canary, probe: { kind: canary }, [canary]: canary }),
      neverUnexpected,
    )
    expect(reply.ok).toBe(false)
    expect(JSON.stringify(reply)).not.toContain(canary)
  })

  test('passes a refusal on with its field and tracking id', async () => {
    const reply = await dispatch(
      handlersWith({
        'profile.refresh': () => {
          throw new UserFacingError('refused', 'Not now.', { field: 'x', trackingId: 'ROUTER_1' })
        },
      }),
      'profile.refresh',
      { profileId: 'p' },
      neverUnexpected,
    )
    expect(reply).toEqual({
      ok: false,
      error: { code: 'refused', message: 'Not now.', field: 'x', trackingId: 'ROUTER_1' },
    })
  })

  test.each(['disk-full', 'read-only', 'locked', 'damaged', 'other'] as const)(
    'says in the words of the vault what could not be stored (%s), whichever request it was and however it fails',
    async (reason) => {
      const failure = new StoreFailure(reason, 'The disk is full.', { cause: new Error('c4n4ry') })
      const ways = [
        () => {
          throw failure
        },
        () => Promise.reject(failure),
      ]
      for (const name of ['app.quit', 'webhook.confirm', 'fleet.refresh-due', 'import.forget'] as const) {
        for (const way of ways) {
          const reply = await dispatch(handlersWith({ [name]: way }), name, {}, neverUnexpected)
          expect(reply).toEqual({ ok: false, error: { code: 'storage', message: 'The disk is full.' } })
        }
      }
    },
  )

  test('keeps the words of an unexpected error out of the window and reports it', async () => {
    const seen: unknown[] = []
    const reply = await dispatch(
      handlersWith({
        'app.quit': () => {
          throw new Error('c4n4ry')
        },
      }),
      'app.quit',
      {},
      (name, error) => seen.push([name, error]),
    )
    expect(reply).toMatchObject({ ok: false, error: { code: 'internal' } })
    expect(JSON.stringify(reply)).not.toContain('c4n4ry')
    expect(seen).toHaveLength(1)
  })
})

describe('behind the lock', () => {
  const names = Object.keys(requests) as RequestName[]
  const all = Object.fromEntries(names.map((name) => [name, () => 'answered'])) as unknown as Handlers
  const answered = (handlers: Handlers) =>
    names.filter((name) => {
      try {
        return (handlers[name] as (input: unknown) => unknown)({}) === 'answered'
      } catch (error) {
        if (error instanceof UserFacingError) return false
        throw error
      }
    })

  test('nothing is answered but the view, the unlocking and the quitting', () => {
    expect(answered(behindLock(all, () => true)).toSorted()).toEqual([
      'app.quit',
      'lock.open',
      'view.get',
      'view.push',
    ])
  })

  test('everything is answered once it is open', () => {
    expect(answered(behindLock(all, () => false))).toEqual(names)
  })
})

function validAddition(changes: Record<string, unknown> = {}) {
  return {
    name: 'Orders',
    appId: 'app',
    clientId: 'client',
    clientSecret: 'secret',
    targetOrgId: 'org',
    orgName: null,
    probe: { kind: 'data-sources' },
    accessToken: null,
    refreshToken: null,
    tokenManager: null,
    issueToken: true,
    ...changes,
  }
}
