// The scenes of data sources: those that are kept alive, fail, had lapsed, are disabled, or nobody chose.
import type { Page } from 'playwright'
import type { DataSourceList, DataSourceView } from '#contract/contract.ts'
import { HOUR, integration, MINUTE, NOW, profile, view } from './fake-view.ts'
import type { Scene } from './scenes.ts'

export const HASH = '#/service-apps/p1'
export const orders = profile({ id: 'p1', name: 'Orders', orgName: 'Acme' })
export const home = (revision = 1, kept = 1) =>
  view({
    fleet: { managers: [integration()], profiles: [orders] },
    dataSources: { revision, kept, firstEnd: NOW + 11 * HOUR },
    revision: revision + 1,
  })

export function source(id: string, change: Partial<DataSourceView> = {}): DataSourceView {
  return {
    id,
    url: `https://data.example.com/${id}`,
    audience: 'MedDocVirtualAgent',
    subject: 'callAudioData',
    state: 'not-kept',
    isKept: false,
    issuedAt: NOW - 13 * HOUR,
    expiresAt: NOW + 11 * HOUR,
    nextRenewalAt: null,
    sentence: null,
    trackingId: null,
    lapse: null,
    ...change,
  }
}

export const kept = source('kept', {
  state: 'kept',
  isKept: true,
  issuedAt: NOW - 9 * HOUR,
  expiresAt: NOW + 15 * HOUR,
  nextRenewalAt: NOW + 3 * HOUR,
})
export const refusal =
  'Webex does not let “Orders” renew data sources. The service app needs the scopes spark-admin:datasource_read and spark-admin:datasource_write: its owner adds them in the developer portal, then a full admin of Acme authorizes the app again in Control Hub.'
export const refused = source('refused', {
  state: 'needs-attention',
  isKept: true,
  expiresAt: NOW + 40 * MINUTE,
  nextRenewalAt: NOW + 5 * MINUTE,
  sentence: refusal,
  trackingId: 'ROUTER_66F1A2B3-7C11-01BB-4E52-AC10E5C04E52',
})
export const lapsed = source('lapsed', {
  state: 'kept',
  isKept: true,
  issuedAt: NOW - HOUR,
  expiresAt: NOW + 23 * HOUR,
  nextRenewalAt: NOW + 11 * HOUR,
  lapse: { from: NOW - 4 * HOUR, until: NOW - HOUR },
})
export const all = [
  kept,
  refused,
  lapsed,
  source('other'),
  source('off', { state: 'disabled', isKept: true }),
]

export const listing = (sources: readonly DataSourceView[], change: Partial<DataSourceList> = {}) => ({
  ok: true,
  value: { sources, unnamed: 0, listedAt: NOW, problem: null, ...change },
})

const down = (page: Page) =>
  page.getByRole('heading', { name: 'Data sources' }).evaluate((element) => element.scrollIntoView())

export const dataSourceScenes: readonly Scene[] = [
  {
    name: 'data-sources',
    view: home(),
    hash: HASH,
    answers: { 'data-sources.list': listing(all) },
    act: down,
  },
  {
    name: 'data-sources-refused',
    view: home(),
    hash: HASH,
    answers: {
      'data-sources.list': listing([kept], {
        problem: { sentence: refusal, trackingId: null, isRefusal: true },
      }),
    },
    act: down,
  },
]
