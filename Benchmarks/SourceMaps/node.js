// Decodes a map with Node's own SourceMap; prints the best times in milliseconds.
const { readFileSync } = require("node:fs");
const { SourceMap } = require("node:module");

const text = readFileSync(process.argv[2], "utf8");
const best = (body) => {
  let least = Infinity;
  const end = performance.now() + 1500;
  do {
    const start = performance.now();
    body();
    least = Math.min(least, performance.now() - start);
  } while (performance.now() < end);
  return least;
};
const parse = best(() => JSON.parse(text));
const whole = best(() => new SourceMap(JSON.parse(text)));
console.log(`node_parse_ms=${parse.toFixed(3)} node_decode_ms=${whole.toFixed(3)}`);
