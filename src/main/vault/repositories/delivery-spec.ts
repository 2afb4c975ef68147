// A delivery target's spec as text, in a row and in a backup.
import { z } from 'zod'
import { type DeliverySpec, specFlaw } from '#engine/domain/delivery-model.ts'
import { MalformedRow } from '../db/row.ts'

/** Held to the same rules as one that is typed. */
export const deliverySpec = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('env-file'),
      path: z.string(),
      accessTokenName: z.string(),
      refreshTokenName: z.string().nullable(),
      confirmed: z.array(z.enum(['git', 'symlink', 'hard-links', 'other-owner', 'readable-by-others'])),
    }),
    z.object({
      kind: z.literal('hook'),
      command: z.string(),
      pass: z.enum(['environment', 'stdin']),
      timeLimit: z.number(),
    }),
  ])
  .refine((spec) => specFlaw(spec) === null)

export function readSpec(json: unknown): DeliverySpec {
  const read = deliverySpec.safeParse(json)
  if (!read.success) throw new MalformedRow('spec')
  return read.data
}
