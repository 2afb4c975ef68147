// Program of the thread that reads files: a bundle of its own, without Electron and without the database.
import { performReading } from '#application/file-reader.ts'
import { serveThread } from '#base/node/thread.ts'

// Without a top-level await, which the server's build (CommonJS) cannot have.
void serveThread(performReading)
