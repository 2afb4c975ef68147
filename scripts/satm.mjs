#!/usr/bin/env node
// npx satm ...: the command line from a checkout, in this process, so that a signal to us is a signal to it. Standard
// output belongs to it.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildIfStale } from './build/build.mjs'
import { ensureNpmPackages } from './prepare/npm-packages.mjs'
import { projectRoot } from './project.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  // Offline, npm would try again for more than a minute.
  await ensureNpmPackages(projectRoot, ['--fetch-retries=0'])
  await buildIfStale(['programs'])
  const program = path.join(projectRoot, 'out', 'satm', 'index.js')
  process.argv[1] = program
  await import(pathToFileURL(program).href)
})
