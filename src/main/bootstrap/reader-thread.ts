// The program of the thread that reads files. It is built by itself and loads neither Electron nor the database.
import { performReading } from '#application/file-reader.ts'
import { serveThread } from '#base/node/thread.ts'

await serveThread(performReading)
