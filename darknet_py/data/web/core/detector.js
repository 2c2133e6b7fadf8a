// A network that finds objects in pictures; runs in a page, or in a worker (see darknet.js, which is what pages use).

import { detections } from "./boxes.js";
import { read, readModel } from "./description.js";
import { foundBy } from "./lines.js";
import { inputOf, openPicture, pixelsOf } from "./picture.js";
import { Session } from "./session.js";

/**
 * @typedef {import("./boxes.js").Options} Options
 * @typedef {import("./boxes.js").Detection} Detection
 * @typedef {{picture: number, network: number, boxes: number}} Times  milliseconds: to the input, in the network, to boxes
 * @typedef {{boxes: Detection[], legible: Detection[], thresh: number, times: Times, width: number, height: number}} Found
 *   legible: where classes are characters, those of `boxes` and the weaker ones that readLines needs; thresh: that of `boxes`
 */

export class Detector {
  /**
   * @param {string | URL} base  the folder that `darknet_py export -web` wrote
   * @param {{backend?: "webgpu" | "wasm" | null, threads?: number | null}} [options]
   * @param {(done: number, size: number) => void} [report]  bytes of the model that are there, and of all
   * @returns {Promise<Detector>}
   */
  static async load(base, options = {}, report = undefined) {
    const network = await read(base);
    const session = await Session.open(base, await readModel(base, network, report), network, options);
    return new Detector(network, session);
  }

  constructor(network, session) {
    Object.assign(this, { network, session, running: session.running, seen: null });
  }

  /**
   * What is in a picture.
   * @param {Blob | ImageBitmap | ImageData} source @param {Options & {upright?: boolean}} [options]
   * @returns {Promise<Found>}
   */
  async detect(source, options = {}) {
    const start = performance.now();
    const pixels = source instanceof ImageData ? source : pixelsOf(await openPicture(source, options));
    const input = inputOf(pixels, this.network), ready = performance.now();
    const outputs = await this.session.run(input);
    this.seen = { outputs, size: { width: pixels.width, height: pixels.height } };
    return this.found({ picture: ready - start, network: performance.now() - ready }, options);
  }

  /** The same picture's boxes by other options, without the network.  @param {Options} [options] @returns {Found} */
  again(options = {}) {
    if (!this.seen) throw new Error("no picture has been looked at");
    return this.found({ picture: 0, network: 0 }, options);
  }

  found(times, options) {
    const start = performance.now(), { outputs, size } = this.seen, { thresh = this.network.thresh } = options;
    const above = (least) => detections(outputs, this.network, size, { ...options, thresh: least });
    const found = foundBy(above, this.network.names, thresh);
    return { ...found, times: { ...times, boxes: performance.now() - start }, ...size };
  }
}

