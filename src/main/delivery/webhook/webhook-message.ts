// Webhook message: what is sent about an alert or a recovery. Holds names and sentences, never a token.

import type { WebhookEvent } from '#engine/domain/delivery-model.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Alert, AlertNews, FleetView } from '#engine/domain/view-model.ts'

export interface WebhookMessage {
  /** The same over retries. */
  readonly id: string
  readonly event: WebhookEvent
  /** ISO 8601, UTC. */
  readonly createdAt: string
  /** The same for what begins and what ends it; null: a test. */
  readonly rootCause: string | null
  readonly level: Alert['level']
  readonly title: string
  readonly sentence: string
  /** Cisco's, of the answer that caused it. */
  readonly trackingId: string | null
  /** The first ones. */
  readonly profiles: readonly { readonly name: string; readonly orgId: string }[]
  readonly profileCount: number
}

export interface MessageDependencies {
  readonly now: () => Instant
  readonly newId: () => string
}

const MOST_PROFILES = 20

export function messagesOf(
  step: AlertNews,
  view: FleetView,
  parts: MessageDependencies,
): readonly WebhookMessage[] {
  return [
    ...step.recovered.map((alert) => messageOf('alert.recovered', alert, view, parts)),
    ...step.raise.map((alert) => messageOf('alert.raised', alert, view, parts)),
  ]
}

export function testMessage(parts: MessageDependencies): WebhookMessage {
  return {
    ...heading('test', parts),
    rootCause: null,
    level: 'information',
    title: 'A test',
    sentence: 'This is a test. Nothing is wrong.',
    trackingId: null,
    profiles: [],
    profileCount: 0,
  }
}

function messageOf(
  event: WebhookEvent,
  alert: Alert,
  view: FleetView,
  parts: MessageDependencies,
): WebhookMessage {
  const { key, level, title, body, profileIds } = alert
  const cause = event === 'alert.raised' ? view.incidents.find((each) => each.key === key) : undefined
  const wanted = new Set(profileIds.slice(0, MOST_PROFILES))
  const profiles = wanted.size === 0 ? [] : view.profiles.filter(({ id }) => wanted.has(id))
  return {
    ...heading(event, parts),
    rootCause: key,
    level,
    title,
    sentence: cause?.sentence ?? body,
    trackingId: cause?.trackingId ?? null,
    profiles: profiles.map(({ name, targetOrgId }) => ({ name, orgId: targetOrgId })),
    profileCount: profileIds.length,
  }
}

function heading(event: WebhookEvent, { now, newId }: MessageDependencies) {
  return { id: newId(), event, createdAt: new Date(now()).toISOString() }
}
