import { describe, expect, test } from 'vitest'
import { UserFacingError } from '#application/errors.ts'
import type { RequestName } from '#contract/contract.ts'
import { type DeliveryParts, deliveryHandlers } from '#ipc/delivery-requests.ts'
import { dispatch, type Handlers } from '#ipc/dispatcher.ts'

const never = (name: string, error: unknown) => {
  throw new Error(`unexpected in ${name}`, { cause: error })
}

/** Notes what is called with what. */
function recorded(answer: () => unknown = () => null) {
  const calls: unknown[][] = []
  const noting = (part: string) =>
    new Proxy(
      {},
      {
        get:
          (_target, name) =>
          (...args: unknown[]) => {
            calls.push([`${part}.${String(name)}`, ...args])
            return answer()
          },
      },
    )
  const parts = {
    targets: noting('targets'),
    endpoint: noting('endpoint'),
    webhook: noting('webhook'),
  } as unknown as DeliveryParts
  return { calls, handlers: deliveryHandlers(parts) as Handlers }
}

const file = {
  kind: 'env-file',
  path: '/app/.env',
  accessTokenName: 'TOKEN',
  refreshTokenName: null,
  confirmed: ['git'],
}
const hook = { kind: 'hook', command: 'reload', pass: 'stdin', timeLimitSeconds: 30 }
const added = { profileId: 'p', targetId: null, target: file }

describe('delivery', () => {
  test.each<[RequestName, Record<string, unknown>, unknown[]]>([
    ['delivery.choose-file', {}, ['targets.chooseFile']],
    ['delivery.check-file', { path: '/app/.env' }, ['targets.checkFile', '/app/.env']],
    ['delivery.targets', { profileId: 'p' }, ['targets.ofProfile', 'p']],
    ['delivery.runs', { targetId: 't' }, ['targets.runs', 't']],
    ['delivery.save', added, ['targets.save', added]],
    [
      'delivery.save',
      { profileId: 'p', targetId: 't', target: hook },
      ['targets.save', { profileId: 'p', targetId: 't', target: hook }],
    ],
    ['delivery.remove', { targetId: 't' }, ['targets.remove', 't']],
    [
      'delivery.deliver',
      { profileId: 'p', targetId: null },
      ['targets.deliver', { profileId: 'p', targetId: null }],
    ],
    ['delivery.export-env', { profileId: 'p' }, ['targets.exportEnv', 'p']],
    ['endpoint.save', { on: true, port: 3710 }, ['endpoint.save', { on: true, port: 3710 }]],
    [
      'endpoint.add-consumer',
      { name: ' CI ', profileIds: null },
      ['endpoint.addConsumer', { name: 'CI', profileIds: null }],
    ],
    ['endpoint.copy-secret', {}, ['endpoint.copySecret']],
    ['endpoint.forget-secret', {}, ['endpoint.forgetSecret']],
    ['endpoint.confirm-consumer', { consumerId: 'c' }, ['endpoint.confirmConsumer', 'c']],
    ['endpoint.revoke', { consumerId: 'c' }, ['endpoint.revoke', 'c']],
    ['webhook.save', { url: null }, ['webhook.save', null]],
    ['webhook.save', { url: ' https://x.example/ ' }, ['webhook.save', 'https://x.example/']],
    ['webhook.confirm', {}, ['webhook.confirm']],
    ['webhook.renew-secret', {}, ['webhook.renewSecret']],
    ['webhook.copy-secret', {}, ['webhook.copySecret']],
    ['webhook.test', {}, ['webhook.test']],
  ])('%s reaches the part that does it', async (name, input, call) => {
    const { calls, handlers } = recorded()
    expect(await dispatch(handlers, name, input, never)).toMatchObject({ ok: true })
    expect(calls).toEqual([call])
  })

  test.each<[RequestName, Record<string, unknown>, string]>([
    ['delivery.save', { ...added, target: { ...file, accessTokenName: 'A'.repeat(121) } }, 'accessTokenName'],
    ['delivery.save', { ...added, target: { ...file, path: '' } }, 'path'],
    ['delivery.save', { ...added, target: { ...file, confirmed: ['everything'] } }, 'confirmed'],
    ['delivery.save', { ...added, target: { ...hook, pass: 'argument' } }, 'pass'],
    ['delivery.save', { ...added, target: { ...hook, timeLimitSeconds: 0 } }, 'timeLimitSeconds'],
    ['delivery.save', { ...added, target: { ...hook, timeLimitSeconds: 601 } }, 'timeLimitSeconds'],
    ['delivery.save', { ...added, target: { ...hook, command: '  ' } }, 'command'],
    ['delivery.save', { ...added, target: { ...hook, timeLimit: 30_000 } }, 'kind'],
    ['delivery.save', { ...added, target: { ...file, more: 1 } }, 'kind'],
    ['delivery.save', { ...added, target: { ...file, kind: 'pigeon' } }, 'kind'],
    ['delivery.save', { ...added, target: null }, 'kind'],
    ['delivery.runs', { targetId: '' }, 'targetId'],
    ['endpoint.save', { on: true, port: 0 }, 'port'],
    ['endpoint.add-consumer', { name: 'CI', profileIds: [] }, 'profileIds'],
    ['webhook.save', { url: '' }, 'url'],
  ])('%s is refused when it is malformed, by its field', async (name, input, field) => {
    const { calls, handlers } = recorded()
    expect(await dispatch(handlers, name, input, never)).toMatchObject({ error: { code: 'invalid', field } })
    expect(calls).toEqual([])
  })

  test.each<[RequestName, Record<string, unknown>]>([
    ['delivery.remove', { targetId: 't' }],
    ['endpoint.revoke', { consumerId: 'c' }],
    ['webhook.renew-secret', {}],
    ['webhook.copy-secret', {}],
  ])('%s answers nothing, whatever its part returns', async (name, input) => {
    const { handlers } = recorded(() => 'canary-secret')
    expect(await dispatch(handlers, name, input, never)).toEqual({ ok: true, value: null })
  })

  test('a no reaches the window in its words', async () => {
    const { handlers } = recorded(() => {
      throw new UserFacingError('invalid', 'Choose another file.', { field: 'path' })
    })
    expect(await dispatch(handlers, 'delivery.save', added, never)).toEqual({
      ok: false,
      error: { code: 'invalid', message: 'Choose another file.', field: 'path' },
    })
  })
})
