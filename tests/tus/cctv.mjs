// The vectors of C2SP's CCTV for age, as JSON on standard output: base64 by name.
import * as all from "cctv-age";

const out = {};
for (const [name, bytes] of Object.entries(all)) {
  out[name] = Buffer.from(bytes).toString("base64");
}
process.stdout.write(JSON.stringify(out));
