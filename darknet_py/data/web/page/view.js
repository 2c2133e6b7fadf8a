// What is seen of a picture that was looked at: boxes, table, counts, lines, times; and the files that are saved of it.

import { areCharacters, readLines } from "../core/lines.js";
import { Classes } from "./classes.js";
import { darknetJson } from "./darknet_json.js";
import { element, save, stem } from "./dom.js";
import { shapesOf } from "./draw.js";
import { Stage } from "./stage.js";
import { Table, tally } from "./table.js";

/**
 * @typedef {import("./looking.js").Scene} Scene
 * @typedef {import("../core/darknet.js").Found} Found
 * @typedef {import("../core/darknet.js").Network} Network
 */

export class View {
  /** @param {Network} network @param {(text: string) => void} say */
  constructor(network, say) {
    Object.assign(this, { network, say, scene: null, found: null, boxes: [], shapes: [] });
    this.reads = areCharacters(network.names);
    this.stage = new Stage(element("canvas"), (shape) => this.point(shape?.classes[0]));
    this.table = new Table(element("table"), element("counts"), (detection) => this.point(detection));
    const parts = Object.fromEntries(["search", "all", "none", "chosen"].map((id) => [id, element(id)]));
    this.classes = new Classes({ list: element("classes"), ...parts }, network.names, () => this.update());
    element("reading").hidden = !this.reads;
    element("counts").hidden = this.reads; // the lines tell
    element("json").addEventListener("click", () => this.saveJson([{ filename: this.scene.name, boxes: this.boxes }], `${stem(this.scene.name)}.json`));
    element("png").addEventListener("click", () => this.savePng());
    element("copy").addEventListener("click", () => this.copy());
  }

  /** @param {Scene} scene @param {Found} found */
  show(scene, found) {
    const times = this.scene === scene ? { ...this.found.times, boxes: found.times.boxes } : found.times;
    Object.assign(this, { scene, found: { ...found, times } });
    this.update();
    this.showTimes({ decode: scene.decode, ...times });
  }

  /** Nothing is seen. */
  clear() {
    Object.assign(this, { scene: null, found: null, boxes: [], shapes: [] });
    this.stage.show(null, [], "No picture");
    this.table.show([], { width: 0, height: 0 });
    element("empty").hidden = false;
    element("lines").textContent = "";
    for (const time of document.querySelectorAll("#times dd")) time.textContent = "–";
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
    for (const id of ["json", "png", "copy"]) element(id).disabled = !enabled;
  }

  /** Mark a detection where it is seen and where it is told. */
  point(detection) {
    this.stage.mark(this.shapes.find(({ classes }) => classes.includes(detection)) ?? null);
    this.table.mark(detection);
  }

  showTimes(times) {
    const all = Object.values(times).reduce((sum, time) => sum + time, 0);
    for (const [name, time] of Object.entries({ ...times, all })) {
      element(`time-${name}`).textContent = `${time.toFixed(time < 10 ? 1 : 0)} ms`;
    }
  }

  /** @param {Parameters<typeof darknetJson>[0]} pictures @param {string} name  of the file */
  saveJson(pictures, name) {
    save(new Blob([darknetJson(pictures)], { type: "application/json" }), name);
  }

  async savePng() {
    save(await this.stage.png(), `${stem(this.scene.name)}-boxes.png`);
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(element("lines").textContent);
      this.say("The lines are in the clipboard.");
    } catch {
      getSelection().selectAllChildren(element("lines"));
      this.say("This browser keeps pages from the clipboard: the lines are selected, copy them with its menu.");
    }
  }
}
