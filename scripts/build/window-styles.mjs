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
            file.source = `${layers}\n${file.source}`
        }
      },
    },
  }
}
