// Proxy rules: what a person may enter as a proxy and as the hosts that need none, and what Chromium is given of it.
import { isIP, isIPv6 } from 'node:net'
import type { ProxyConfig } from 'electron'
import type { ProxyValues } from '#engine/domain/settings.ts'

/** What a person set. Address and list are as the two functions below return them, once `proxySettings` has read them. */
export interface ProxySettings extends ProxyValues {
  readonly proxyAddress: string
  readonly proxyBypass: string
}

export type ParsedProxy =
  | { readonly kind: 'ok'; readonly value: string }
  /** `sentence`: what is wrong and what to do. */
  | { readonly kind: 'invalid'; readonly sentence: string }

const EXAMPLE = 'http://proxy.example.com:8080'

/** Reads one proxy; without a scheme it is an http proxy, as everywhere. The value has scheme, host and port. */
export function parseProxyAddress(input: string): ParsedProxy {
  const text = input.trim()
  if (text === '') return invalid(`Enter the address of the proxy, such as ${EXAMPLE}.`)
  if (/\s/.test(text)) return invalid('Contains a space. Enter one address without spaces.')
  if (/[,;=]/.test(text)) return invalid(`Enter one proxy, such as ${EXAMPLE}, without a list or a rule.`)
  const [, typedScheme, rest = ''] = /^(?:([^:/@]*):\/\/)?(.*)$/.exec(text) ?? []
  const scheme = (typedScheme ?? 'http').toLowerCase()
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'socks5') {
    return invalid('The address begins with http://, https:// or socks5://.')
  }
  if (rest.includes('@')) {
    return invalid('Remove the user name and password from the address and enter them in their own fields.')
  }
  const [, hostAndPort = '', after = ''] = /^([^/?#\\]*)(.*)$/.exec(rest) ?? []
  if (after !== '' && after !== '/') {
    return invalid('The address of a proxy ends with its port. Remove the rest.')
  }
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(hostAndPort) ?? []
  if (/^[^[]*:.*:/.test(hostAndPort)) {
    return invalid('Write an IPv6 address in brackets, such as http://[fd00::1]:8080.')
  }
  if (host === '') return invalid(`Enter the host as well, such as ${EXAMPLE}.`)
  if (port === undefined || port === '') return invalid('Add the port at the end, such as :8080.')
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return invalid('The port is a whole number from 1 to 65535.')
  }
  const canonical = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : ''
  if (!/^(\[[\da-f:.]+\]|[\w.-]+)$/.test(canonical))
    return invalid(`“${host}” is not a host name or an IP address.`)
  return { kind: 'ok', value: `${scheme}://${canonical}:${Number(port)}` }
}

/** Hosts, separated by commas, semicolons or line breaks, in the form of Chromium's bypass list. */
export function parseBypassList(input: string): ParsedProxy {
  const entries = input.split(/[,;\n]/).map((entry) => entry.trim())
  const given = entries.filter((entry) => entry !== '')
  for (const entry of given) {
    const sentence = bypassProblem(entry)
    if (sentence !== null) return invalid(sentence)
  }
  return { kind: 'ok', value: given.join(', ') }
}

/** https://chromium.googlesource.com/chromium/src/+/HEAD/net/docs/proxy.md#proxy-bypass-rules; Chromium drops what it cannot read. */
function bypassProblem(entry: string): string | null {
  if (/\s/.test(entry)) return `Separate hosts with commas: “${entry}” contains a space.`
  if (/^<(local|-loopback)>$/i.test(entry)) return null
  const unknown = `“${entry}” is not a host such as intranet.example.com, *.example.com, 10.0.0.0/8 or <local>.`
  const rest = entry.replace(/^[a-z][a-z\d+.-]*:\/\//i, '')
  if (isIPv6(rest)) return `Write an IPv6 address in brackets: [${rest}].`
  const [block, prefix, ...more] = rest.split('/')
  if (prefix !== undefined) {
    const version = isIP(block ?? '')
    if (version === 0) return `“${entry}” has a path. Enter the host alone.`
    const fits = /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128)
    return fits && more.length === 0 ? null : unknown
  }
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(rest) ?? []
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) return unknown
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1)) ? null : unknown
  return /^[\w.*-]+$/.test(host) ? null : unknown
}

function invalid(sentence: string): ParsedProxy {
  return { kind: 'invalid', sentence }
}

/** What of the preferences is in force: a manual proxy that nobody could enter here counts as not set. */
export function proxySettings(values: ProxySettings): ProxySettings {
  const [address, bypass] = [parseProxyAddress(values.proxyAddress), parseBypassList(values.proxyBypass)]
  const isUnusable = values.proxyMode === 'manual' && address.kind === 'invalid'
  return {
    proxyMode: isUnusable ? 'system' : values.proxyMode,
    proxyAddress: address.kind === 'ok' ? address.value : '',
    proxyBypass: bypass.kind === 'ok' ? bypass.value : '',
  }
}

/** Chromium's switches: `app.commandLine`. */
interface Switches {
  hasSwitch(name: string): boolean
  getSwitchValue(name: string): string
}

/**
 * null: nothing is set, so Chromium asks the system. The switches of the command line are part of what the system says;
 * Chromium itself gives them to the first session alone.
 */
export function proxyConfigOf(proxy: ProxySettings, switches: Switches): ProxyConfig | null {
  if (proxy.proxyMode === 'none') return { mode: 'direct' }
  if (proxy.proxyMode === 'manual') return fixed(proxy.proxyAddress, proxy.proxyBypass)
  if (switches.hasSwitch('no-proxy-server')) return { mode: 'direct' }
  if (switches.hasSwitch('proxy-pac-url')) {
    return { mode: 'pac_script', pacScript: switches.getSwitchValue('proxy-pac-url') }
  }
  if (!switches.hasSwitch('proxy-server')) return null
  return fixed(switches.getSwitchValue('proxy-server'), switches.getSwitchValue('proxy-bypass-list'))
}

function fixed(proxyRules: string, proxyBypassRules: string): ProxyConfig {
  return { mode: 'fixed_servers', proxyRules, proxyBypassRules }
}

/**
 * The proxies in an answer of `session.resolveProxy` (`PROXY a:1;HTTPS b:2;DIRECT`), in their order, as addresses with
 * scheme and port. Empty: direct.
 */
export function proxiesIn(resolved: string): readonly string[] {
  return resolved.split(';').flatMap((entry) => {
    const [kind = '', hostAndPort] = entry.trim().split(/\s+/)
    const scheme = SCHEMES[kind.toUpperCase()]
    return scheme === undefined || hostAndPort === undefined ? [] : [`${scheme}://${hostAndPort}`]
  })
}

const SCHEMES: Readonly<Record<string, string>> = {
  PROXY: 'http',
  HTTPS: 'https',
  SOCKS: 'socks4',
  SOCKS5: 'socks5',
}
