// The troubles a standalone simulator starts with, done through its control.
import type { Place, Trouble } from '../cli/cli-flags.ts'
import type { Simulator } from '../index.ts'

/** Throws a RangeError, with what to say to the person, if a place does not exist. */
export function makeTrouble(trouble: Trouble, simulator: Simulator): void {
  const { control } = simulator
  switch (trouble.kind) {
    case 'dead-refresh-token':
      control.killRefreshToken(...at(trouble.at, simulator))
      break
    case 'dead-access-token':
      control.killAccessToken(...at(trouble.at, simulator))
      break
    case 'deauthorised': {
      const [app, orgId] = at(trouble.at, simulator)
      control.deauthoriseOrg(orgId, app)
      break
    }
    case 'regenerated-secret':
      control.regenerateSecret(appAt(trouble.app, simulator).name)
      break
    case 'dead-integration':
      control.killIntegration()
      break
    case 'expired-integration-access':
      control.expireIntegrationAccess()
      break
    case 'fault':
      control.fault(trouble.fault)
      break
  }
}

function appAt(place: number, simulator: Simulator): Simulator['serviceApps'][number] {
  const app = simulator.serviceApps[place - 1]
  if (app === undefined) throw new RangeError(`There is no service app ${place}.`)
  return app
}

function at(place: Place, simulator: Simulator): readonly [app: string, orgId: string] {
  const app = appAt(place.app, simulator)
  const org = app.orgs[place.org - 1]
  if (org === undefined) throw new RangeError(`Service app ${place.app} has no org ${place.org}.`)
  return [app.name, org.orgId]
}
