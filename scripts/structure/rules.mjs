// Who may import whom, who may name Electron and who may look at the clock. docs/architecture.md gives the reasons.

/**
 * @typedef {import('./import-graph.mjs').SourceFile} SourceFile
 * @typedef {import('./import-graph.mjs').Edge} Edge
 */

/** The engine's folders from the lowest floor up; a file imports from its own folder or a lower floor. */
const FLOORS = [
  ['domain'],
  ['failure', 'delivery-schedule'],
  ['renewal'],
  ['runtime'],
  ['attempts'],
  ['scheduling'],
  ['data-sources'],
  ['view'],
  [''],
]

/** Plays the engine against the simulator's token store, without HTTP; in a thread of its own. */
const FORECAST = 'forecast'

/** Of the simulator: the tokens and what becomes of them. */
const PLAYED_BY_FORECAST = [
  'src/main/simulator/directory.ts',
  'src/main/simulator/identifiers.ts',
  'src/main/simulator/model.ts',
  'src/main/simulator/oauth/tokens.ts',
  'src/main/simulator/options.ts',
]

const ADAPTERS = ['webex', 'connect', 'vault', 'import', 'delivery', 'satm', 'desktop', 'daemon', 'simulator']

/** Files of the contract that adapters may call: rules that the window and main have to share. */
const SHARED_RULES = [
  'src/preload/contract/secret-stores.ts',
  'src/preload/contract/token-config.ts',
  'src/preload/contract/value-rules.ts',
  'src/preload/contract/view-state.ts',
]

/** Settings and counts, which the contract hands to the window, and the rules of each kind of delivery target. */
const CALLED_BY_CONTRACT = [
  'src/main/engine/domain/delivery-spec.ts',
  'src/main/engine/domain/settings.ts',
  'src/main/engine/domain/view-model.ts',
]

/** Adapter files whose functions a use case may call by name; everything else of an adapter is handed to it. */
const CALLED_BY_USE_CASES = [
  'src/main/connect/flow.ts',
  'src/main/delivery/',
  'src/main/desktop/system/proxy-rules.ts',
  'src/main/desktop/updates/release-feed.ts',
  'src/main/forecast/fleet-packing.ts',
  'src/main/import/',
  'src/main/satm/app-location.ts',
  'src/main/satm/protocol.ts',
  'src/main/satm/server/listening-socket.ts',
  'src/main/satm/server/socket-server.ts',
  'src/main/vault/backup/',
  'src/main/vault/crypto/passphrase.ts',
  'src/main/vault/db/data-files.ts',
  'src/main/vault/opening.ts',
  'src/main/vault/repositories/history-export.ts',
  'src/main/vault/shared/',
  'src/main/webex/base-url.ts',
]

/** Files and folders that may name `electron`. */
const ELECTRON = [
  'src/main/index.ts',
  'src/main/bootstrap/',
  'src/main/desktop/',
  'src/main/vault/crypto/electron-keychain.ts',
  'src/main/ipc/electron-binding.ts',
  'src/main/delivery/clipboard/clipboard.ts',
  'src/preload/index.ts',
]

/** The clocks: one for the app, one for the window, one in which no time passes, and one for each program that runs alone. */
const CLOCKS = [
  'src/main/desktop/system/system-clock.ts',
  'src/renderer/app/ticker.ts',
  'src/main/forecast/virtual-clock.ts',
  'src/main/simulator/options.ts',
  'src/main/satm/client/app-connection.ts',
]

/** What a feature may import of `app`: what it needs of the window, not what puts the window together. */
const WINDOW_CONTEXT = [
  'src/renderer/app/context.tsx',
  'src/renderer/app/dialog-context.tsx',
  'src/renderer/app/route.ts',
  'src/renderer/app/ticker.ts',
  'src/renderer/app/toaster.ts',
]

/**
 * Features that show a part of another feature; the others share by `features/shared`.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const SHOWN_IN = {
  'command-palette': ['history', 'service-apps'],
  'service-app': ['delivery', 'history'],
  settings: ['delivery', 'shared-vault'],
  vault: ['delivery', 'shared-vault'],
}

/**
 * Every broken rule of one file but the floors of the engine, as a sentence that starts with the file.
 * @param {SourceFile} source
 * @returns {readonly string[]}
 */
export function violations({ file, imports, clockUses }) {
  const zone = zoneOf(file)
  const broken = imports.flatMap((edge) => {
    const reason =
      edge.target === undefined
        ? packageRefusal(file, edge.specifier)
        : (fileRefusal(zone, edge.target, edge) ?? windowRefusal(file, edge.target))
    return reason === undefined ? [] : [`imports ${edge.specifier}: ${reason}`]
  })
  if (!isWithin(file, CLOCKS)) broken.push(...clockUses.map((use) => `uses ${use}: ask the injected clock`))
  return broken.map((reason) => `${file} ${reason}`)
}

/**
 * Imports within the engine that go up, or across a floor.
 * @param {SourceFile} source
 * @returns {readonly string[]}
 */
export function upwardImports({ file, imports }) {
  if (zoneOf(file) !== 'engine') return []
  const own = engineFolder(file)
  return imports.flatMap(({ target }) => {
    if (target === undefined || zoneOf(target) !== 'engine') return []
    const other = engineFolder(target)
    return own === other || floorOf(other) < floorOf(own) ? [] : [`${file} imports ${target}`]
  })
}

/**
 * File names that occur twice in one top-level folder of main; `index.ts` is the entry of its folder.
 * @param {readonly Pick<SourceFile, 'file'>[]} sources
 * @returns {readonly string[]}
 */
export function duplicateNames(sources) {
  /** @type {Map<string, string[]>} */
  const places = new Map()
  for (const { file } of sources) {
    const [, side, folder, ...rest] = file.split('/')
    const name = rest.at(-1)
    if (side !== 'main' || name === undefined || name === 'index.ts') continue
    places.set(`${folder}/${name}`, [...(places.get(`${folder}/${name}`) ?? []), file])
  }
  return [...places.values()].filter((files) => files.length > 1).map((files) => files.join(', '))
}

/**
 * @param {string} file
 * @param {string} specifier
 */
function packageRefusal(file, specifier) {
  const zone = zoneOf(file)
  const isElectron = specifier === 'electron' || specifier.startsWith('electron/')
  if (isElectron && !isWithin(file, ELECTRON)) return 'electron is kept to a few files'
  if (/^(node:)?timers(\/|$)/.test(specifier) && !isWithin(file, CLOCKS)) return 'timers belong to the clock'
  if (zone === 'engine' || zone === 'base/common') return 'the engine and what it uses import no package'
  if (zone === 'contract' && !['zod', 'jsonc-parser'].includes(specifier)) {
    return 'the contract needs zod and the parser of its JSON, nothing else'
  }
  if (zone === 'renderer' && specifier.startsWith('node:')) return 'the renderer has no Node'
  return undefined
}

/**
 * @param {string} zone of the importing file
 * @param {string} target
 * @param {Edge} edge
 * @returns {string | undefined}
 */
function fileRefusal(zone, target, { typeOnly }) {
  const other = zoneOf(target)
  if (other === 'outside') return 'it lies outside the sources'
  if (zone === other) return undefined
  if (other === 'bootstrap') return 'nothing imports what puts everything together'
  const isBase = other === 'base/common' || other === 'base/node'
  switch (zone) {
    case 'engine':
      return other === 'base/common' ? undefined : 'the engine imports itself and base/common'
    case 'base/common':
      return 'base/common imports nothing else'
    case 'base/node':
      return other === 'base/common' ? undefined : 'base/node imports only base/common'
    case 'application':
      if (isBase || other === 'engine' || other === 'contract') return undefined
      if (![...ADAPTERS, FORECAST].includes(other))
        return 'a use case imports the engine, base, the contract and adapters'
      return typeOnly || isWithin(target, CALLED_BY_USE_CASES) ? undefined : 'this adapter is handed to it'
    case FORECAST:
      if (isBase || other === 'engine' || (other === 'contract' && typeOnly)) return undefined
      return PLAYED_BY_FORECAST.includes(target)
        ? undefined
        : 'a forecast plays the engine and the token store'
    case 'ipc':
      if (isBase || other === 'application' || other === 'contract' || other === 'preload') return undefined
      return isDomain(target) ? undefined : 'ipc imports the use cases and the contract'
    case 'bootstrap':
      return other === 'renderer' ? 'main never imports the renderer' : undefined
    case 'renderer':
      if (other === 'contract' || other === 'base/common') return undefined
      return 'the renderer imports only itself, the contract and base/common'
    case 'preload':
      return other === 'contract' ? undefined : 'the preload imports only the contract'
    case 'contract':
      if (other === 'base/common' || CALLED_BY_CONTRACT.includes(target)) return undefined
      if (isDomain(target) && typeOnly) return undefined
      return 'the contract takes base/common, types of engine/domain, and values only of its settings and delivery model'
    default:
      return adapterRefusal(zone, target, other, typeOnly)
  }
}

/**
 * The floors of the window: components, then what is shared, then features, then the app that shows them.
 * @param {string} file
 * @param {string} target
 */
function windowRefusal(file, target) {
  const [part, feature] = windowPart(file)
  const [other, otherFeature] = windowPart(target)
  if (part === 'components') {
    const isPlain = other === 'components' || zoneOf(target) === 'base/common'
    return isPlain ? undefined : 'a component knows nothing of tokens'
  }
  if (part === 'app' && !isWithin(file, WINDOW_CONTEXT)) return undefined
  if (other === 'app' && part === 'features' && !isWithin(target, WINDOW_CONTEXT))
    return 'a feature imports the context of the window, not the window'
  if (other !== 'features' || feature === otherFeature) return undefined
  if (part === 'app') return 'the context of the window knows no feature'
  if (otherFeature === 'shared' || SHOWN_IN[feature]?.includes(otherFeature)) return undefined
  return 'a feature shows another only where a list allows it'
}

/**
 * @param {string} file
 * @returns {readonly [string, string]} the folder of the window, and the one below it
 */
function windowPart(file) {
  const [, side, part = '', below = ''] = file.split('/')
  return side === 'renderer' ? [part, below] : ['', '']
}

/**
 * @param {string} zone
 * @param {string} target
 * @param {string} other
 * @param {boolean} typeOnly
 */
function adapterRefusal(zone, target, other, typeOnly) {
  if (other === 'base/common' || other === 'base/node' || isDomain(target)) return undefined
  if (zone === 'delivery' && engineFolder(target) === 'delivery-schedule') return undefined
  if (other === 'contract' && (typeOnly || SHARED_RULES.includes(target))) return undefined
  return 'an adapter imports itself, engine/domain and base'
}

/** @param {string} file */
function isDomain(file) {
  return file.startsWith('src/main/engine/domain/')
}

/**
 * The folder within the engine; '' for the engine's own top file.
 * @param {string} file
 */
function engineFolder(file) {
  const [, , top, ...rest] = file.split('/')
  return top === 'engine' && rest.length > 1 ? (rest[0] ?? '') : ''
}

/** @param {string} folder */
function floorOf(folder) {
  return FLOORS.findIndex((names) => names.includes(folder))
}

/** @param {string} file */
function zoneOf(file) {
  if (file === 'src/main/entry.ts' || file === 'src/main/index.ts' || file.startsWith('src/main/bootstrap/'))
    return 'bootstrap'
  if (file.startsWith('src/preload/contract/')) return 'contract'
  const [, side, folder, part, ...rest] = file.split('/')
  if (!file.startsWith('src/')) return 'outside'
  if (side === 'preload' || side === 'renderer') return side
  if (side !== 'main' || folder === undefined || part === undefined) return 'outside'
  if (folder === 'base')
    return rest.length > 0 && ['common', 'node'].includes(part) ? `base/${part}` : 'outside'
  return ['engine', 'application', 'ipc', FORECAST, ...ADAPTERS].includes(folder) ? folder : 'outside'
}

/**
 * @param {string} file
 * @param {readonly string[]} places files, or folders with a slash at the end
 */
function isWithin(file, places) {
  return places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place))
}
