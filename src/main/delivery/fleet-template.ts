// Fleet template: a path or command with the placeholders `{app}`, `{customer}` and `{orgId}`, filled in for one profile.
import { orgKey } from '#base/common/webex-id.ts'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import type { Profile } from '#engine/domain/model.ts'

type Named = Pick<Profile, 'name' | 'orgName' | 'targetOrgId'>

/** The spec of one profile's target. */
export function filledIn(spec: DeliverySpec, profile: Named): DeliverySpec {
  const fill = (text: string) => filledText(text, profile)
  switch (spec.kind) {
    case 'env-file':
      return { ...spec, path: fill(spec.path) }
    case 'hook':
      return {
        ...spec,
        command: fill(spec.command),
        ...(spec.readBack === undefined ? {} : { readBack: fill(spec.readBack) }),
      }
  }
}

export function filledText(text: string, profile: Named): string {
  return text.replaceAll(PLACEHOLDER, (_, name: keyof typeof fillers) => fillers[name](profile))
}

const PLACEHOLDER = /\{(app|customer|orgId)\}/g

const fillers = {
  app: ({ name }: Named) => plainName(name) || 'app',
  customer: ({ orgName, targetOrgId }: Named) => plainName(orgName ?? '') || plainName(orgKey(targetOrgId)),
  orgId: ({ targetOrgId }: Named) => plainName(orgKey(targetOrgId)),
}

/**
 * Names are chosen by others: what is left of one means nothing in a path or to a shell, and is a name in every store.
 */
function plainName(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, LONGEST_NAME)
    .replace(/-$/, '')
}

const LONGEST_NAME = 60
