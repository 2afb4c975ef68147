// Classes and their stylesheets: a class that is misspelt, and one that nothing uses, are both found here.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesBelow, readAliases, resolveSpecifier } from '../../scripts/structure/import-graph.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const aliases = readAliases(root)
const files = filesBelow(root, 'src/renderer')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

/** Classes a stylesheet declares as its own; those in `:global()` are another's. */
const declaredIn = (css: string): ReadonlySet<string> =>
  namesIn(css.replace(/\/\*.*?\*\//gs, '').replace(/:global\([^)]*\)/g, ''), /\.([a-z][\w-]*)(?=[^{};]*\{)/gi)

const namesIn = (text: string, pattern: RegExp): ReadonlySet<string> =>
  new Set([...text.matchAll(pattern)].flatMap(([, name]) => name ?? []))

/** Uses of a stylesheet under the name it is imported by; `styles[key]` uses those that `key` is written as. */
function usedIn(source: string, name: string, declared: ReadonlySet<string>): readonly string[] {
  const plain = namesIn(source, new RegExp(`\\b${name}\\.(?!module\\.css)(\\w+)`, 'g'))
  const isLookedUp = source.includes(`${name}[`)
  return [...plain, ...(isLookedUp ? [...declared].filter((one) => source.includes(`'${one}'`)) : [])]
}

const components = files.filter((file) => /\.tsx?$/.test(file)).map((file) => ({ file, source: read(file) }))

describe('the classes of', () => {
  test.each(files.filter((file) => file.endsWith('.module.css')))(
    '%s are those its importers use',
    (file) => {
      const declared = declaredIn(read(file))
      const used = components.flatMap((component) =>
        [...component.source.matchAll(/^import (\w+) from '([^']+\.module\.css)'/gm)].flatMap(
          ([, name, from]) =>
            name !== undefined &&
            from !== undefined &&
            resolveSpecifier(component.file, from, aliases) === file
              ? usedIn(component.source, name, declared)
              : [],
        ),
      )
      expect([...new Set(used)].sort()).toEqual([...declared].sort())
    },
  )

  test('the utilities are those that are named', () => {
    const declared = declaredIn(read('src/renderer/app/utilities.css'))
    const named = components.flatMap(({ source }) =>
      [...source.matchAll(/className=(?:"([^"]*)"|\{([^{}]*(?:\$\{[^}]*\}[^{}]*)*)\})/g)].flatMap(
        ([, plain, code = '']) => {
          const texts =
            plain ??
            code
              .replace(/\$\{[^}]*\}|=== '[^']*'/g, ' ')
              .match(/'[^']*'|`[^`]*`/g)
              ?.join(' ') ??
            ''
          return texts.match(/[a-z][\w-]*/gi) ?? []
        },
      ),
    )
    expect([...new Set(named)].sort()).toEqual([...declared].sort())
  })
})
