// Four levels of tests. The first two share the machine's cores; what opens windows comes after them, file by file.
import { defineConfig } from 'vitest/config'

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

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'engine', include: ['test/engine/**/*.test.ts'], sequence: { groupOrder: 0 } } },
      {
        test: {
          name: 'adapters',
          include: ['test/*.test.ts', `test/{${adapters.join(',')}}/**/*.test.ts`],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      windows('renderer', ['test/renderer/**/*.test.{ts,tsx}'], 60_000),
      windows('e2e', ['test/e2e/**/*.test.ts'], 180_000),
    ],
  },
})

/** A project whose tests have the screen, the ports and the clipboard to themselves. */
function windows(name: string, include: string[], testTimeout: number) {
  return {
    test: {
      name,
      include,
      testTimeout,
      hookTimeout: 120_000,
      fileParallelism: false,
      maxWorkers: 1,
      ...(name === 'renderer' ? { globalSetup: 'test/renderer/built-window.ts' } : {}),
      expect: { poll: { timeout: 20_000 } },
      sequence: { groupOrder: name === 'renderer' ? 1 : 2 },
    },
  }
}
