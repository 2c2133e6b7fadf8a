// What the page of `darknet_py serve` uses in the place of Darknet: pictures go to the service, boxes come from it.

import { detectionsInPicture } from "./boxes.js";
import { unpacked } from "./candidates.js";
import { get } from "./description.js";
import { turnsWebP } from "./exif.js";
import { foundBy, weakest } from "./lines.js";
import { openPicture } from "./picture.js";

/**
 * @typedef {import("./description.js").Network} Network
 * @typedef {import("./detector.js").Found} Found
 * @typedef {import("./boxes.js").Options} Options
 * @typedef {{tell: (message: string) => void, askToken: (message: string) => Promise<string>}} User
 *   tell: of what is waited for; askToken: for the service's token
 */

const LEAST = 0.005; // the lowest threshold of the page
const QUALITY = 0.92; // of a frame as JPEG
const PAUSE = 1, LONGEST = 10; // seconds until the service is asked again
const LOOK = 100; // milliseconds until it is looked again whether an answer is wanted
const KEEP = "darknet_py.token";
const GONE = "The service cannot be reached. It is asked again until it answers; is it still running?";

/** Whether a folder's page is that of a service. */
export async function isService(base) {
  const description = await get(base, "network.json").then((response) => response.json()).catch(() => null);
  return description?.service === true;
}

export class Service {
  /** @param {User} user @param {URL} [base]  the service's address @returns {Promise<Service>} */
  static async open(user, base = new URL("../", import.meta.url)) {
    const service = new Service(user, base);
    await service.refresh();
    return service;
  }

  constructor(user, base) {
    Object.assign(this, { user, base, models: [], seen: null, token: sessionStorage.getItem(KEEP) ?? "" });
    /** @type {Network} */ this.network = undefined;
  }

  static times = {
    open: "Shown here", queue: "Queue", decode: "Decode", network: "Network", boxes: "Boxes", encode: "Answer", way: "On the way",
  };

  get times() {
    return Service.times;
  }

  /** Ask for the models anew, which may have been exchanged.  @returns {Promise<boolean>}  whether the one in use was */
  async refresh(isWanted = undefined) {
    const answer = await this.ask("v1/models", null, isWanted), before = this.network;
    const { models } = JSON.parse(new TextDecoder().decode(answer.body));
    if (!models.length) throw new Error("The service has no model by now; load one, and try again.");
    this.models = models;
    this.network = models.find(({ name }) => name === before?.name) ?? models[0];
    return JSON.stringify(this.network) !== JSON.stringify(before);
  }

  /** Use another model.  @param {string} name */
  use(name) {
    this.network = this.models.find((model) => model.name === name);
    this.seen = null;
  }

  /** What `Looking` gives to `detect`: the file as it is, so that the service decodes it itself. */
  async source({ file, image }) {
    return file ?? asFile(image);
  }

  /**
   * What is in a picture, with the boxes of `darknet_py detect`.
   * @param {Blob} file @param {Options & {upright?: boolean, isWanted?: () => boolean}} [options]
   *   isWanted: whether it is worth being asked again @returns {Promise<Found>}
   */
  async detect(file, { upright = false, isWanted, ...options } = {}) {
    const start = performance.now(), { network } = this, thresh = network.rows ? weakest(LEAST) : options.thresh ?? network.thresh;
    const answer = await this.ask(this.path("candidates", { thresh, exif: upright }), file, isWanted);
    const arrived = performance.now();
    this.seen = { network, file, upright, ...unpacked(answer.body, network.names.length) };
    const found = this.found(options), spent = timesOf(answer.headers);
    const way = Math.max(arrived - start - Object.values(spent).reduce((sum, time) => sum + time, 0), 0);
    return { ...found, times: { ...spent, way, boxes: spent.boxes + found.times.boxes } };
  }

  /**
   * The last picture's boxes by other options: without the service, but where classes are a tree (there are no `rows`), as
   * the threshold says which of them a box has.  @param {Options} [options] @returns {Promise<Found>}
   */
  async again(options = {}) {
    const { network, file, upright } = this.seen;
    return network.rows ? this.found(options) : this.detect(file, { ...options, upright });
  }

  /** @returns {Found} */
  found(options) {
    const start = performance.now(), { network, width, height } = this.seen, { thresh = network.thresh } = options;
    const above = (least) => detectionsInPicture(this.seen, network, { ...options, thresh: least });
    return { ...foundBy(above, network.names, thresh), times: { boxes: performance.now() - start }, width, height };
  }

  /** A picture to be shown: by the browser where it shows what the service sees, else as the service decodes it. */
  async open(file, { upright }) {
    try {
      if (!upright || !(await turnsWebP(file))) return await openPicture(file, { upright });
    } catch {
      // the service may know more kinds of files
    }
    const drawn = await this.ask(this.path("detect", { thresh: 1, exif: upright }), file, undefined, { Accept: "image/png" });
    return openPicture(new Blob([drawn.body]));
  }

  path(what, options) {
    return `v1/${what}?${new URLSearchParams({ model: this.network.name, ...options })}`;
  }

  /** How to say the same in a shell.  @param {Options} options  classes: their names */
  curl(name, { thresh, nms, classes, upright }) {
    const path = this.path("detect", { thresh, nms, ...(classes && { classes }), exif: Boolean(upright) });
    return this.command(`-F ${quoted(`picture=@"${name.replace(/["\\]/g, "\\$&")}"`)}`, path);
  }

  /** How to get the objects of a stream in a shell.  @param {string} name */
  curlOfStream(name) {
    return this.command("-N", `v1/streams/${encodeURIComponent(name)}/boxes`);
  }

  command(words, path) {
    const token = this.token ? ` -H "Authorization: Bearer $TOKEN"` : "";
    return `curl -sS${token} ${words} ${quoted(String(new URL(path, this.base)))}`;
  }

  /**
   * What the service answers, whole; asked again as long as that may help.
   * @param {string} path @param {Blob} [file]  that is sent @param {() => boolean} [isWanted] @param {object} [headers]
   */
  async ask(path, file = null, isWanted = () => true, headers = {}) {
    for (;;) {
      const answer = await this.once(path, file, isWanted, headers);
      if (answer?.ok) return answer;
      if (!isWanted()) throw new Error("Another picture is looked at.");
      if (answer && ![401, 503].includes(answer.status)) throw new Error(errorOf(answer, file?.name));
      if (answer?.status === 401) this.token = await this.user.askToken(this.token ? errorOf(answer) : "");
      else await this.pause(answer, isWanted);
    }
  }

  /**
   * What it answers, which is broken off where it is not wanted any more: that frees the picture's place.
   * @returns {Promise<{ok: boolean, status: number, headers: Headers, body: ArrayBuffer} | null>}  null: no answer
   */
  async once(path, file, isWanted, more) {
    const headers = { "Content-Type": "application/octet-stream", ...more, ...this.authorization }, leaving = new AbortController();
    const request = { method: file ? "POST" : "GET", body: file, headers, signal: leaving.signal };
    const looked = setInterval(() => isWanted() || leaving.abort(), LOOK);
    const response = await fetch(new URL(path, this.base), request).catch(() => null);
    const body = await response?.arrayBuffer().catch(() => null);
    clearInterval(looked);
    if (!body) return null;
    if (response.ok && this.token) sessionStorage.setItem(KEEP, this.token);
    return { ok: response.ok, status: response.status, headers: response.headers, body };
  }

  /** Headers that show the token, if there is one. */
  get authorization() {
    return this.token ? { Authorization: `Bearer ${this.token}` } : {};
  }

  async pause(answer, isWanted) {
    this.user.tell(answer ? `${errorOf(answer)}: it is asked again.` : GONE);
    const seconds = Math.min(Number(answer?.headers.get("Retry-After")) || PAUSE, LONGEST), end = performance.now() + 1000 * seconds;
    while (performance.now() < end && isWanted()) await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

/** A frame of a video or a camera as a file. */
async function asFile(image) {
  const canvas = image instanceof OffscreenCanvas ? image : new OffscreenCanvas(image.width, image.height);
  if (canvas !== image) canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/** Milliseconds of each stage, as the header Server-Timing has them. */
function timesOf(headers) {
  const stages = [...(headers.get("Server-Timing") ?? "").matchAll(/(\w+);[^,]*?dur=([\d.]+)/g)];
  return { queue: 0, decode: 0, network: 0, boxes: 0, encode: 0, ...Object.fromEntries(stages.map(([, name, time]) => [name, Number(time)])) };
}

/** The line that says what is wrong, with the file. */
function errorOf({ status, body }, name = "") {
  try {
    const { error } = JSON.parse(new TextDecoder().decode(body));
    return name ? `${name}: ${error.replace(/^the picture: /, "")}` : error.replace(/^./, (c) => c.toUpperCase());
  } catch {
    return `The service answers ${status}.`;
  }
}

/** For a shell. */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
