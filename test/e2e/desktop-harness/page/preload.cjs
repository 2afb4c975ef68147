const { contextBridge, ipcRenderer } = require('electron')

contextBridge.exposeInMainWorld('bridge', {
  onView: (listener) => ipcRenderer.on('view', (_event, view) => listener(view)),
})
