// Which part of the picture is seen: by wheel, two fingers, drag, keys and buttons.

import { contained } from "./draw.js";

/** @typedef {import("./draw.js").Area} Area */
/** @typedef {{x: number, y: number}} Point  in pixels of the screen, from the canvas' corner */

const MOST = 40, STEP = 1.5, DOUBLE = 3; // times
const WHEEL = 0.002, PINCH = 0.01; // by pixel of a wheel; of two fingers on a touchpad
const PAN = 0.15; // of the canvas, by an arrow key
const SHARE = 0.5; // of the canvas, that a box fills which is gone to
const KEYS = { "+": STEP, "=": STEP, "-": 1 / STEP, 0: 0 };
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const limited = (value, low, high) => Math.min(Math.max(value, low), high);

export class Zoom {
  /** @param {HTMLCanvasElement} canvas @param {() => void} changed */
  constructor(canvas, changed) {
    Object.assign(this, { canvas, changed, picture: null, scale: 1, x: 0.5, y: 0.5, pointers: new Map() });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("dblclick", (event) => this.by(this.scale > 1 ? 0 : DOUBLE, pointOf(event)));
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("pointerdown", (event) => this.pointers.set(event.pointerId, pointOf(event)));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel", "pointerleave"]) {
      canvas.addEventListener(type, ({ pointerId }) => this.pointers.delete(pointerId));
    }
  }

  /** Another picture is seen whole; one of the same name and size, as a video's frame, as the one before. */
  show(picture) {
    const isSame = ["name", "width", "height"].every((key) => picture?.[key] === this.picture?.[key]);
    this.picture = picture;
    if (!isSame) this.set(1, 0.5, 0.5);
  }

  /** Where the whole picture lies; parts of it may be outside the canvas.  @returns {Area} */
  area(canvas = this.size) {
    const whole = contained(this.picture, canvas), width = whole.width * this.scale, height = whole.height * this.scale;
    return { left: edge(canvas.width, width, this.x), top: edge(canvas.height, height, this.y), width, height };
  }

  get size() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  /** Closer by a factor, 0 for the whole picture; what is at a point stays there.  @param {number} factor @param {Point} [point] */
  by(factor, point = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const { left, top, width, height } = this.area(), scale = limited(this.scale * factor, 1, MOST), grown = scale / this.scale;
    this.place(scale, point.x - (point.x - left) * grown, point.y - (point.y - top) * grown, width * grown, height * grown);
  }

  /** Move by pixels. */
  pan(x, y) {
    const { left, top, width, height } = this.area();
    this.place(this.scale, left + x, top + y, width, height);
  }

  /** Have a box in the middle, large.  @param {number[]} box */
  goTo([x, y, w, h]) {
    const { width, height } = contained(this.picture, this.size);
    const most = Math.min(this.size.width / (w * width), this.size.height / (h * height));
    this.set(limited(SHARE * most, 1, MOST), x, y);
  }

  place(scale, left, top, width, height) {
    this.set(scale, (this.size.width / 2 - left) / width, (this.size.height / 2 - top) / height);
  }

  /** @param {number} x  what is in the middle, in parts of the picture @param {number} y */
  set(scale, x, y) {
    Object.assign(this, { scale, x: limited(x, 0, 1), y: limited(y, 0, 1) });
    this.canvas.classList.toggle("zoomed", scale > 1);
    if (this.picture) this.settle();
    this.changed();
  }

  /** The middle as it is seen, which the picture's edges limit. */
  settle() {
    const { left, top, width, height } = this.area();
    if (width && height) Object.assign(this, { x: (this.size.width / 2 - left) / width, y: (this.size.height / 2 - top) / height });
  }

  wheel(event) {
    if (this.scale === 1 && event.deltaY > 0 && !event.ctrlKey) return; // the page scrolls
    event.preventDefault();
    const pixels = event.deltaMode ? 30 * event.deltaY : event.deltaY;
    this.by(Math.exp(-pixels * (event.ctrlKey ? PINCH : WHEEL)), pointOf(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = this.scale > 1 && ARROWS[event.key];
    if (!arrow && !(event.key in KEYS)) return;
    event.preventDefault();
    event.stopPropagation();
    if (arrow) this.pan(arrow[0] * PAN * this.size.width, arrow[1] * PAN * this.size.height);
    else this.by(KEYS[event.key]);
  }

  /** One pointer drags, two move and spread. */
  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point), now = pointOf(event);
    this.pointers.set(event.pointerId, now);
    if (other) this.by(distance(now, other) / (distance(before, other) || 1), middle(now, other));
    const share = other ? 0.5 : 1;
    if (this.scale > 1) this.pan((now.x - before.x) * share, (now.y - before.y) * share);
  }
}

/** Where a side begins, so that the picture fills the canvas or is in its middle. */
const edge = (canvas, side, middle) => (side <= canvas ? (canvas - side) / 2 : limited(canvas / 2 - middle * side, canvas - side, 0));
const pointOf = ({ offsetX: x, offsetY: y }) => ({ x, y });
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
const middle = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
