// The app's file reader without a thread: the same portions, one after the other.
import { createFileReader, performReading } from '#application/file-reader.ts'

export const directReader = createFileReader({ run: performReading, clock: { after: () => () => {} } })
