// The table of what was found, and how many of each class.  Arrow keys go from row to row.

import { make } from "./dom.js";
import { called } from "./draw.js";
import { colorOf } from "./palette.js";

/** @typedef {import("../core/boxes.js").Detection} Detection */

const HEAD = 24; // pixels of the row of names, which stays
const EDGES = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

export class Table {
  /**
   * @param {HTMLElement} body @param {HTMLElement} counts @param {(found: Detection | null) => void} point
   * @param {(found: Detection) => void} goTo  called with an entry that is clicked
   */
  constructor(body, counts, point, goTo) {
    Object.assign(this, { body, counts, point, found: [] });
    body.addEventListener("keydown", (event) => this.move(event));
    body.addEventListener("click", ({ target }) => target.closest("button") && goTo(this.of(target)));
    body.addEventListener("focusin", ({ target }) => point(this.of(target)));
    body.addEventListener("focusout", () => point(null));
    body.addEventListener("pointerover", ({ target }) => point(this.of(target)));
    body.addEventListener("pointerleave", () => point(this.of(document.activeElement)));
  }

  /** @param {Detection[]} found @param {{width: number, height: number}} size  of the picture */
  show(found, size) {
    this.found = [...found].sort((a, b) => b.prob - a.prob);
    const focused = [...this.body.rows].findIndex((row) => row.contains(document.activeElement));
    this.body.replaceChildren(...this.found.map((detection, i) => row(detection, size, i)));
    if (focused >= 0) this.focus(focused);
    this.counts.replaceChildren(...tally(this.found).map(([name, count]) => make("li", {}, `${name} `, make("b", { textContent: count }))));
  }

  /** Mark the row of a detection, if there is one; `reveal` it.  @param {Detection | undefined} detection @param {boolean} reveal */
  mark(detection, reveal) {
    [...this.body.rows].forEach((row, i) => row.classList.toggle("marked", this.found[i] === detection));
    const row = reveal && this.body.rows[this.found.indexOf(detection)], list = this.body.closest(".scroll");
    if (row) list.scrollTop = Math.min(Math.max(list.scrollTop, row.offsetTop + row.offsetHeight - list.clientHeight), row.offsetTop - HEAD);
  }

  /** @returns {Detection | null} */
  of(target) {
    const row = target?.closest?.("tr");
    return row && this.body.contains(row) ? this.found[row.rowIndex - 1] : null;
  }

  move(event) {
    if (!(event.key in EDGES)) return;
    event.preventDefault();
    event.stopPropagation();
    this.focus(event.target.closest("tr").rowIndex - 1 + EDGES[event.key]);
  }

  /** Only one row is in the order of the tab key. */
  focus(index) {
    const buttons = [...this.body.querySelectorAll("button")], i = Math.min(Math.max(index, 0), buttons.length - 1);
    buttons.forEach((button, j) => (button.tabIndex = i === j ? 0 : -1));
    buttons[i]?.focus();
  }
}

function row(found, { width, height }, i) {
  const { class_id, prob, box: [x, y, w, h] } = found;
  const swatch = make("span", { className: "swatch" });
  swatch.style.background = colorOf(class_id);
  const places = [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height].map(Math.round);
  return make("tr", {},
    make("th", { scope: "row" }, make("button", { type: "button", tabIndex: i ? -1 : 0 }, swatch, called(found))),
    ...[Math.round(prob * 100), ...places].map((value) => make("td", { textContent: value })));
}

/** Names and how often each was found, in the order of the list.  @param {Detection[]} found @returns {[string, number][]} */
export function tally(found) {
  const counts = new Map();
  for (const { name } of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
