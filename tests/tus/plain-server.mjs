// A plain tus server over TLS: stores what it is sent and does nothing else. The peer of the ingest bench.
// Arguments: folder, certificate, key (PEM files). Prints its port and ends when its standard input does.
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const [folder, cert, key] = process.argv.slice(2)
const tus = new Server({ path: '/files', relativeLocation: true, datastore: new FileStore({ directory: folder }) })
const listening = https.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, tus.handle.bind(tus))
listening.listen(0, '127.0.0.1', () => console.log(listening.address().port))
process.stdin.on('end', () => process.exit(0)).resume()
