import { contextBridge, ipcRenderer } from 'electron'
import type { Bridge, Input, RequestName } from '#contract/contract.ts'
import { REQUEST_CHANNEL, VIEW_CHANNEL } from './channels.ts'

// The page cannot name a channel: it names a request, and main parses the name like any other input.
const bridge: Bridge = {
  request: <N extends RequestName>(name: N, input: Input<N>) =>
    ipcRenderer.invoke(REQUEST_CHANNEL, name, input),
  onView: (listener) => {
    const forward = (_event: unknown, push: string) => listener(push)
    ipcRenderer.on(VIEW_CHANNEL, forward)
    return () => ipcRenderer.off(VIEW_CHANNEL, forward)
  },
}

contextBridge.exposeInMainWorld('satm', bridge)

// The page's script is on its way. What Intl loads once for all of this process takes 12 ms, for which the first row would wait.
document.addEventListener(
  'readystatechange',
  () => {
    new Intl.Collator()
    new Intl.DateTimeFormat()
  },
  { once: true },
)
