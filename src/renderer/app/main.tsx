// The window's entry: puts the view, the clock and the bridge together and draws the app.
import './theme.css'
import './utilities.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { WindowParts } from './context.tsx'
import { createTicker } from './ticker.ts'
import { createToaster } from './toaster.ts'
import { createViewStateStore } from './view-state-store.ts'
import { createViewStore } from './view-store.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html lost its #root')

const ticker = createTicker(document)
const store = createViewStore(window.satm, ticker, document)
const viewState = createViewStateStore(window.satm, ticker, document)
const toaster = createToaster(ticker)

/** Chromium's code for a key that an input method takes. The first key of a composition has it before `isComposing`. */
const PROCESS_KEY = 229

// Such a key reaches no handler of the window; on macOS it is still called Enter or Escape. The input method has had it
// already. Only Escape has a default action left, in Chromium's search field: it would empty the field.
document.addEventListener(
  'keydown',
  (event) => {
    if (!event.isComposing && event.keyCode !== PROCESS_KEY) return
    event.stopPropagation()
    if (event.key === 'Escape') event.preventDefault()
  },
  { capture: true },
)

createRoot(root).render(
  <WindowParts value={{ bridge: window.satm, ticker, store, viewState, toaster }}>
    <App />
  </WindowParts>,
)
