// Builds the window once for all test files that open it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { buildRenderer } from './build.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the built window. */
    builtWindow: string
  }
}

export default async function buildOnce(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'satm-window-'))
  await buildRenderer(folder)
  project.provide('builtWindow', folder)
  return () => rm(folder, { recursive: true, force: true })
}
