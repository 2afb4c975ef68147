// Animated PNG (https://www.w3.org/TR/png-3/#apng-frame-based-animation) of several PNGs of one size: every browser plays it,
// and what cannot shows the first.
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** @typedef {{ readonly png: Buffer, readonly ms: number }} Frame */

/**
 * @param {readonly Frame[]} frames one at least, without interlace, as Chromium writes them
 * @returns {Buffer} it plays for ever
 */
export function animatedPng(frames) {
  const [first] = frames
  if (first === undefined) throw new Error('There is no picture.')
  const header = chunkOf(first.png, 'IHDR')
  let sequence = 0
  const parts = frames.flatMap(({ png, ms }, index) => {
    if (!chunkOf(png, 'IHDR').equals(header)) throw new Error('The pictures are of different kinds or sizes.')
    const control = Buffer.alloc(26)
    control.writeUInt32BE(sequence++, 0)
    // Width and height; the offset is 0.
    header.copy(control, 4, 0, 8)
    control.writeUInt16BE(ms, 20)
    control.writeUInt16BE(1000, 22)
    const image = deflateSync(inflateSync(chunkOf(png, 'IDAT')), { level: 9 })
    if (index === 0) return [chunk('fcTL', control), chunk('IDAT', image)]
    const number = Buffer.alloc(4)
    number.writeUInt32BE(sequence++)
    return [chunk('fcTL', control), chunk('fdAT', Buffer.concat([number, image]))]
  })
  const animation = Buffer.alloc(8)
  animation.writeUInt32BE(frames.length)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('acTL', animation),
    ...parts,
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/**
 * @param {Buffer} png
 * @param {string} type of several, all their data in a row
 */
function chunkOf(png, type) {
  const found = []
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === type) found.push(png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  return Buffer.concat(found)
}

/**
 * @param {string} type
 * @param {Buffer} data
 */
function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
