import { describe, expect, test } from 'vitest'
import { UserFacingError } from '#application/errors.ts'
import type { RequestName } from '#contract/contract.ts'
import { Secret } from '#engine/domain/secret.ts'
import { dispatch } from '#ipc/dispatcher.ts'
import { createHandlers, type UseCases } from '#ipc/request-handlers.ts'

const never = (name: string, error: unknown) => {
  throw new Error(`unexpected in ${name}`, { cause: error })
}

/** Use cases that note what is called with what; a secret by its own value, so that it is seen to have arrived. */
function recorded(answer: () => unknown = () => null) {
  const calls: unknown[][] = []
  const useCase = (name: string) =>
    new Proxy(
      {},
      {
        get:
          (_target, method) =>
          (...args: unknown[]) => {
            const values = args.map((arg) => (arg instanceof Secret ? arg.reveal() : arg))
            calls.push([`${name}.${String(method)}`, ...values])
            return answer()
          },
      },
    )
  const useCases = new Proxy({}, { get: (_target, name) => useCase(String(name)) }) as UseCases
  return { calls, handlers: createHandlers(useCases) }
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

describe('a request', () => {
  test.each<[RequestName, Record<string, unknown>, unknown[]]>([
    ['view.push', {}, ['publisher.push']],
    ['profile.remove', { profileId: 'p' }, ['serviceApps.remove', 'p']],
    ['profile.pause', { profileId: 'p', paused: true }, ['serviceApps.setPaused', 'p', true]],
    ['profile.refresh', { profileId: 'p' }, ['serviceApps.refresh', 'p']],
    ['profile.test', { profileId: 'p' }, ['serviceApps.test', 'p']],
    ['fleet.refresh-due', {}, ['serviceApps.refreshAllDue']],
    ['fleet.refresh', { profileIds: ['p', 'q'] }, ['serviceApps.refreshMany', ['p', 'q']]],
    ['fleet.refresh-end', {}, ['serviceApps.refreshAllEnded']],
    ['fleet.test', { profileIds: ['p', 'q'] }, ['serviceApps.testMany', ['p', 'q']]],
    ['fleet.remove', { profileIds: ['p', 'q'] }, ['serviceApps.removeMany', ['p', 'q']]],
    ['view.recall', {}, ['viewState.viewState']],
    ['fleet.cancel-refresh', {}, ['serviceApps.cancelRefresh']],
    ['fleet.set-paused', { profileIds: null, paused: true }, ['serviceApps.setAllPaused', null, true]],
    ['fleet.other-copy-stopped', {}, ['serviceApps.otherCopyStopped']],
    ['fleet.pause', { minutes: 60 }, ['serviceApps.pauseAll', 60]],
    ['fleet.pause', { minutes: null }, ['serviceApps.pauseAll', null]],
    ['profile.copy-token', { profileId: 'p', as: 'env' }, ['copy.token', { profileId: 'p', as: 'env' }]],
    ['manager.refresh', { managerId: 'm' }, ['tokenManagers.refresh', 'm']],
    ['manager.remove', { managerId: 'm' }, ['tokenManagers.remove', 'm']],
    ['manager.make-default', { managerId: 'm' }, ['tokenManagers.makeDefault', 'm']],
    [
      'connect.begin',
      { credentials: null, managerId: 'm' },
      ['tokenManagers.connect', { credentials: null, managerId: 'm' }],
    ],
    ['connect.cancel', {}, ['tokenManagers.cancelConnect']],
    ['connect.copy-url', {}, ['tokenManagers.copyAuthorizationUrl']],
    ['connect.paste-url', { url: ' http://x ' }, ['tokenManagers.pasteRedirectedUrl', 'http://x']],
    ['connect.personal-token', { token: 'pat' }, ['tokenManagers.pastePersonalToken', { token: 'pat' }]],
    ['paste.read', { form: 'edit', text: '{}' }, ['pasted.read', { form: 'edit', text: '{}' }]],
    ['paste.forget', {}, ['pasted.forget']],
    ['settings.save', { theme: 'dark' }, ['settings.save', { theme: 'dark' }]],
    ['storage.retry', {}, ['vaultAccess.retry']],
    ['storage.unlock-keyring', {}, ['keyringWait.unlock']],
    ['storage.accept-weak', {}, ['vaultAccess.acceptWeak']],
    ['storage.passphrase', { passphrase: 'it' }, ['vaultAccess.passphrase', 'it']],
    ['storage.begin-anew', {}, ['vaultAccess.beginAnew']],
    [
      'storage.choose-cloud',
      { baseUrl: 'https://webexapis.com/v1' },
      ['supervisor.chooseCloud', 'https://webexapis.com/v1'],
    ],
    ['storage.renew-here', {}, ['supervisor.renewHere']],
    ['clipboard.copy-text', { text: 'x' }, ['copy.text', 'x']],
    ['app.open-link', { link: 'data-folder' }, ['app.openLink', 'data-folder']],
    ['app.try-simulated', {}, ['app.startDemo']],
    ['app.restart', {}, ['app.restart']],
    ['app.delete-data', { word: 'delete' }, ['dataRemoval.request']],
    ['app.quit', {}, ['app.quit']],
    [
      'security.set-passphrase',
      { passphrase: ' a b ', mode: 'beside' },
      ['passphrase.set', ' a b ', 'beside'],
    ],
    ['security.change-passphrase', { passphrase: 'old', next: 'new' }, ['passphrase.change', 'old', 'new']],
    ['security.remove-passphrase', { passphrase: 'old' }, ['passphrase.remove', 'old']],
    ['copies.list', {}, ['keptCopies.list']],
    ['copies.remove', { names: ['a.db'] }, ['keptCopies.remove', ['a.db']]],
    ['lock.now', {}, ['lock.lockNow']],
    ['lock.open', { passphrase: 'it' }, ['lock.unlock', 'it']],
    ['backup.write', { passphrase: 'it' }, ['backups.write', 'it']],
    ['backup.move', { passphrase: 'it' }, ['backups.move', 'it']],
    ['backup.choose', {}, ['backups.choose']],
    ['backup.read', { passphrase: 'it' }, ['backups.read', 'it']],
    ['backup.restore', { paused: true }, ['backups.restore', true]],
    ['backup.forget', {}, ['backups.forget']],
    ['list.export', { format: 'json' }, ['backups.exportList', 'json', undefined]],
    ['list.export', { format: 'csv', profileIds: ['p'] }, ['backups.exportList', 'csv', ['p']]],
    ['import.choose', {}, ['imports.choose']],
    ['import.paste', { text: 'a,b' }, ['imports.paste', 'a,b']],
    [
      'import.complete',
      { id: 'x', roles: { a: 'ignored' }, serviceApp: { kind: 'stored', profileId: 'p' }, targetOrgId: null },
      [
        'imports.complete',
        {
          id: 'x',
          roles: { a: 'ignored' },
          serviceApp: { kind: 'stored', profileId: 'p' },
          targetOrgId: null,
        },
      ],
    ],
    ['import.forget', {}, ['imports.forget']],
    ['import.template', {}, ['imports.writeTemplate']],
    ['delivery.choose-file', {}, ['targets.chooseFile']],
    [
      'delivery.check-file',
      { path: '/app/.env', targetId: 't' },
      ['targets.checkFile', { path: '/app/.env', targetId: 't' }],
    ],
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
    ['delivery.store-tool', { store: 'vault' }, ['stores.tool', { store: 'vault' }]],
    ['delivery.cancel-check', {}, ['stores.cancel']],
    [
      'delivery.check-store',
      { store: 'aws', values: { region: 'x' }, template: { appId: null } },
      ['stores.check', { store: 'aws', values: { region: 'x' }, template: { appId: null } }],
    ],
    ['fleet-delivery.list', {}, ['fleetDeliveries.list']],
    [
      'fleet-delivery.preview',
      { id: null, appId: null, target: hook },
      ['fleetDeliveries.preview', { id: null, appId: null, target: hook }],
    ],
    [
      'fleet-delivery.save',
      { id: 'f', appId: 'a', target: hook },
      ['fleetDeliveries.save', { id: 'f', appId: 'a', target: hook }],
    ],
    ['fleet-delivery.confirm', { id: 'f' }, ['fleetDeliveries.confirm', 'f']],
    ['fleet-delivery.remove', { id: 'f' }, ['fleetDeliveries.remove', 'f']],
    ['fleet-delivery.customers', { id: 'f' }, ['fleetDeliveries.customers', 'f']],
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
  ])('%s reaches the use case that answers it', async (name, input, call) => {
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
    ['security.set-passphrase', { passphrase: '', mode: 'alone' }],
    ['security.set-passphrase', { passphrase: 'long enough', mode: 'both' }],
    ['copies.remove', { names: [] }],
    ['list.export', { format: '../etc/passwd' }],
    ['fleet.test', { profileIds: [] }],
    ['fleet.remove', { profileIds: [''] }],
    ['import.rows', { id: 'x', only: 'all', from: -1 }],
    ['import.complete', { id: 'x', roles: { a: 'mine' }, serviceApp: null, targetOrgId: null }],
    ['import.complete', { id: 'x', roles: {}, serviceApp: null, targetOrgId: 'client_secret=c4n4ry' }],
    ['import.paste', { text: 'x'.repeat(2_000_001) }],
    ['backup.write', { passphrase: 'long enough', path: '/etc/passwd' }],
  ])('%s is refused when it is malformed', async (name, input) => {
    const { calls, handlers } = recorded()
    expect(await dispatch(handlers, name, input, never)).toMatchObject({ error: { code: 'invalid' } })
    expect(calls).toEqual([])
  })

  test.each<[RequestName, Record<string, unknown>]>([
    ['delivery.remove', { targetId: 't' }],
    ['endpoint.revoke', { consumerId: 'c' }],
    ['webhook.renew-secret', {}],
    ['webhook.copy-secret', {}],
    ['app.copy-diagnostics', {}],
    ['security.remove-passphrase', { passphrase: 'it' }],
  ])('%s answers nothing, whatever its use case returns', async (name, input) => {
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
