// Deadline of a call over the network, with time to read an answer that has arrived but was not read yet.

/**
 * ms. A process that was suspended runs its timers before it reads its sockets: without this an answer that came
 * meanwhile would be thrown away.
 */
export const READ_GRACE = 250

/** Runs `expire` `READ_GRACE` ms after the deadline has fired; the returned function cancels it. */
export function setDeadline(
  clock: { after(delay: number, wake: () => void): () => void },
  deadline: number,
  expire: () => void,
): () => void {
  // Two timers: one of their sum would be due as well when the process goes on.
  let cancel = clock.after(deadline, () => {
    cancel = clock.after(READ_GRACE, expire)
  })
  return () => cancel()
}
