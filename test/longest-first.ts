// The order of test files: the longest begin, and what is short fills the time beside them.
import path from 'node:path'
import type { TestSpecification } from 'vitest/node'
import { BaseSequencer } from 'vitest/node'

/** Those of ten seconds and more, longest first. */
const longest = [
  'linear-time',
  'vault/killed',
  'renderer/accessibility',
  'renderer/keeping',
  'renderer/service-apps',
  'renderer/connect',
  'renderer/add-service-app',
  'renderer/pages',
  'engine/fleet',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => place(one) - place(other))
  }
}

function place({ moduleId }: TestSpecification): number {
  const found = longest.indexOf(path.relative(import.meta.dirname, moduleId).replace(/\.test\.tsx?$/, ''))
  return found === -1 ? longest.length : found
}
