import { describe, expect, test } from 'vitest'
import { UserFacingError } from '#application/errors.ts'
import { type RequestName, requests } from '#contract/contract.ts'
import { Secret } from '#engine/domain/secret.ts'
import { dispatch, type Handlers } from '#ipc/dispatcher.ts'
import { type KeepingParts, keepingHandlers } from '#ipc/keeping-requests.ts'
import { behindLock } from '#ipc/lock-guard.ts'

const never = (name: string, error: unknown) => {
  throw new Error(`unexpected in ${name}`, { cause: error })
}

/** Notes what is called with what; a secret by its own value, so that it is seen to have arrived. */
function recorded() {
  const calls: unknown[][] = []
  const noting = (part: string) =>
    new Proxy(
      {},
      {
        get:
          (_target, name) =>
          (...args: unknown[]) => {
            calls.push([
              `${part}.${String(name)}`,
              ...args.map((arg) => (arg instanceof Secret ? arg.reveal() : arg)),
            ])
            return null
          },
      },
    )
  const parts = {
    security: noting('security'),
    lock: noting('lock'),
    backups: noting('backups'),
    imports: noting('imports'),
  } as unknown as KeepingParts
  return { calls, handlers: keepingHandlers(parts) as Handlers }
}

describe('keeping the data', () => {
  test.each<[RequestName, Record<string, unknown>, unknown[]]>([
    [
      'security.set-passphrase',
      { passphrase: ' a b ', mode: 'beside' },
      ['security.setPassphrase', ' a b ', 'beside'],
    ],
    [
      'security.change-passphrase',
      { passphrase: 'old', next: 'new' },
      ['security.changePassphrase', 'old', 'new'],
    ],
    ['security.remove-passphrase', { passphrase: 'old' }, ['security.removePassphrase', 'old']],
    ['lock.now', {}, ['lock.now']],
    ['lock.open', { passphrase: 'it' }, ['lock.open', 'it']],
    ['backup.write', { passphrase: 'it' }, ['backups.write', 'it']],
    ['backup.choose', {}, ['backups.choose']],
    ['backup.read', { passphrase: 'it' }, ['backups.read', 'it']],
    ['backup.restore', {}, ['backups.restore']],
    ['backup.forget', {}, ['backups.forget']],
    ['list.export', { format: 'json' }, ['backups.exportList', 'json']],
    ['import.choose', {}, ['imports.choose']],
    ['import.paste', { text: 'a,b' }, ['imports.paste', 'a,b']],
    ['import.forget', {}, ['imports.forget']],
  ])('%s reaches the part that does it', async (name, input, call) => {
    const { calls, handlers } = recorded()
    expect(await dispatch(handlers, name, input, never)).toMatchObject({ ok: true })
    expect(calls).toEqual([call])
  })

  test.each<[RequestName, Record<string, unknown>]>([
    ['security.set-passphrase', { passphrase: '', mode: 'alone' }],
    ['security.set-passphrase', { passphrase: 'long enough', mode: 'both' }],
    ['list.export', { format: '../etc/passwd' }],
    ['import.rows', { id: 'x', only: 'all', from: -1 }],
    ['import.paste', { text: 'x'.repeat(2_000_001) }],
    ['backup.write', { passphrase: 'long enough', path: '/etc/passwd' }],
  ])('%s is refused when it is malformed', async (name, input) => {
    const { calls, handlers } = recorded()
    expect(await dispatch(handlers, name, input, never)).toMatchObject({ error: { code: 'invalid' } })
    expect(calls).toEqual([])
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
