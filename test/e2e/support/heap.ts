// What the page's process holds in its heap, after everything that can be given back was.
import type { RunningApp } from './app.ts'

/** A V8 heap snapshot as its JSON text; every string on the heap stands in it, up to its first 1,024 characters. */
export async function heapSnapshot({ page }: Pick<RunningApp, 'page'>): Promise<string> {
  const session = await page.context().newCDPSession(page)
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await session.send('HeapProfiler.enable')
  for (let round = 0; round < 3; round += 1) await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false, captureNumericValue: false })
  await session.detach()
  return chunks.join('')
}
