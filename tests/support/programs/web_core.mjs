// Answers a line of JSON, [[module, function, ...arguments], ...], with the values; arrays of numbers as float32 in base64.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
const KINDS = { f32: Float32Array, u8: Uint8ClampedArray };

function decoded(_key, value) {
  const [kind] = typeof value === "object" ? Object.keys(value ?? {}) : [];
  if (!(kind in KINDS)) return value;
  const bytes = Buffer.from(value[kind], "base64");
  return new KINDS[kind](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function encoded(value) {
  const kind = Object.keys(KINDS).find((name) => value instanceof KINDS[name]);
  return kind ? { [kind]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") } : value;
}

const answers = [];
for (const [module, name, ...values] of JSON.parse(readFileSync(0, "utf8"), decoded)) {
  const found = await import(pathToFileURL(`${folder}/${module}.js`));
  try {
    answers.push({ value: encoded(found[name](...values)) });
  } catch (error) {
    answers.push({ error: error.message });
  }
}
console.log(JSON.stringify(answers));
