// Checks what a browser must load before the first page: the entry script, all
// that it imports statically, and the style sheets of index.html, gzipped.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const limit = 450_000;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const html = readFileSync(join(dist, "index.html"), "utf8");
const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((m) => m[1]);
const seen = new Set();
let total = gzipSync(html).length;

function visit(file) {
  if (seen.has(file)) return;
  seen.add(file);
  const bytes = readFileSync(join(dist, file));
  total += gzipSync(bytes).length;
  if (!file.endsWith(".js")) return;
  for (const m of bytes.toString("utf8").matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) {
    visit(`assets/${m[1]}`);
  }
}

first.forEach(visit);
const line = `first load: ${(total / 1000).toFixed(1)} kB gzip in ${seen.size + 1} files, limit ${limit / 1000} kB`;
if (total > limit) {
  process.stderr.write(`${line}: too much\n`);
  process.exit(1);
}
process.stdout.write(`${line}\n`);
