import { describe, expect, test } from 'vitest'
import {
  parseBypassList,
  parseProxyAddress,
  proxiesIn,
  proxyConfigOf,
  proxySettings,
} from '#desktop/system/proxy-rules.ts'

const sentenceOf = (parsed: ReturnType<typeof parseProxyAddress>) =>
  parsed.kind === 'invalid' ? parsed.sentence : `accepted as ${parsed.value}`

describe('the address of a proxy', () => {
  test.for([
    ['http://proxy.example.com:8080', 'http://proxy.example.com:8080'],
    ['  HTTPS://Proxy.Example.COM:443/ ', 'https://proxy.example.com:443'],
    ['socks5://127.0.0.1:1080', 'socks5://127.0.0.1:1080'],
    ['proxy.example.com:3128', 'http://proxy.example.com:3128'],
    ['localhost:3128', 'http://localhost:3128'],
    ['http://[FD00::1]:8080', 'http://[fd00::1]:8080'],
    ['http://proxy.example.com:80', 'http://proxy.example.com:80'],
    ['http://bücher.example:080', 'http://xn--bcher-kva.example:80'],
    ['http://my_proxy:8080', 'http://my_proxy:8080'],
  ])('%s is taken', ([typed = '', value]) => {
    expect(parseProxyAddress(typed)).toEqual({ kind: 'ok', value })
  })

  test.for([
    ['', /^Enter the address/],
    ['   ', /^Enter the address/],
    ['http://', /^Enter the host/],
    ['http://:8080', /^Enter the host/],
    ['http://proxy example:8080', /contains a space/i],
    ['http://proxy.example.com', /^Add the port/],
    ['proxy.example.com', /^Add the port/],
    ['http://proxy.example.com:', /^Add the port/],
    ['http://proxy.example.com:0', /^The port is a whole number from 1 to 65535/],
    ['http://proxy.example.com:65536', /^The port is/],
    ['http://proxy.example.com:80a', /^The port is/],
    ['http://proxy.example.com:-1', /^The port is/],
    ['http://proxy.example.com:８０', /^The port is/],
    ['ftp://proxy.example.com:21', /begins with http/],
    ['socks4://proxy.example.com:1080', /begins with http/],
    ['quic://proxy.example.com:443', /begins with http/],
    ['://proxy.example.com:443', /begins with http/],
    ['http://jane:s3cret@proxy.example.com:8080', /^Remove the user name and password/],
    ['jane@proxy.example.com:8080', /^Remove the user name and password/],
    ['http://proxy.example.com:8080/proxy.pac', /ends with its port/],
    ['http://proxy.example.com:8080?x', /ends with its port/],
    ['http=a:1;https=b:2', /^Enter one proxy/],
    ['http://a:1,http://b:2', /^Enter one proxy/],
    ['http://fd00::1:8080', /IPv6 address in brackets/],
    ['http://[fd00::zz]:8080', /is not a host name/],
    ['http://*:8080', /is not a host name/],
    ['http://pro%20xy:8080', /is not a host name/],
  ] as const)('%s is refused with what to do', ([typed, sentence]) => {
    expect(sentenceOf(parseProxyAddress(typed))).toMatch(sentence)
  })

  test('no sentence repeats a password that was typed into it', () => {
    expect(sentenceOf(parseProxyAddress('http://jane:s3cret@proxy:8080'))).not.toContain('s3cret')
  })
})

describe('the hosts that need no proxy', () => {
  test('are separated by commas, semicolons or lines', () => {
    const typed =
      '*.example.com,.corp ;10.0.0.0/8\nfd00::/8; [::1], <local>,<-loopback>, https://a.example:443, *:8080'
    expect(parseBypassList(typed)).toEqual({
      kind: 'ok',
      value:
        '*.example.com, .corp, 10.0.0.0/8, fd00::/8, [::1], <local>, <-loopback>, https://a.example:443, *:8080',
    })
    expect(parseBypassList(' ,; ')).toEqual({ kind: 'ok', value: '' })
  })

  test.for([
    ['a.example b.example', /^Separate hosts with commas: “a.example b.example”/],
    ['https://a.example/path', /“https:\/\/a.example\/path” has a path/],
    ['10.0.0.0/33', /is not a host/],
    ['10.0.0.0/8/8', /is not a host/],
    ['fd00::/129', /is not a host/],
    ['::1', /Write an IPv6 address in brackets: \[::1\]/],
    ['[::zz]', /is not a host/],
    ['<everything>', /is not a host/],
    ['a.example:99999', /is not a host/],
    ['jane@a.example', /is not a host/],
    ['bücher.example', /is not a host/],
  ] as const)('%s is refused by name', ([typed, sentence]) => {
    expect(sentenceOf(parseBypassList(`ok.example, ${typed}`))).toMatch(sentence)
  })
})

describe('what is in force', () => {
  const switches = (given: Readonly<Record<string, string>>) => ({
    hasSwitch: (name: string) => name in given,
    getSwitchValue: (name: string) => given[name] ?? '',
  })
  const proxyAddress = 'http://proxy.example.com:8080'

  test('a stored manual proxy that nobody could enter counts as not set', () => {
    const stored = { proxyMode: 'manual', proxyAddress: 'http://u:p@proxy:8080', proxyBypass: 'a b' } as const
    expect(proxySettings(stored)).toEqual({ proxyMode: 'system', proxyAddress: '', proxyBypass: '' })
    expect(proxySettings({ ...stored, proxyAddress })).toEqual({
      proxyMode: 'manual',
      proxyAddress,
      proxyBypass: '',
    })
  })

  test('a proxy that is set outranks the switches of the command line; the system’s has them', () => {
    const given = switches({ 'proxy-server': 'a:1', 'proxy-bypass-list': 'b' })
    const manual = { proxyMode: 'manual', proxyAddress, proxyBypass: '<local>' } as const
    const fixed = { mode: 'fixed_servers', proxyRules: proxyAddress, proxyBypassRules: '<local>' }
    expect(proxyConfigOf(manual, given)).toEqual(fixed)
    expect(proxyConfigOf({ ...manual, proxyMode: 'none' }, given)).toEqual({ mode: 'direct' })
    const system = { ...manual, proxyMode: 'system' } as const
    expect(proxyConfigOf(system, given)).toEqual({
      mode: 'fixed_servers',
      proxyRules: 'a:1',
      proxyBypassRules: 'b',
    })
    expect(proxyConfigOf(system, switches({ 'no-proxy-server': '' }))).toEqual({ mode: 'direct' })
    const pac = { mode: 'pac_script', pacScript: 'http://wpad/wpad.dat' }
    expect(proxyConfigOf(system, switches({ 'proxy-pac-url': 'http://wpad/wpad.dat' }))).toEqual(pac)
    expect(proxyConfigOf(system, switches({}))).toBe(null)
  })

  test('the way of a request is read with the scheme of each proxy', () => {
    expect(proxiesIn('PROXY a.example:8080;HTTPS [::1]:443; SOCKS5 s:1080;DIRECT')).toEqual([
      'http://a.example:8080',
      'https://[::1]:443',
      'socks5://s:1080',
    ])
    expect(proxiesIn('DIRECT')).toEqual([])
    expect(proxiesIn('')).toEqual([])
  })
})
