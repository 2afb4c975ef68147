// Thread: work that would keep the process busy runs in a thread of its own, which can be ended at any moment. It yields
// portions, each only when the one before it was taken, so that neither side piles them up.
import { on, once } from 'node:events'
import { parentPort, Worker, workerData } from 'node:worker_threads'

type Message = { readonly portion: unknown } | { readonly done: true }

/** MiB. Of what JavaScript allocates there; what a file's bytes take is bounded by whoever reads it. */
const LARGEST_HEAP = 1024

/** The thread's heap was full. */
export class ThreadOutOfMemory extends Error {}

/**
 * `file`: the thread's program, which calls `serveThread`. `request` and portions are cloned. Ends the thread with the
 * iteration, however that ends; an aborted signal ends both, and the iteration rejects with an `AbortError`.
 */
export async function* runInThread(
  file: string,
  request: unknown,
  signal: AbortSignal,
  largestHeap = LARGEST_HEAP,
): AsyncGenerator<unknown> {
  signal.throwIfAborted()
  const worker = new Worker(file, {
    workerData: request,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: largestHeap },
  })
  try {
    for await (const [message] of on(worker, 'message', { signal, close: ['exit'] })) {
      const sent = message as Message
      if ('done' in sent) return
      yield sent.portion
      worker.postMessage(null)
    }
    throw new Error('the thread ended before its work was done')
  } catch (error) {
    const isFull = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    throw isFull ? new ThreadOutOfMemory() : error
  } finally {
    void worker.terminate()
  }
}

/** In the thread: performs the one request it was started with. */
export async function serveThread(perform: (request: never) => AsyncIterable<unknown>): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('this is not a thread')
  const send = (message: Message) => port.postMessage(message)
  for await (const portion of perform(workerData as never)) {
    const taken = once(port, 'message')
    send({ portion })
    await taken
  }
  send({ done: true })
  port.close()
}
