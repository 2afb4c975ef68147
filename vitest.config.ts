// Five groups of tests. Those without windows share the machine's cores; those with windows come file by file.
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

const adapters = [
  'webex',
  'connect',
  'vault',
  'delivery',
  'desktop',
  'ipc',
  'simulator',
  'composition',
  'scripts',
]
/** Nobody sits and waits for it: it idles for two minutes, beside the others where `npm test` can arrange that. */
const LEFT_ALONE = 'test/e2e/left-alone.test.ts'

export default defineConfig({
  test: {
    // Several runs at once would write the same one.
    cache: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      together('engine', ['test/engine/**/*.test.ts'], 60_000),
      together('adapters', ['test/*.test.ts', `test/{${adapters.join(',')}}/**/*.test.ts`], 60_000),
      together('renderer', ['test/renderer/**/*.test.{ts,tsx}'], 60_000, 'test/renderer/built-window.ts'),
      oneByOne('e2e', ['test/e2e/**/*.test.ts'], [LEFT_ALONE]),
      oneByOne('left-alone', [LEFT_ALONE]),
    ],
  },
})

/** A project whose files may run at the same time. */
function together(name: string, include: string[], testTimeout: number, globalSetup?: string) {
  return {
    test: {
      name,
      include,
      testTimeout,
      hookTimeout: 120_000,
      expect: { poll: { timeout: 20_000 } },
      maxWorkers: '100%',
      sequence: { groupOrder: 0 },
      ...(globalSetup === undefined ? {} : { globalSetup }),
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
