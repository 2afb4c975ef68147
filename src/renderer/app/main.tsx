// The window's entry: puts the view, the clock and the bridge together and draws the app.
import './theme.css'
import './utilities.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { WindowParts } from './context.tsx'
import { createTicker } from './ticker.ts'
import { createToaster } from './toaster.ts'
import { createViewStore } from './view-store.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html lost its #root')

const ticker = createTicker(document)
const store = createViewStore(window.satm, ticker, document)
const toaster = createToaster(ticker)

createRoot(root).render(
  <WindowParts value={{ bridge: window.satm, ticker, store, toaster }}>
    <App />
  </WindowParts>,
)
