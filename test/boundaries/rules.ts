// Who may import whom, and who may look at the clock. Paths are relative to the project, with forward slashes.
import path from 'node:path'
import { type Import, sourceFacts } from './source-facts.ts'

const ADAPTERS = ['webex', 'connect', 'vault', 'delivery', 'desktop', 'ipc', 'simulator']

/** Files and folders that may name `electron`. */
const ELECTRON = [
  'src/main/index.ts',
  'src/main/run.ts',
  'src/main/desktop/',
  'src/main/vault/seal.ts',
  'src/main/ipc/electron-ipc.ts',
  'src/main/delivery/clipboard.ts',
  'src/preload/index.ts',
]

/** The clocks: one for the app, one for the window, and one for each program that runs alone. */
const CLOCKS = [
  'src/main/desktop/system-clock.ts',
  'src/renderer/ticker.ts',
  'src/main/simulator/system-time.ts',
  'src/main/delivery/satm/client/system-time.ts',
]

const CONTRACT = ['src/preload/contract.ts', 'src/preload/channels.ts']

/** Each broken rule of one file, as a sentence that starts with the file. */
export function violations(file: string, text: string): readonly string[] {
  const { imports, clockUses } = sourceFacts(file, text)
  const broken = imports.map((one) => refusal(file, one)).filter((reason) => reason !== undefined)
  if (!within(file, CLOCKS)) broken.push(...clockUses.map((use) => `uses ${use}: ask the injected clock`))
  return broken.map((reason) => `${file} ${reason}`)
}

function refusal(file: string, { specifier, typeOnly }: Import): string | undefined {
  const target = resolve(file, specifier)
  const reason = target === undefined ? packageRefusal(file, specifier) : fileRefusal(file, target, typeOnly)
  return reason === undefined ? undefined : `imports ${specifier}: ${reason}`
}

function packageRefusal(file: string, specifier: string): string | undefined {
  const zone = zoneOf(file)
  const isElectron = specifier === 'electron' || specifier.startsWith('electron/')
  if (isElectron && !within(file, ELECTRON)) return 'electron is kept to a few files'
  if (/^(node:)?timers(\/|$)/.test(specifier) && !within(file, CLOCKS)) return 'timers belong to the clock'
  if (zone === 'engine') return 'the engine imports only itself'
  if (zone === 'channels') return 'the channel names import nothing'
  if (zone === 'value-rules') return 'the rules of values import nothing'
  if (zone === 'contract' && specifier !== 'zod') return 'the contract needs zod and nothing else'
  if (zone === 'renderer' && specifier.startsWith('node:')) return 'the renderer has no Node'
  return undefined
}

function fileRefusal(file: string, target: string, typeOnly: boolean): string | undefined {
  const zone = zoneOf(file)
  const other = zoneOf(target)
  if (other === 'outside') return 'it lies outside the sources'
  if (zone === other) return undefined
  switch (zone) {
    case 'root':
      return other === 'renderer' ? 'main never imports the renderer' : undefined
    case 'engine':
      return 'the engine imports only itself'
    case 'shared':
      return other === 'engine' ? undefined : 'what adapters share imports only the engine'
    case 'renderer':
      if (within(target, CONTRACT) || other === 'token-config' || other === 'view-changes') return undefined
      if (other === 'value-rules') return undefined
      return 'the renderer imports only itself and the contract'
    case 'view-changes':
      return within(target, CONTRACT) && typeOnly ? undefined : 'view changes take only types of the contract'
    case 'token-config':
      return other === 'value-rules'
        ? undefined
        : 'the parser imports the rules of its values and nothing else'
    case 'value-rules':
      return 'the rules of values import nothing'
    case 'channels':
      return 'the channel names import nothing'
    case 'contract':
      if (other === 'channels' || other === 'value-rules' || (other === 'engine' && typeOnly))
        return undefined
      return 'the contract takes only types, and only from the engine'
    case 'preload':
      return within(target, CONTRACT) ? undefined : 'the preload imports only the contract'
    default:
      if (other === 'engine' || other === 'shared' || other === 'value-rules') return undefined
      if (zone === 'ipc' && within(target, CONTRACT)) return undefined
      if (zone === 'vault' && other === 'token-config') return undefined
      return 'an adapter imports only itself and the engine'
  }
}

function zoneOf(file: string): string {
  if (file === 'src/main/index.ts' || file === 'src/main/run.ts' || file.startsWith('src/main/composition/'))
    return 'root'
  if (file === 'src/preload/token-config.ts') return 'token-config'
  if (file === 'src/preload/value-rules.ts') return 'value-rules'
  if (file === 'src/preload/view-changes.ts') return 'view-changes'
  if (file === 'src/preload/contract.ts' || file.startsWith('src/preload/contract/')) return 'contract'
  if (file === 'src/preload/channels.ts') return 'channels'
  const [, side, folder, ...rest] = file.split('/')
  if (side === 'preload' || side === 'renderer') return side
  if (side !== 'main' || folder === undefined || !file.startsWith('src/')) return 'outside'
  if (rest.length === 0) return 'shared'
  return folder === 'engine' || ADAPTERS.includes(folder) ? folder : 'outside'
}

/** The imported file, or undefined for a package. Vite's `?raw` and the like do not change who is meant. */
function resolve(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return path.posix.join(path.posix.dirname(file), specifier.replace(/\?.*$/, ''))
}

function within(file: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place))
}
