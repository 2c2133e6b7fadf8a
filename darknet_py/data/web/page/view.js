// What is seen of a picture that was looked at: boxes, table, counts, lines, times; and what is saved and copied of it.

import { areCharacters, readLines } from "../core/lines.js";
import { Classes } from "./classes.js";
import { copied, yoloLines } from "./copying.js";
import { darknetJson } from "./darknet_json.js";
import { element, make, save, stem } from "./dom.js";
import { shapesOf } from "./draw.js";
import { Stage } from "./stage.js";
import { Table, tally } from "./table.js";

/**
 * @typedef {import("./looking.js").Scene} Scene
 * @typedef {import("../core/darknet.js").Found} Found
 * @typedef {import("../core/darknet.js").Network} Network
 */

const MADE = ["json", "png", "copy", "copy-json", "copy-yolo", "copy-curl"]; // buttons that need what was found
const NO_CLIPBOARD = "This browser keeps pages from the clipboard: save the file, or mark and copy what is to be seen.";

export class View {
  /** @param {Record<string, string>} stages  what times are called @param {(text: string) => void} say @param {() => string} curl */
  constructor(stages, say, curl) {
    Object.assign(this, { stages, say, curl, scene: null, found: null, boxes: [], shapes: [] });
    this.stage = new Stage(element("canvas"), element("zoom"), (shape) => this.point(shape?.classes[0], true));
    this.table = new Table(element("table"), element("counts"), (detection) => this.point(detection), ({ box }) => this.stage.zoom.goTo(box));
    const parts = Object.fromEntries(["search", "all", "none", "chosen"].map((id) => [id, element(id)]));
    this.classes = new Classes({ list: element("classes"), ...parts }, () => this.update());
    this.listen({
      closer: () => this.stage.zoom.by(1.5), farther: () => this.stage.zoom.by(1 / 1.5), whole: () => this.stage.zoom.by(0),
      json: () => this.saveJson([this.entry()], `${stem(this.scene.name)}.json`), png: () => this.savePng(),
      copy: () => this.copy(element("lines").textContent, "The lines are"), "copy-curl": () => this.copy(curl(), "The command is"),
      "copy-json": () => this.copy(darknetJson([this.entry()]), "JSON is"), "copy-yolo": () => this.copy(yoloLines(this.boxes), "Label lines are"),
    });
    this.showTimes({});
  }

  listen(clicks) {
    for (const [id, act] of Object.entries(clicks)) element(id).addEventListener("click", act);
  }

  /** @param {Network} network */
  use(network) {
    this.reads = areCharacters(network.names);
    element("reading").hidden = !this.reads;
    element("counts").hidden = this.reads; // the lines tell
    this.clear();
    this.classes.use(network.names);
  }

  /** A picture before it is known what is in it.  @param {Scene} scene */
  preview(scene) {
    this.clear();
    element("empty").hidden = true;
    this.stage.show(scene, [], `${scene.name}: is being looked at`);
  }

  /** @param {Scene} scene @param {Found} found */
  show(scene, found) {
    const times = this.scene === scene ? { ...this.found.times, boxes: found.times.boxes } : found.times;
    Object.assign(this, { scene, found: { ...found, times: { open: scene.open, ...times } } });
    this.update();
    this.showTimes(this.found.times);
  }

  /** Nothing is seen. */
  clear() {
    Object.assign(this, { scene: null, found: null, boxes: [], shapes: [] });
    this.stage.show(null, [], "No picture");
    this.table.show([], { width: 0, height: 0 });
    element("empty").hidden = false;
    element("lines").textContent = "";
    this.showTimes({});
    this.enable(false);
  }

  /** The same picture, after what is wanted of it has changed. */
  update() {
    if (!this.scene) return;
    const isShown = ({ class_id, name }) => this.classes.has(class_id) && !name.startsWith("dont_show");
    this.boxes = this.found.boxes.filter(isShown);
    this.shapes = shapesOf(this.boxes);
    const counts = tally(this.boxes).map(([name, count]) => `${count} ${name}`).join(", ");
    element("empty").hidden = true;
    this.stage.show(this.scene, this.shapes, `${this.scene.name}: ${counts || "nothing found"}`);
    this.table.show(this.boxes, this.scene);
    if (this.reads) {
      const lines = readLines(this.found.legible.filter(isShown), this.scene, this.found.thresh);
      element("lines").textContent = lines.map(({ text }) => text).join("\n");
    }
    this.enable(true);
  }

  enable(enabled) {
    for (const id of MADE) element(id).disabled = !enabled;
    if (enabled) element("copy-curl").disabled = !this.curl();
  }

  /** Mark a detection where it is seen and where it is told, which `reveal` brings into the list's view. */
  point(detection, reveal = false) {
    this.stage.mark(this.shapes.find(({ classes }) => classes.includes(detection)) ?? null);
    this.table.mark(detection, reveal);
  }

  /** Milliseconds together, as far as they are known. */
  get together() {
    return Object.values(this.found.times).reduce((sum, time) => sum + time, 0);
  }

  showTimes(times) {
    const told = (time) => (time === undefined ? "–" : `${time.toFixed(time < 10 ? 1 : 0)} ms`);
    const rows = [...Object.entries(this.stages).map(([key, label]) => [label, times[key]]), ["Together", this.found ? this.together : undefined]];
    element("stages").replaceChildren(...rows.map(([label, time]) =>
      make("div", {}, make("dt", { textContent: label }), make("dd", { textContent: told(time) }))));
  }

  /** What darknetJson needs of this picture. */
  entry() {
    return { filename: this.scene.name, boxes: this.boxes };
  }

  /** @param {Parameters<typeof darknetJson>[0]} pictures @param {string} name  of the file */
  saveJson(pictures, name) {
    save(new Blob([darknetJson(pictures)], { type: "application/json" }), name);
  }

  async savePng() {
    save(await this.stage.png(), `${stem(this.scene.name)}-boxes.png`);
  }

  /** @param {string} what  of the message */
  async copy(text, what) {
    this.say((await copied(text)) ? `${what} in the clipboard.` : NO_CLIPBOARD);
  }
}
