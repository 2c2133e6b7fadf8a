// What a page uses: a Detector in a worker of its own, so that the page stays quick.
//
//   import { Darknet } from "./core/darknet.js";
//   const net = await Darknet.load();
//   const { boxes, times, width, height } = await net.detect(file, { thresh: 0.3 });

import { openPicture } from "./picture.js";

/**
 * @typedef {import("./description.js").Network} Network
 * @typedef {import("./session.js").Running} Running
 * @typedef {import("./detector.js").Found} Found
 * @typedef {import("./boxes.js").Options} Options
 */

export class Darknet {
  /**
   * Load the network that lies in a folder, and run it once.
   * @param {{base?: string | URL, backend?: "webgpu" | "wasm" | null, threads?: number | null,
   *   report?: (done: number, size: number) => void}} [options]
   *   base: the folder that `darknet_py export -web` wrote, the page's if not given; backend, threads: null for the best that
   *   there is; report: is told bytes of the model that are there, and of all
   * @returns {Promise<Darknet>}  Rejects with an Error whose message can be shown.
   */
  static async load({ base = new URL("../", import.meta.url), backend = null, threads = null, report = () => {} } = {}) {
    const net = new Darknet(report);
    Object.assign(net, await net.ask("load", [String(base), { backend, threads }]));
    return net;
  }

  constructor(report) {
    /** @type {Network} */ this.network = undefined;
    /** @type {Running} */ this.running = undefined;
    this.waiting = new Map();
    this.count = 0;
    this.report = report;
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.answer(data));
    this.worker.addEventListener("error", (event) => this.fail(event.message || "the worker cannot be started"));
  }

  /**
   * What is in a picture, a video's frame or a canvas, in the order and with the boxes of `darknet_py detect`.
   * @param {Blob | ImageBitmap | ImageData | HTMLVideoElement | HTMLImageElement | HTMLCanvasElement} source
   *   an ImageBitmap is used up
   * @param {Options & {upright?: boolean}} [options]  upright: turn it as its EXIF orientation says
   * @returns {Promise<Found>}
   */
  async detect(source, options = {}) {
    const bitmap = await openPicture(source, options);
    return this.ask("detect", [bitmap, plain(options)], [bitmap]);
  }

  /** The last picture's boxes by other options, without the network.  @param {Options} [options] @returns {Promise<Found>} */
  again(options = {}) {
    return this.ask("again", [plain(options)]);
  }

  /** The picture as `Looking` gives it to `detect`.  @param {import("../page/looking.js").Scene} scene */
  source({ image }) {
    return createImageBitmap(image, { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  }

  /** A picture to be shown.  @param {File} file @param {{upright: boolean}} options */
  open(file, { upright }) {
    return openPicture(file, { upright });
  }

  get times() {
    return { open: "Decode", picture: "Resize", network: "Network", boxes: "Boxes" };
  }

  close() {
    this.worker.terminate();
    this.fail("closed");
  }

  ask(method, values, moved = []) {
    return new Promise((resolve, reject) => {
      const id = ++this.count;
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, method, values }, moved);
    });
  }

  answer({ id, value, error, done, size }) {
    if (id === undefined) return this.report(done, size);
    const { resolve, reject } = this.waiting.get(id);
    this.waiting.delete(id);
    return error === undefined ? resolve(value) : reject(new Error(error));
  }

  fail(message) {
    for (const { reject } of this.waiting.values()) reject(new Error(message));
    this.waiting.clear();
  }
}

/** Options as they go to the worker. */
function plain({ thresh, nms, classes, upright }) {
  return { thresh, nms, classes: classes ? [...classes] : null, upright };
}
