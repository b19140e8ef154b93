// Uploads a file with tus-js-client, as it comes from its registry.
// Reads one JSON object from standard input: {endpoint, ca, cert, key, file, metadata}.
// Writes one: {url, retries}; ends with 1 and the client's words when the upload fails.
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import * as tus from 'tus-js-client'

const job = JSON.parse(await text(process.stdin))
let retries = 0
const url = await new Promise((resolve, reject) => {
  readFile(job.file).then((bytes) => {
    const upload = new tus.Upload(bytes, {
      endpoint: job.endpoint,
      metadata: job.metadata,
      retryDelays: [50, 200, 500],
      httpStack: new tus.DefaultHttpStack({ ca: job.ca, cert: job.cert, key: job.key, agent: false }),
      onShouldRetry: () => { retries += 1; return true },
      onError: reject,
      onSuccess: () => resolve(upload.url),
    })
    upload.start()
  }, reject)
}).catch((error) => {
  console.error(String(error))
  process.exit(1)
})
console.log(JSON.stringify({ url, retries }))
process.exit(0)
