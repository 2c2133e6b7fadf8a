// The canvas where the picture is seen: as fine as the screen, one box of it marked.

import { draw, placeOf } from "./draw.js";
import { Zoom } from "./zoom.js";

/**
 * @typedef {import("./draw.js").Shape} Shape
 * @typedef {{image: CanvasImageSource, width: number, height: number}} Seen
 */

const LONG_SIDE = 1000; // pixels of a picture that is saved, for which lines and letters are as on the screen

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas @param {HTMLElement} buttons  that are there with a picture
   * @param {(shape: Shape | null) => void} point  told what the pointer is on
   */
  constructor(canvas, buttons, point) {
    Object.assign(this, { canvas, buttons, seen: null, shapes: [], marked: null });
    this.context = canvas.getContext("2d");
    this.zoom = new Zoom(canvas, () => this.draw());
    new ResizeObserver(() => this.draw()).observe(canvas);
    canvas.addEventListener("pointermove", (event) => point(this.at(event)));
    canvas.addEventListener("pointerdown", (event) => point(this.at(event)));
    canvas.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && point(null));
  }

  /** @param {Seen | null} seen @param {Shape[]} shapes @param {string} description  for those who do not see */
  show(seen, shapes, description) {
    Object.assign(this, { seen, shapes, marked: null });
    this.canvas.hidden = this.buttons.hidden = !seen;
    this.canvas.setAttribute("aria-label", description);
    this.zoom.show(seen);
    this.draw();
  }

  /** @param {Shape | null} shape */
  mark(shape) {
    if (shape === this.marked) return;
    this.marked = shape;
    this.draw();
  }

  draw() {
    if (!this.seen) return;
    const unit = devicePixelRatio, width = Math.round(this.canvas.clientWidth * unit);
    const height = Math.round(this.canvas.clientHeight * unit);
    if (!width || !height) return;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    draw(this.context, this.seen.image, this.shapes, this.zoom.area(this.canvas), { unit, marked: this.marked });
  }

  /** The smallest box under the pointer.  @returns {Shape | null} */
  at({ offsetX, offsetY }) {
    if (!this.seen) return null;
    const area = this.zoom.area();
    const size = ({ box: [, , w, h] }) => w * h;
    const under = this.shapes.filter(({ box }) => {
      const { left, top, width, height } = placeOf(box, area);
      return offsetX >= left && offsetX <= left + width && offsetY >= top && offsetY <= top + height;
    });
    return under.sort((a, b) => size(a) - size(b))[0] ?? null;
  }

  /** The picture in its own size, with its boxes, as a PNG file.  @returns {Promise<Blob>} */
  png() {
    const { image, width, height } = this.seen, canvas = new OffscreenCanvas(width, height);
    draw(canvas.getContext("2d"), image, this.shapes, { left: 0, top: 0, width, height }, { unit: Math.max(width, height) / LONG_SIDE });
    return canvas.convertToBlob({ type: "image/png" });
  }
}
