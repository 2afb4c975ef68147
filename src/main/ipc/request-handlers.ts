// Request handlers: one for each request of the contract, and the use case that answers it.
import type { AppLock } from '#application/app-lock.ts'
import type { Backups } from '#application/backup-restore.ts'
import type { Copy } from '#application/copy-token.ts'
import type { DataRemoval } from '#application/data-removal.ts'
import type { DataSourceRequests } from '#application/data-sources.ts'
import type { Targets } from '#application/delivery-targets.ts'
import type { Endpoint } from '#application/endpoint-consumers.ts'
import type { EngineSupervisor } from '#application/engine-supervisor.ts'
import type { FleetDeliveries } from '#application/fleet-deliveries.ts'
import type { Forecasts } from '#application/forecast.ts'
import type { History } from '#application/history.ts'
import type { Imports } from '#application/import-service-apps.ts'
import type { KeptCopies } from '#application/kept-copies.ts'
import type { KeyringWait } from '#application/keyring-wait.ts'
import type { PastedValues } from '#application/pasted-values.ts'
import type { Problems } from '#application/problems.ts'
import type { ProxyRequests } from '#application/proxy-settings.ts'
import type { Repairs } from '#application/record-repair.ts'
import type { ServiceApps } from '#application/service-apps.ts'
import type { Settings } from '#application/settings.ts'
import type { SettingsChange } from '#application/settings-change.ts'
import type { SharedMembership } from '#application/shared-membership.ts'
import type { StoreChecks } from '#application/store-checks.ts'
import type { TokenManagers } from '#application/token-managers.ts'
import type { Updates } from '#application/updates.ts'
import type { PassphraseSettings, VaultAccess } from '#application/vault-access.ts'
import type { Publisher } from '#application/view-publisher.ts'
import type { Webhook } from '#application/webhook-settings.ts'
import type { Input } from '#contract/contract.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Handlers } from './dispatcher.ts'

export interface UseCases {
  readonly publisher: Pick<Publisher, 'view' | 'push'>
  readonly serviceApps: ServiceApps
  readonly tokenManagers: TokenManagers
  readonly copy: Copy
  readonly history: History
  readonly forecasts: Forecasts
  readonly settings: SettingsChange
  readonly viewState: Pick<Settings, 'viewState' | 'rememberView'>
  readonly problems: Pick<Problems, 'snooze' | 'copyEmails' | 'notes'>
  readonly proxy: ProxyRequests
  readonly vaultAccess: Pick<VaultAccess, 'retry' | 'acceptWeak' | 'passphrase' | 'beginAnew'>
  readonly keyringWait: Pick<KeyringWait, 'unlock'>
  readonly supervisor: Pick<EngineSupervisor, 'chooseCloud' | 'renewHere'>
  readonly passphrase: PassphraseSettings
  readonly keptCopies: Pick<KeptCopies, 'list' | 'remove'>
  readonly sharedMembership: SharedMembership
  readonly lock: Pick<AppLock, 'lockNow' | 'unlock'>
  readonly repairs: Repairs
  readonly backups: Backups
  readonly imports: Imports
  readonly pasted: Pick<PastedValues, 'read' | 'reading' | 'forget'>
  readonly targets: Targets
  readonly dataSources: DataSourceRequests
  readonly stores: StoreChecks
  readonly fleetDeliveries: FleetDeliveries
  readonly endpoint: Endpoint
  readonly webhook: Webhook
  readonly updates: Updates
  readonly dataRemoval: Pick<DataRemoval, 'request'>
  readonly app: {
    openLink(link: Input<'app.open-link'>['link']): Promise<void>
    startDemo(): void
    diagnostics(): string
    restart(): void
    quit(): void
  }
}

/** Waits for the work and answers nothing, whatever it returns. */
async function done(work: unknown): Promise<null> {
  await work
  return null
}

export function createHandlers(useCases: UseCases): Handlers {
  const { publisher, serviceApps, tokenManagers, copy, history, settings, vaultAccess } = useCases
  const { repairs, supervisor, passphrase, keptCopies, lock, backups, imports, pasted, targets, stores } =
    useCases
  const { problems, proxy, endpoint, webhook, updates, app, fleetDeliveries, sharedMembership } = useCases
  return {
    'view.get': () => publisher.view(),
    'view.push': () => done(publisher.push()),
    'view.recall': () => useCases.viewState.viewState(),
    'view.remember': ({ state }) => done(useCases.viewState.rememberView(state)),

    'service-app.add': (input) => serviceApps.add(input),
    'service-app.edit': (input) => done(serviceApps.edit(input)),
    'profile.remove': ({ profileId }) => done(serviceApps.remove(profileId)),
    'profile.pause': ({ profileId, paused }) => done(serviceApps.setPaused(profileId, paused)),
    'profile.refresh': ({ profileId }) => serviceApps.refresh(profileId),
    'profile.test': ({ profileId }) => serviceApps.test(profileId),
    'profile.drill': ({ profileId, when }) => serviceApps.drill(profileId, when),
    'profile.copy-token': (input) => copy.token(input),
    'fleet.refresh-due': () => serviceApps.refreshAllDue(),
    'fleet.refresh': ({ profileIds }) => serviceApps.refreshMany(profileIds),
    'fleet.refresh-end': () => serviceApps.refreshAllEnded(),
    'fleet.test': ({ profileIds }) => serviceApps.testMany(profileIds),
    'fleet.remove': ({ profileIds }) => done(serviceApps.removeMany(profileIds)),
    'fleet.cancel-refresh': () => done(serviceApps.cancelRefresh()),
    'fleet.set-paused': ({ profileIds, paused }) => done(serviceApps.setAllPaused(profileIds, paused)),
    'fleet.other-copy-stopped': async () => serviceApps.otherCopyStopped(),
    'fleet.pause': ({ minutes }) => done(serviceApps.pauseAll(minutes)),

    'manager.refresh': ({ managerId }) => tokenManagers.refresh(managerId),
    'manager.remove': ({ managerId }) => done(tokenManagers.remove(managerId)),
    'manager.make-default': ({ managerId }) => done(tokenManagers.makeDefault(managerId)),
    'manager.set-fallback': ({ managerId, fallbackId }) =>
      done(tokenManagers.setFallback(managerId, fallbackId)),
    'connect.begin': (input) => done(tokenManagers.connect(input)),
    'connect.cancel': () => done(tokenManagers.cancelConnect()),
    'connect.copy-url': () => done(tokenManagers.copyAuthorizationUrl()),
    'connect.paste-url': ({ url }) => done(tokenManagers.pasteRedirectedUrl(url)),
    'connect.personal-token': (input) => done(tokenManagers.pastePersonalToken(input)),
    'paste.read': (input) => pasted.read(input),
    'paste.import': ({ id }) => imports.take(pasted.reading(id)),
    'paste.forget': () => done(pasted.forget()),

    'problem.snooze': (input) => done(problems.snooze(input)),
    'problem.copy-emails': (input) => done(problems.copyEmails(input)),
    'problem.notes': () => problems.notes(),

    'history.page': (query) => history.page(query),
    'history.days': (query) => history.days(query),
    'history.causes': () => history.causes(),
    'history.rates': () => history.rates(),
    'forecast.get': (input) => useCases.forecasts.get(input),
    'forecast.rehearse': (input) => useCases.forecasts.rehearse(input),
    'forecast.progress': ({ work }) => useCases.forecasts.progress(work),
    'forecast.cancel': ({ work }) => done(useCases.forecasts.cancel(work)),
    'history.export': (query) => history.export(query),

    'settings.save': (patch) => done(settings.save(patch)),
    'proxy.save': (input) => done(proxy.save(input)),
    'proxy.forget-sign-in': () => done(proxy.forgetSignIn()),
    'proxy.test': () => proxy.test(),
    'storage.retry': () => done(vaultAccess.retry()),
    'storage.unlock-keyring': () => done(useCases.keyringWait.unlock()),
    'storage.accept-weak': () => done(vaultAccess.acceptWeak()),
    'storage.passphrase': (input) => done(vaultAccess.passphrase(new Secret(input.passphrase))),
    'storage.begin-anew': () => done(vaultAccess.beginAnew()),
    'storage.choose-cloud': ({ baseUrl }) => done(supervisor.chooseCloud(baseUrl)),
    'storage.renew-here': () => done(supervisor.renewHere()),

    'security.set-passphrase': (input) => done(passphrase.set(new Secret(input.passphrase), input.mode)),
    'security.change-passphrase': (input) =>
      done(passphrase.change(new Secret(input.passphrase), new Secret(input.next))),
    'security.remove-passphrase': (input) => done(passphrase.remove(new Secret(input.passphrase))),
    'copies.list': () => keptCopies.list(),
    'copies.remove': ({ names }) => done(keptCopies.remove(names)),
    'shared-vault.make': (input) => done(sharedMembership.make(input)),
    'shared-vault.join': (input) => done(sharedMembership.join(input)),
    'shared-vault.go-on': () => done(sharedMembership.goOn()),
    'shared-vault.cancel': () => done(sharedMembership.cancel()),
    'shared-vault.members': () => sharedMembership.members(),
    'shared-vault.add-member': (input) => done(sharedMembership.addMember(input)),
    'shared-vault.remove-member': (input) => done(sharedMembership.removeMember(input)),
    'shared-vault.may-lead': ({ mayLead }) => done(sharedMembership.setMayLead(mayLead)),
    'shared-vault.leave': () => done(sharedMembership.leave()),
    'lock.now': () => done(lock.lockNow()),
    'lock.open': (input) => done(lock.unlock(new Secret(input.passphrase))),
    'record.copies': (place) => repairs.copies(place),
    'record.take': ({ file, ...place }) => repairs.take(place, file),
    'record.delete': (place) => done(repairs.remove(place)),
    'backup.write': (input) => backups.write(new Secret(input.passphrase)),
    'backup.move': (input) => backups.move(new Secret(input.passphrase)),
    'backup.choose': () => backups.choose(),
    'backup.read': (input) => backups.read(new Secret(input.passphrase)),
    'backup.restore': ({ paused }) => backups.restore(paused),
    'backup.forget': () => done(backups.forget()),
    'list.export': ({ format, profileIds }) => backups.exportList(format, profileIds),
    'import.choose': () => imports.choose(),
    'import.paste': ({ text }) => imports.paste(text),
    'import.complete': (input) => imports.complete(input),
    'import.rows': (page) => imports.rows(page),
    'import.confirm': (input) => imports.confirm(input),
    'import.forget': () => done(imports.forget()),
    'import.template': () => imports.writeTemplate(),

    'data-sources.list': (input) => useCases.dataSources.list(input),
    'data-sources.choose': (input) => done(useCases.dataSources.choose(input)),
    'data-sources.renew': (input) => useCases.dataSources.renew(input),
    'delivery.choose-file': () => targets.chooseFile(),
    'delivery.check-file': (input) => targets.checkFile(input),
    'delivery.store-tool': (input) => stores.tool(input),
    'delivery.check-store': (input) => stores.check(input),
    'delivery.cancel-check': () => done(stores.cancel()),
    'delivery.targets': ({ profileId }) => targets.ofProfile(profileId),
    'delivery.runs': ({ targetId }) => targets.runs(targetId),
    'delivery.save': (input) => targets.save(input),
    'delivery.remove': ({ targetId }) => done(targets.remove(targetId)),
    'delivery.deliver': (input) => targets.deliver(input),
    'fleet-delivery.list': () => fleetDeliveries.list(),
    'fleet-delivery.preview': (input) => fleetDeliveries.preview(input),
    'fleet-delivery.save': (input) => fleetDeliveries.save(input),
    'fleet-delivery.confirm': ({ id }) => done(fleetDeliveries.confirm(id)),
    'fleet-delivery.remove': ({ id }) => done(fleetDeliveries.remove(id)),
    'fleet-delivery.customers': ({ id }) => fleetDeliveries.customers(id),
    'delivery.export-env': ({ profileId }) => targets.exportEnv(profileId),
    'endpoint.save': (input) => done(endpoint.save(input)),
    'endpoint.add-consumer': (input) => endpoint.addConsumer(input),
    'endpoint.copy-secret': () => done(endpoint.copySecret()),
    'endpoint.forget-secret': () => done(endpoint.forgetSecret()),
    'endpoint.confirm-consumer': ({ consumerId }) => done(endpoint.confirmConsumer(consumerId)),
    'endpoint.revoke': ({ consumerId }) => done(endpoint.revoke(consumerId)),
    'webhook.save': ({ url }) => done(webhook.save(url)),
    'webhook.confirm': () => done(webhook.confirm()),
    'webhook.renew-secret': () => done(webhook.renewSecret()),
    'webhook.copy-secret': () => done(webhook.copySecret()),
    'webhook.test': () => webhook.test(),

    'updates.check': () => done(updates.check()),
    'updates.download': () => done(updates.download()),
    'updates.cancel': () => done(updates.cancel()),
    'updates.install': () => done(updates.install()),
    'clipboard.copy-text': ({ text }) => done(copy.text(text)),
    'app.open-link': ({ link }) => done(app.openLink(link)),
    'app.try-simulated': () => done(app.startDemo()),
    'app.copy-diagnostics': () => done(copy.text(app.diagnostics())),
    'app.restart': () => done(app.restart()),
    'app.delete-data': () => done(useCases.dataRemoval.request()),
    'app.quit': () => done(app.quit()),
  }
}
