// The client of the ingest bench: the same tus-js-client, the same bytes, one tus server or the other.
// Reads one JSON object from standard input:
//   {"activate": URL, "ca": PEM, "request": {...}}
//     prints the centre's answer;
//   {"endpoint": URL, "ca": PEM, "cert": PEM, "key": PEM, "parallel": N, "receipts": URL or null, "packets": [{"id", "file", "metadata"}]}
//     prints {"seconds": from the first byte to the last receipt, "last_byte_ms": [from a packet's last byte to its receipt]}.
// Without "receipts" the answer to the last byte stands for the receipt.
import { readFile } from 'node:fs/promises'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import * as tus from 'tus-js-client'

const job = JSON.parse(await text(process.stdin))
const agent = new https.Agent({ keepAlive: true, ca: job.ca, cert: job.cert, key: job.key })

function call(url, method, body) {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method, agent, headers: body ? { 'content-type': 'application/json' } : {} }, async (response) => {
      const said = await text(response)
      response.statusCode === 200 ? resolve(JSON.parse(said)) : reject(new Error(`${url}: ${response.statusCode} ${said}`))
    })
    request.on('error', reject)
    request.end(body)
  })
}

// Notes when the last byte of a PATCH was handed to the system.
class Stack extends tus.DefaultHttpStack {
  lastByte = 0

  createRequest(method, url) {
    const request = super.createRequest(method, url)
    const send = request.send.bind(request)
    request.send = (body) => {
      const answer = send(body)
      if (method === 'PATCH') request.getUnderlyingObject().on('finish', () => { this.lastByte = performance.now() })
      return answer
    }
    return request
  }
}

function upload({ bytes, metadata }) {
  const httpStack = new Stack({ agent })
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(bytes, {
      endpoint: job.endpoint,
      metadata,
      retryDelays: null,
      httpStack,
      onError: reject,
      onSuccess: () => resolve(httpStack.lastByte),
    })
    upload.start()
  })
}

async function receipt(id) {
  for (;;) {
    const reply = await call(`${job.receipts}/${id}?wait_seconds=30`, 'GET')
    if (reply.receipt) {
      if (reply.state !== 'accepted') throw new Error(`packet ${id}: ${reply.state}`)
      return
    }
  }
}

async function worker(queue, times) {
  for (let packet = queue.shift(); packet; packet = queue.shift()) {
    const last = await upload(packet)
    if (job.receipts) await receipt(packet.id)
    times.push(performance.now() - last)
  }
}

if (job.activate) {
  console.log(JSON.stringify(await call(job.activate, 'POST', JSON.stringify(job.request))))
} else {
  const queue = await Promise.all(job.packets.map(async (packet) => ({ ...packet, bytes: await readFile(packet.file) })))
  const times = []
  const start = performance.now()
  await Promise.all(Array.from({ length: job.parallel }, () => worker(queue, times)))
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, last_byte_ms: times }))
}
process.exit(0)
