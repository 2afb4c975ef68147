// What one source file reaches for: its imports, type-only ones included, and the clock's globals.
import { parseSync } from 'vite'

export interface Import {
  readonly specifier: string
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean
}

export interface SourceFacts {
  readonly imports: readonly Import[]
  /** Uses of the wall clock, the monotonic clock and timers, as written. */
  readonly clockUses: readonly string[]
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string }

const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate'])
const CLOCKS = new Set(['Date', 'performance'])

export function sourceFacts(file: string, text: string): SourceFacts {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`)
  const imports: Import[] = []
  const clockUses: string[] = []
  for (const { node, parent, key } of walk(program as unknown as Node)) {
    const specifier = specifierOf(node)
    if (specifier !== undefined) imports.push({ specifier, typeOnly: isTypeOnly(node) })
    const use = clockUse(node, parent, key)
    if (use !== undefined) clockUses.push(use)
  }
  return { imports, clockUses }
}

interface Visit {
  readonly node: Node
  readonly parent: Node | undefined
  readonly key: string
}

function* walk(node: Node, parent?: Node, key = ''): Generator<Visit> {
  yield { node, parent, key }
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* walk(child, node, name)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** `import`, `export … from`, `import()`, `import('…').Type`, `require()` and `import x = require()`. */
function specifierOf(node: Node): string | undefined {
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
      return isNamed(node.callee, 'require') ? literal((node.arguments as readonly unknown[])[0]) : undefined
    default:
      return undefined
  }
}

/** `import { type X }` still imports the module at run time, so it is not one of these. */
function isTypeOnly(node: Node): boolean {
  return node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type'
}

function clockUse(node: Node, parent: Node | undefined, key: string): string | undefined {
  if (node.type === 'NewExpression' || node.type === 'CallExpression') {
    const bare = (node.arguments as readonly unknown[]).length === 0
    if (bare && isNamed(node.callee, 'Date')) return 'new Date()'
  }
  if (node.type === 'MemberExpression' && isNamed(node.property, 'now')) {
    const name = nameOf(node.object) ?? nameOf(isNode(node.object) ? node.object.property : undefined)
    if (name !== undefined && CLOCKS.has(name)) return `${name}.now`
  }
  const timer = nameOf(node)
  return timer !== undefined && TIMERS.has(timer) && refersToGlobal(parent, key) ? timer : undefined
}

/** Not `server.setTimeout`, a property's or a declaration's own name, or `typeof setTimeout` in a type. */
function refersToGlobal(parent: Node | undefined, key: string): boolean {
  if (parent === undefined || parent.type === 'TSTypeQuery') return false
  if (parent.type === 'MemberExpression' && key === 'property')
    return isNamed(parent.object, 'globalThis') || isNamed(parent.object, 'window')
  return !(key === 'key' || key === 'id' || key === 'label')
}

function nameOf(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Identifier' ? String(value.name) : undefined
}

function isNamed(value: unknown, name: string): boolean {
  return nameOf(value) === name
}

function literal(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Literal' && typeof value.value === 'string'
    ? value.value
    : undefined
}
