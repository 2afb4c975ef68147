// @ts-nocheck: undici declares no types for its files.
// What the server is built with instead of undici's index, which loads everything that undici has (web sockets, caches,
// mocks): more code to keep in memory as long as it runs.
import api from 'undici/lib/api/index.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js'
import fetching from 'undici/lib/web/fetch/index.js'

// As the index does: a proxy's tunnel is opened by `connect`, which is one of these.
Object.assign(Dispatcher.prototype, api)

const { fetch } = fetching

export { Agent, fetch, ProxyAgent }
