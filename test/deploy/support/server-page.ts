// The commands of docs/server.md, as a person copies them.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from '../../packages/support/packages.ts'

const page = readFileSync(path.join(projectRoot, 'docs/server.md'), 'utf8')

/** The nth block of commands under a heading; `changes` puts what a test has in the place of what an example has. */
export function commandsUnder(
  heading: string,
  nth = 0,
  changes: Readonly<Record<string, string>> = {},
): string {
  const [, section] = page.split(`\n## ${heading}\n`)
  const blocks = (section?.split('\n## ')[0] ?? '').matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)
  const [, indent = '', block] = [...blocks][nth] ?? []
  if (block === undefined) throw new Error(`docs/server.md has no block ${nth} under "${heading}".`)
  let script = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
  for (const [from, to] of Object.entries(changes)) {
    if (!script.includes(from)) throw new Error(`"${heading}" has no ${from}:\n${script}`)
    script = script.replaceAll(from, to)
  }
  return script
}
