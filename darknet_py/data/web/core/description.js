// network.json: what the page must know of the network beside its model.

import { OVERLAPS } from "./boxes.js";

/**
 * @typedef {object} Network
 * @property {string} name  of the cfg
 * @property {string} version  of darknet_py that wrote it
 * @property {number} width  of the network's input, in pixels
 * @property {number} height
 * @property {number} channels  1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
 * @property {boolean} letter_box  whether pictures keep their proportions
 * @property {string[]} names  of the classes
 * @property {number} thresh  least probability, if none is asked for
 * @property {number} nms  largest overlap of two boxes of a class, if none is asked for
 * @property {"default" | "greedynms" | "diounms" | "cornersnms"} nms_kind
 * @property {number} beta_nms  of diounms
 * @property {string} model  the model's file
 * @property {number} bytes  of that file
 * @property {string[]} [examples]  paths of pictures that the page offers
 */

const FILE = "network.json";
const isCount = (value) => Number.isInteger(value) && value > 0;
const isShare = (value) => typeof value === "number" && value >= 0 && value <= 1;

/** What must hold for each value that is used. */
const RULES = {
  width: isCount,
  height: isCount,
  channels: (value) => isCount(value) && value <= 4,
  letter_box: (value) => typeof value === "boolean",
  names: (value) => Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string"),
  thresh: isShare,
  nms: isShare,
  nms_kind: (value) => typeof value === "string" && Object.hasOwn(OVERLAPS, value),
  beta_nms: (value) => typeof value === "number",
  model: (value) => typeof value === "string" && /^[\w.-]+$/.test(value),
  bytes: isCount,
  examples: (value) => value === undefined || (Array.isArray(value) && value.every((path) => typeof path === "string")),
};

/** @param {string} text  of network.json @returns {Network}  Throws an Error that says what is wrong. */
export function parse(text) {
  let network;
  try {
    network = JSON.parse(text);
  } catch (error) {
    throw new Error(`${FILE} is not JSON (${error.message}); export the page again`, { cause: error });
  }
  for (const [key, holds] of Object.entries(RULES)) {
    if (!holds(network?.[key])) {
      throw new Error(`${FILE}: ${key} is ${JSON.stringify(network?.[key]) ?? "missing"}, which cannot be; export the page again`);
    }
  }
  return network;
}

/** @param {string | URL} base  the page's folder @returns {Promise<Network>} */
export async function read(base) {
  return parse(await (await get(base, FILE)).text());
}

/**
 * The model's bytes, all of them.
 * @param {string | URL} base @param {Network} network @param {(done: number, size: number) => void} [report]
 * @returns {Promise<Uint8Array>}
 */
export async function readModel(base, network, report = () => {}) {
  const bytes = new Uint8Array(network.bytes);
  let end = 0;
  for await (const chunk of chunks(await get(base, network.model))) {
    if (end + chunk.length <= bytes.length) bytes.set(chunk, end);
    end += chunk.length;
    report(Math.min(end, bytes.length), bytes.length);
  }
  if (end !== bytes.length) {
    throw new Error(`${network.model} has ${end} bytes, but ${bytes.length} were exported: it was cut or exchanged; copy the whole folder again`);
  }
  return bytes;
}

/** A file of the page's folder.  Rejects with an Error that says what is wrong. */
export async function get(base, file) {
  let response;
  try {
    response = await fetch(new URL(file, base));
  } catch (error) {
    throw new Error(`${file} cannot be loaded (${error.message}); is the server still there?`, { cause: error });
  }
  if (!response.ok) throw new Error(`${file} cannot be loaded (${response.status} ${response.statusText}); copy the whole folder to the server`);
  return response;
}

/** As Safari, too, gives them. */
async function* chunks(response) {
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}
