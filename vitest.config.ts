// Groups of tests. Those without windows share the machine's cores; those with windows come file by file.
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

/** Nobody sits and waits for it: it idles for two minutes, beside the others where `npm test` can arrange that. */
const LEFT_ALONE = 'test/e2e/left-alone.test.ts'
const ENGINE = 'test/engine/**/*.test.ts'
const RENDERER = 'test/renderer/**/*.test.{ts,tsx}'
const E2E = 'test/e2e/**/*.test.ts'
const PACKAGES = 'test/packages/**/*.test.ts'
/** Installing packages takes long and needs root: `npm run test:packages`. */
const INSTALLED = 'test/packages/installed/**/*.test.ts'
/** With the official command line tools of secret stores, which are large: `npm run test:stores`. */
const STORES = 'test/stores/**/*.test.ts'
/** Hundreds of kills, pauses and failovers of workers on one shared vault: `npm run test:shared`. */
const SHARED = 'test/shared/long/**/*.test.ts'
/** Processes that are killed on the way from the app to a server and back, which takes minutes: `npm run test:move`. */
const MOVE = 'test/server-move/**/*.test.ts'
/** The server as systemd runs it, in a Debian that it has booted: `npm run test:server`. */
const DEPLOY = 'test/deploy/**/*.test.ts'

export default defineConfig({
  test: {
    // Several runs at once would write the same one.
    cache: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      together('engine', [ENGINE]),
      // Whatever has no project of its own, so that a test that is moved is still run.
      together('adapters', ['test/**/*.test.{ts,tsx}'], {
        exclude: ['**/node_modules/**', ENGINE, RENDERER, E2E, PACKAGES, STORES, MOVE, DEPLOY, SHARED],
        setupFiles: 'test/outside-electron.ts',
      }),
      together('renderer', [RENDERER], { globalSetup: 'test/renderer/built-window.ts' }),
      oneByOne('e2e', [E2E], [LEFT_ALONE]),
      oneByOne('left-alone', [LEFT_ALONE]),
      oneByOne('packages', [PACKAGES], [INSTALLED]),
      oneByOne('installed', [INSTALLED]),
      oneByOne('stores', [STORES]),
      oneByOne('shared', [SHARED]),
      oneByOne('move', [MOVE]),
      oneByOne('deploy', [DEPLOY]),
    ],
  },
})

/** A project whose files may run at the same time. */
function together(
  name: string,
  include: string[],
  more: { readonly exclude?: string[]; readonly globalSetup?: string; readonly setupFiles?: string } = {},
) {
  return {
    test: {
      name,
      include,
      testTimeout: 60_000,
      hookTimeout: 120_000,
      expect: { poll: { timeout: 20_000 } },
      maxWorkers: '100%',
      sequence: { groupOrder: 0 },
      ...more,
    },
  }
}

/** A project whose tests have the screen, the ports and the clipboard to themselves. */
function oneByOne(name: string, include: string[], exclude: string[] = []) {
  return {
    test: {
      name,
      include,
      exclude,
      testTimeout: 180_000,
      hookTimeout: 120_000,
      expect: { poll: { timeout: 20_000 } },
      fileParallelism: false,
      maxWorkers: 1,
      sequence: { groupOrder: 1 },
    },
  }
}
