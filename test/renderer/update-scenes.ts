// Updates of the app, at each step.
import type { UpdatesView } from '#contract/contract.ts'
import { HOUR, NOW } from './fake-view.ts'

export const noUpdate: UpdatesView = {
  host: 'updates.example.com',
  checkedAt: NOW - 3 * HOUR,
  step: 'none',
  version: null,
  size: 112_400_000,
  percent: 0,
  upgrade: null,
  problem: null,
}

const version = '0.2.0'

export const updateScenes: Readonly<Record<string, Partial<UpdatesView>>> = {
  'not-checked': { checkedAt: null },
  none: {},
  checking: { step: 'checking' },
  newest: { step: 'newest', checkedAt: NOW },
  available: { step: 'available', version },
  downloading: { step: 'downloading', version, percent: 45 },
  downloaded: { step: 'downloaded', version, percent: 100 },
  installing: { step: 'installing', version, percent: 100 },
  installed: { step: 'installed', version, percent: 100 },
  told: {
    step: 'available',
    version,
    upgrade: { command: 'sudo apt update && sudo apt install --only-upgrade service-app-token-manager' },
  },
  'told-archive': { step: 'available', version, upgrade: { command: null } },
  refused: {
    step: 'available',
    version,
    problem:
      'The download is not the file that was released, so it was deleted. Nothing was installed. Try again later. If it happens again, inform the maintainers of this app.',
  },
}
