// Which classes are shown.

import { make } from "./dom.js";

export class Classes {
  /**
   * @param {{list: HTMLElement, search: HTMLInputElement, all: HTMLElement, none: HTMLElement, chosen: HTMLElement}} parts
   * @param {() => void} changed
   */
  constructor(parts, changed) {
    Object.assign(this, { parts, changed, boxes: [], items: [] });
    parts.list.addEventListener("change", () => this.tell());
    parts.search.addEventListener("input", () => this.filter());
    parts.all.addEventListener("click", () => this.set(true));
    parts.none.addEventListener("click", () => this.set(false));
  }

  /** All of them, chosen.  @param {string[]} names */
  use(names) {
    this.boxes = names.map((name, value) => make("input", { type: "checkbox", checked: true, value }));
    this.items = names.map((name, i) => make("li", { data: { name: name.toLowerCase() } }, make("label", {}, this.boxes[i], name)));
    this.parts.list.replaceChildren(...this.items);
    this.filter();
    this.tell();
  }

  /** The numbers of those that are chosen, null for all.  @returns {number[] | null} */
  get chosen() {
    return this.boxes.every((box) => box.checked) ? null : this.boxes.flatMap((box, i) => (box.checked ? [i] : []));
  }

  /** Whether a class is shown.  @param {number} classId */
  has(classId) {
    return this.boxes[classId].checked;
  }

  /** Choose all that the search shows, or none of them. */
  set(checked) {
    this.boxes.forEach((box, i) => this.items[i].hidden || (box.checked = checked));
    this.tell();
  }

  filter() {
    const text = this.parts.search.value.trim().toLowerCase();
    for (const item of this.items) item.hidden = !item.dataset.name.includes(text);
  }

  tell() {
    const count = this.boxes.filter((box) => box.checked).length;
    this.parts.chosen.textContent = count === this.boxes.length ? "all" : `${count} of ${this.boxes.length}`;
    this.changed();
  }
}
