// Judges an OpenAPI description on standard input by the standard's own schema.
import { text } from 'node:stream/consumers'
import { Validator } from '@seriousme/openapi-schema-validator'

const validator = new Validator()
const judged = await validator.validate(JSON.parse(await text(process.stdin)))
console.log(JSON.stringify({ valid: judged.valid, version: validator.version ?? null, errors: judged.errors ?? null }))
process.exit(judged.valid ? 0 : 1)
