// The Overview and its rehearsal: empty, small, large and in trouble.
import type { AppView, ForecastDay, ForecastView, RehearsalView } from '#contract/contract.ts'
import { DAY, fleetOf, HOUR, integration, NOW, troubledFleet, view } from './fake-view.ts'
import type { Scene } from './scenes.ts'

const TODAY = new Date(NOW).setUTCHours(0, 0, 0, 0)

/** `perDay`: refreshes planned; tokens end on the fourth day, and the integration on the ninth, where `isTroubled`. */
export function forecastOf(perDay: number, isTroubled = false): ForecastView {
  const days = Array.from({ length: 120 }, (_, day): ForecastDay => {
    const planned = Math.round(perDay * (0.7 + 0.3 * Math.sin(day)))
    const two = isTroubled ? Math.floor(planned / 4) : 0
    return {
      start: TODAY + day * DAY,
      renewals: { 1: planned - two, 2: two, 3: day % 7 === 2 ? 1 : 0 },
      ends: isTroubled && day === 4 ? Math.ceil(perDay / 3) : 0,
      integrationEnds: isTroubled && day === 9 ? 1 : 0,
    }
  })
  return {
    from: NOW,
    until: TODAY + 120 * DAY,
    days,
    first: isTroubled
      ? { profileId: 'profile-2', at: NOW + 4 * DAY, why: '“Orders” is no longer authorized in Globex' }
      : null,
    tokens: isTroubled ? Math.ceil(perDay / 3) : 0,
    customers: isTroubled ? Math.ceil(perDay / 3) : 0,
    integrationEnd: isTroubled ? { managerId: 'manager-1', at: TODAY + 9 * DAY + HOUR } : null,
  }
}

const ok = <T>(value: T) => ({ ok: true, value })

export const ratesOf = (failed: number) => ({
  day: { succeeded: 311, failed },
  week: { succeeded: 2_170, failed: failed + 4 },
})

export const rehearsed: RehearsalView = {
  from: NOW,
  until: TODAY + 120 * DAY,
  first: { profileId: 'profile-2', at: NOW + 3 * DAY, why: null },
  tokens: 12,
  customers: 9,
  recoveredAt: NOW + 20 * DAY + HOUR,
  inAnyCase: { tokens: 2, customers: 2 },
  days: [
    {
      start: TODAY + 3 * DAY,
      tokens: 5,
      inAnyCase: 2,
      named: [2, 3, 4, 5, 6].map((n) => ({ profileId: `profile-${n}`, at: NOW + 3 * DAY + n * HOUR })),
    },
    {
      start: TODAY + 4 * DAY,
      tokens: 9,
      inAnyCase: 0,
      named: [{ profileId: 'profile-7', at: NOW + 4 * DAY }],
    },
  ],
}

const connected = { managers: [integration()] }
const failing = { profileId: 'profile-3', targetId: 't1', sentence: 'The folder is not there.' }

function inTrouble(): AppView {
  const calm = view({})
  return view({
    fleet: { ...connected, ...troubledFleet(400) },
    delivery: { ...calm.delivery, targets: 40, failing: [failing] },
  })
}

export const answersOf = (forecast: ForecastView | null, failed = 0) => ({
  'forecast.get': ok(forecast),
  'forecast.rehearse': ok(rehearsed),
  'forecast.progress': ok(null),
  'history.rates': ok(ratesOf(failed)),
})

const hash = '#/overview'

export const overviewScenes: readonly Scene[] = [
  { name: 'overview-empty', hash, view: view({}) },
  {
    name: 'overview-three',
    hash,
    view: view({ fleet: { ...connected, profiles: fleetOf(3, 1) } }),
    answers: answersOf(forecastOf(1)),
  },
  {
    name: 'overview-forty',
    hash,
    view: view({ fleet: { ...connected, profiles: fleetOf(40) } }),
    answers: answersOf(forecastOf(6)),
  },
  { name: 'overview-trouble', hash, view: inTrouble(), answers: answersOf(forecastOf(57, true), 7) },
  {
    name: 'overview-five-thousand',
    hash,
    view: view({ fleet: { ...connected, profiles: fleetOf(5000, 212) } }),
    answers: answersOf(forecastOf(710)),
  },
  {
    name: 'rehearse',
    hash,
    view: view({ fleet: { ...connected, profiles: fleetOf(40) } }),
    answers: answersOf(forecastOf(6)),
    act: async (page) => {
      await page.getByRole('button', { name: 'Rehearse…' }).click()
      await page.getByRole('button', { name: 'Rehearse', exact: true }).click()
      await page.getByText('What would prevent it:').waitFor()
    },
  },
]
