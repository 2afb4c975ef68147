// The thread that reads files, in which each file that is written, connection and process is counted.
import { getEnvironmentData } from 'node:worker_threads'
import { performReading } from '#application/file-reader.ts'
import { serveThread } from '#base/node/thread.ts'
import { watchPorts } from './watched-ports.ts'

const counter = getEnvironmentData('watched') as unknown as Int32Array
watchPorts(
  () => false,
  () => void Atomics.add(counter, 0, 1),
)

await serveThread(performReading)
