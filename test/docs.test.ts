// Documents: their links lead somewhere, what they name exists, what is made of the sources is current.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandNames } from '#satm/client/command-table.ts'
import { helpText } from '#satm/client/help.ts'
import { satmReference } from '../scripts/docs/satm-reference.mjs'

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const markdownIn = (folder: string, recursive: boolean) =>
  readdirSync(path.join(root, folder), { recursive, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join(folder, file))
const documents = [...markdownIn('.', false), ...markdownIn('docs', true), ...markdownIn('examples', true)]
/** What a person reads who uses the app; the others are for those who change it. */
const manuals = ['README.md', 'SECURITY.md', 'docs/guide.md', 'docs/troubleshooting.md', 'docs/faq.md']

const withoutBlocks = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/<!--[\s\S]*?-->/g, '')
const withoutCode = (text: string) => withoutBlocks(text).replace(/`[^`\n]*`/g, '')
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found)

/** As GitHub makes them: https://github.com/gjtorikian/html-pipeline/blob/v2.14.3/lib/html/pipeline/toc_filter.rb */
function anchorsOf(file: string): ReadonlySet<string> {
  const counts = new Map<string, number>()
  const anchors = all(withoutBlocks(read(file)), /^#{1,6} +(.+?) *#*$/gm).map((heading) => {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
    const earlier = counts.get(slug) ?? 0
    counts.set(slug, earlier + 1)
    return earlier === 0 ? slug : `${slug}-${earlier}`
  })
  return new Set(anchors)
}

function linksIn(file: string): readonly string[] {
  const text = withoutCode(read(file))
  return [
    ...all(text, /\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g),
    ...all(text, /(?:src|srcset|href)="([^"]+)"/g),
    ...all(text, /^\[[^\]]+\]: (\S+)/gm),
  ]
}

function brokenLink(file: string, link: string): boolean {
  if (/^[a-z]+:/.test(link)) return !/^(https:\/\/[^\s/]+|mailto:)/.test(link)
  const [to = '', anchor] = link.split('#')
  const target = to === '' ? file : path.posix.join(path.posix.dirname(file), to)
  if (target.startsWith('..') || !existsSync(path.join(root, target))) return true
  return anchor !== undefined && !anchorsOf(target).has(anchor)
}

test.each(documents)('%s: every link leads to a file and a heading that exist', (file) => {
  expect(linksIn(file).filter((link) => brokenLink(file, link))).toEqual([])
})

test('no picture is larger than a megabyte', () => {
  const pictures = readdirSync(path.join(root, 'docs', 'screenshots')).map(
    (name) => `docs/screenshots/${name}`,
  )
  expect(pictures.filter((file) => statSync(path.join(root, file)).size > 1_000_000)).toEqual([])
})

test('a link to nowhere is found', () => {
  const broken = ['gone.md', 'docs/guide.md#gone', '#gone', '../elsewhere.md', 'http://example.com/']
  expect(broken.filter((link) => brokenLink('README.md', link))).toEqual(broken)
  expect(brokenLink('docs/guide.md', '../SECURITY.md#report-a-vulnerability')).toBe(false)
})

test.each(documents)('%s: the files and commands it names exist', (file) => {
  const text = read(file)
  const named = all(withoutBlocks(text), /`((?:src|test|scripts|docs|examples)\/[^`\s]*)`/g)
  expect(named.filter((name) => !/[*<{…]/.test(name) && !existsSync(path.join(root, name)))).toEqual([])
  const { scripts } = JSON.parse(read('package.json'))
  const run = all(text, /npm run (?:--silent )?([a-z][\w:-]*)/g)
  expect(run.filter((name) => !(name in scripts))).toEqual([])
})

describe('what the manuals quote of the app is in it', () => {
  const sources = ['src', 'scripts'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(tsx?|mjs)$/.test(name))
      .map((name) => read(path.join(folder, name))),
  )
  const app = sources.join('\n').replace(/\s+/g, ' ')
  /** In italics all the same: of Webex, of a desktop, a word that is explained. */
  const elsewhere = new Set([
    'Create a New App',
    'Integration',
    'Apps',
    'Service Apps',
    'AppIndicator and KStatusNotifierItem Support',
    'token manager integration',
    'fingerprint',
  ])

  test.each([...manuals, 'docs/server.md'])('%s: labels and messages', (file) => {
    const quoted = all(withoutCode(read(file)), /(?<![*\w])\*([^*\n]+)\*(?![*\w])/g)
    const parts = quoted.flatMap((label) => label.split(' → '))
    expect(parts.filter((part) => !elsewhere.has(part) && !app.includes(part))).toEqual([])
  })

  test.each(manuals)('%s: variables and switches', (file) => {
    const named = all(read(file), /(?<![\w-])(SATM_[A-Z_]+|--[a-z][a-z-]+)/g)
    const others = /^--(?:ozone-platform|remote-debugging-port|log-net-log|inspect|play)$/
    expect(named.filter((name) => !others.test(name) && !app.includes(name.replace(/^--/, '')))).toEqual([])
  })
})

test('the reference of satm is what its help says; "npm run docs" writes it', () => {
  expect(read('docs/satm.md')).toBe(satmReference({ commandNames, helpText }))
})

describe('README.md', () => {
  const text = read('README.md')

  test('is a front page: 900 words at most', () => {
    expect(text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length).toBeLessThanOrEqual(900)
  })

  test('has the commands that start, show and test the app, each on a line of its own', () => {
    const lines = all(text, /^```sh\n([\s\S]*?)^```/gm).flatMap((block) => block.split('\n'))
    expect(lines).toEqual(expect.arrayContaining(['npm start', 'npm run demo', 'npm test']))
  })

  test('leads to every document', () => {
    const reached = new Set(['README.md'])
    for (const file of reached) {
      for (const link of linksIn(file).filter((one) => !/^[a-z]+:|^#/.test(one))) {
        const [to = ''] = link.split('#')
        const target = path.posix.join(path.posix.dirname(file), to)
        if (documents.includes(target)) reached.add(target)
      }
    }
    expect(documents.filter((file) => !reached.has(file))).toEqual([])
  })
})

test('CHANGELOG.md has what is not released yet first, then each version with its day, newest first', () => {
  const text = read('CHANGELOG.md')
  const [first, ...versions] = all(text, /^## (.+)$/gm)
  expect(first).toBe('[Unreleased]')
  expect(
    versions.filter((line) => !/^\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d( \[YANKED\])?$/.test(line)),
  ).toEqual([])
  const days = versions.map((line) => /\d{4}-\d\d-\d\d/.exec(line)?.[0] ?? '')
  expect(days).toEqual(days.toSorted().reverse())
  const kinds = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']
  expect(all(text, /^### (.+)$/gm).filter((kind) => !kinds.includes(kind))).toEqual([])
})

test('no sentence of the app sends a person to the README, which an installed app does not have', () => {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .filter((name) => read(path.join('src', name)).includes('README'))
  expect(sources).toEqual([])
})
