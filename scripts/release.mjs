// npm run release -- --feed DIR --key FILE: signs the packages of dist/ and announces them in DIR, which any static server
// can serve as the update feed. FILE: the Ed25519 private key (openssl genpkey -algorithm ed25519 -out FILE).
import path from 'node:path'
import { parseArgs } from 'node:util'
import { projectRoot } from './project.mjs'
import { writeFeed } from './release/feed.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  const { values } = parseArgs({
    options: {
      feed: { type: 'string' },
      key: { type: 'string' },
      from: { type: 'string', default: path.join(projectRoot, 'dist') },
    },
  })
  const { feed, key: keyFile, from } = values
  if (!feed || !keyFile) throw new Error('Usage: npm run release -- --feed DIR --key FILE [--from DIR]')
  const { version, files, publicKey } = await writeFeed({ from, feed, keyFile })
  console.log(`Version ${version} is announced in ${path.resolve(feed)}:`)
  for (const file of files) console.log(`  ${file}`)
  console.log(`Only apps that were packaged with SATM_UPDATE_KEYS=${publicKey} take it.`)
})
