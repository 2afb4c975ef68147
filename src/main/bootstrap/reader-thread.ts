// Program of the thread that reads files: a bundle of its own, without Electron and without the database.
import { performReading } from '#application/file-reader.ts'
import { serveThread } from '#base/node/thread.ts'

await serveThread(performReading)
