// Moments in words, seen from the app's own now.

import { inWords } from '#base/common/duration.ts'
import type { Instant } from '#engine/domain/model.ts'

/** "in 13 d 4 h", "expired 2 h ago"; `null` is what nobody told. */
export function expiry(at: Instant | null, now: Instant): string {
  if (at === null) return 'unknown'
  return at > now ? `in ${inWords(at - now)}` : `${inWords(now - at)} ago`
}

/** "in 6 d 2 h", "now" once it is due; a dash for none. */
export function planned(at: Instant | null, now: Instant): string {
  if (at === null) return '–'
  return at > now ? `in ${inWords(at - now)}` : 'now'
}

/** Local time to the second, sortable: "2026-05-18 14:03:59". */
export function moment(at: Instant): string {
  const date = new Date(at)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
