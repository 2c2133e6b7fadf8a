// The streams that a service watches: a choice of them, and the one that is looked at, live, with numbers of its objects.

import { partsOf } from "../core/parts.js";
import { element, make } from "./dom.js";

/**
 * @typedef {{name: string, model: string, state: string, error: string}} Stream
 * @typedef {import("../core/service.js").Service} Service
 * @typedef {import("./looking.js").Scene} Scene
 */

const AGAIN = 2000; // milliseconds between two questions of how a stream is, and until one that broke off is asked for again
const LOCKED = ["thresh", "nms"]; // what the service alone can say of a stream

export class Streams {
  /**
   * @param {Service} service @param {(scene: Scene, found: object) => void} show  called with each frame
   * @param {(stream: Stream) => void} begin  before the first @param {(text: string, isError?: boolean) => void} say
   */
  constructor(service, show, begin, say) {
    Object.assign(this, { service, show, begin, say, watching: null, told: "" });
    element("stream").addEventListener("change", ({ target }) => (target.value ? this.watch(target.value) : this.leave()));
  }

  /** Offer the streams that there are. */
  async offer() {
    const streams = await this.all();
    element("stream").replaceChildren(...["", ...streams.map(({ name }) => name)].map((name) => make("option", { value: name, textContent: name || "–" })));
    element("streams").hidden = !streams.length;
  }

  /** @returns {Promise<Stream[]>} */
  async all() {
    const { body } = await this.service.ask("v1/streams");
    return JSON.parse(new TextDecoder().decode(body)).streams;
  }

  /** Look at a stream until another one, or something else, is chosen. */
  async watch(name) {
    const stream = (await this.all()).find((one) => one.name === name);
    if (element("stream").value !== name) return; // another one was chosen meanwhile
    if (stream) this.begin(stream); // stops the one before
    const watching = (this.watching = new AbortController());
    element("stream").value = name;
    for (const id of LOCKED) element(id).disabled = true;
    this.told = "";
    this.follow(name, watching.signal).catch((error) => this.say(error.message, true));
    while (!watching.signal.aborted) {
      await this.play(name, watching.signal).catch(() => {}); // `follow` tells
      await pause(AGAIN);
    }
  }

  /** No stream is looked at. */
  stop() {
    this.watching?.abort();
    this.watching = null;
    element("stream").value = "";
    for (const id of LOCKED) element(id).disabled = false;
  }

  leave() {
    this.stop();
    this.say("The stream goes on without being looked at; its last picture stays.");
  }

  async play(name, signal) {
    const { base, authorization: headers } = this.service;
    const response = await fetch(new URL(`v1/streams/${encodeURIComponent(name)}?boxes=0`, base), { headers, signal });
    let last = null;
    for await (const { fields, body } of partsOf(response.body)) {
      const start = performance.now(), image = await createImageBitmap(new Blob([body], { type: "image/jpeg" }));
      if (signal.aborted) return;
      const { width, height } = image, boxes = JSON.parse(fields.get("detections")).objects.map(detection);
      this.show({ image, width, height, name, open: performance.now() - start }, { boxes, legible: boxes, thresh: 0, times: {} });
      last?.close();
      last = image;
    }
  }

  /** Say how the stream is, whenever that changes. */
  async follow(name, signal) {
    while (!signal.aborted) {
      const streams = await this.all(), stream = streams.find((one) => one.name === name);
      if (signal.aborted) return;
      const { state, error } = stream ?? { state: "gone", error: "" };
      const text = `${name} is ${state === "running" ? "live" : state}${error && `: ${error}`}.`;
      if (text !== this.told) this.say(text, Boolean(error));
      this.told = text;
      await pause(AGAIN);
    }
  }
}

/** An object of a stream as the page has others. */
function detection({ class_id, name, confidence, track_id, relative_coordinates: { center_x, center_y, width, height } }) {
  return { class_id, name, prob: confidence, box: [center_x, center_y, width, height], track_id };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
