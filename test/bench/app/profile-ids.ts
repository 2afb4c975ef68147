import { createHash } from 'node:crypto'

/** So that whoever seeded a profile can name it later. */
export const profileIdOf = (clientId: string, orgId: string) =>
  createHash('sha256').update(`${clientId} ${orgId}`).digest('hex').slice(0, 32)
