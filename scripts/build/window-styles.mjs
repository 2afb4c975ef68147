// The window's styles: one file for all screens, with the order of the layers at its beginning.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from '../project.mjs'

const THEME = path.join(projectRoot, 'src', 'renderer', 'app', 'theme.css')

/**
 * A screen that is loaded later brings no stylesheet of its own, so that nothing is drawn before its styles are there.
 * The stylesheet begins with the styles of shared chunks, which would otherwise decide which layer comes first.
 * @returns {import('vite').Plugin}
 */
export function windowStyles() {
  return {
    name: 'window-styles',
    config: () => ({ build: { cssCodeSplit: false } }),
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const layers = /^@layer [\w, ]+;$/m.exec(readFileSync(THEME, 'utf8'))?.[0]
        if (layers === undefined) throw new Error('theme.css does not name the order of the layers')
        for (const file of Object.values(bundle)) {
          if (file.type === 'asset' && file.fileName.endsWith('.css'))
            file.source = `${layers}\n${withoutUnusedTokens(String(file.source))}`
        }
      },
    },
  }
}

const DECLARATION = /(--mds-[\w-]+):([^;{}]*);?/g

/**
 * Momentum's stylesheets name each design token there is, in four themes. The browser would parse and resolve all of them
 * before the first paint, so only those stay that the window uses, by way of other tokens too.
 * @param {string} css
 */
function withoutUnusedTokens(css) {
  /** @type {Map<string, Set<string>>} */
  const needs = new Map()
  for (const [, name = '', value = ''] of css.matchAll(DECLARATION))
    needs.set(name, new Set([...(needs.get(name) ?? []), ...tokensIn(value)]))
  const used = new Set(tokensIn(css.replaceAll(DECLARATION, '')))
  // A set is iterated with what is added to it on the way.
  for (const name of used) for (const other of needs.get(name) ?? []) used.add(other)
  return css.replaceAll(DECLARATION, (declaration, name) => (used.has(name) ? declaration : ''))
}

/**
 * @param {string} css
 * @returns {string[]}
 */
function tokensIn(css) {
  return [...css.matchAll(/var\(\s*(--mds-[\w-]+)/g)].map(([, name = '']) => name)
}
