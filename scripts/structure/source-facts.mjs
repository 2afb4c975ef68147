// What one source file reaches for: its imports, type-only ones included, and the clock's globals.
import { parseSync } from 'vite'

/**
 * @typedef {object} Import
 * @property {string} specifier
 * @property {boolean} typeOnly nothing of it is left at run time
 * @property {boolean} deferred loaded by `import()` when it is needed
 * @property {number} start offset of the specifier with its quotes
 * @property {number} end
 *
 * @typedef {object} SourceFacts
 * @property {readonly Import[]} imports
 * @property {readonly string[]} clockUses uses of the wall clock, the monotonic clock and timers, as written
 *
 * @typedef {Readonly<Record<string, unknown>> & { readonly type: string }} Node
 */

const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate'])
const CLOCKS = new Set(['Date', 'performance'])

/**
 * @param {string} file names the language (`.ts`, `.tsx`) and the file in an error
 * @param {string} text
 * @returns {SourceFacts}
 */
export function sourceFacts(file, text) {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`)
  /** @type {Import[]} */
  const imports = []
  /** @type {string[]} */
  const clockUses = []
  for (const { node, parent, key } of walk(/** @type {Node} */ (/** @type {unknown} */ (program)))) {
    const source = sourceOf(node)
    if (source !== undefined) {
      imports.push({ ...source, typeOnly: isTypeOnly(node), deferred: node.type === 'ImportExpression' })
    }
    const use = clockUse(node, parent, key)
    if (use !== undefined) clockUses.push(use)
  }
  return { imports, clockUses }
}

/**
 * @param {Node} node
 * @param {Node} [parent]
 * @returns {Generator<{ node: Node, parent: Node | undefined, key: string }>}
 */
export function* walk(node, parent, key = '') {
  yield { node, parent, key }
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* walk(child, node, name)
    }
  }
}

/**
 * @param {unknown} value
 * @returns {value is Node}
 */
function isNode(value) {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/**
 * `import`, `export … from`, `import()`, `import('…').Type`, `require()` and `import x = require()`.
 * @param {Node} node
 */
function sourceOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return literal(node.source)
    case 'TSExternalModuleReference':
      return literal(node.expression)
    case 'CallExpression':
      return isNamed(node.callee, 'require') && Array.isArray(node.arguments)
        ? literal(node.arguments[0])
        : undefined
    default:
      return undefined
  }
}

/**
 * `import { type X }` still imports the module at run time, so it is not one of these.
 * @param {Node} node
 */
function isTypeOnly(node) {
  return node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type'
}

/**
 * @param {Node} node
 * @param {Node | undefined} parent
 * @param {string} key
 */
function clockUse(node, parent, key) {
  if (node.type === 'NewExpression' || node.type === 'CallExpression') {
    const isBare = Array.isArray(node.arguments) && node.arguments.length === 0
    if (isBare && isNamed(node.callee, 'Date')) return 'new Date()'
  }
  if (node.type === 'MemberExpression' && isNamed(node.property, 'now')) {
    const name = nameOf(node.object) ?? nameOf(isNode(node.object) ? node.object.property : undefined)
    if (name !== undefined && CLOCKS.has(name)) return `${name}.now`
  }
  const timer = nameOf(node)
  return timer !== undefined && TIMERS.has(timer) && refersToGlobal(parent, key) ? timer : undefined
}

/**
 * Not `server.setTimeout`, a property's or a declaration's own name, or `typeof setTimeout` in a type.
 * @param {Node | undefined} parent
 * @param {string} key
 */
function refersToGlobal(parent, key) {
  if (parent === undefined || parent.type === 'TSTypeQuery') return false
  if (parent.type === 'MemberExpression' && key === 'property')
    return isNamed(parent.object, 'globalThis') || isNamed(parent.object, 'window')
  return !(key === 'key' || key === 'id' || key === 'label')
}

/** @param {unknown} value */
function nameOf(value) {
  return isNode(value) && value.type === 'Identifier' ? String(value.name) : undefined
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function isNamed(value, name) {
  return nameOf(value) === name
}

/** @param {unknown} value */
function literal(value) {
  if (!isNode(value) || value.type !== 'Literal' || typeof value.value !== 'string') return undefined
  return { specifier: value.value, start: Number(value.start), end: Number(value.end) }
}
