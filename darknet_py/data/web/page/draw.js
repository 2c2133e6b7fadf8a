// A picture and its boxes, drawn on a canvas of any size.

import { colorOf, inkOn } from "./palette.js";

/**
 * @typedef {import("../core/boxes.js").Detection} Detection
 * @typedef {{left: number, top: number, width: number, height: number}} Area
 * @typedef {{box: number[], classes: Detection[]}} Shape  a box and its classes, the most probable first
 */

const FONT = 13, SMALL = 9, LINE = 2, PAD = 4; // in units
const PIXELATED = 8; // times from which single pixels are to be seen

/** Detections by their boxes: a box may have several classes.  @param {Detection[]} found @returns {Shape[]} */
export function shapesOf(found) {
  const shapes = new Map();
  for (const detection of found) {
    const key = detection.box.join();
    if (!shapes.has(key)) shapes.set(key, { box: detection.box, classes: [] });
    shapes.get(key).classes.push(detection);
  }
  for (const { classes } of shapes.values()) classes.sort((a, b) => b.prob - a.prob);
  return [...shapes.values()];
}

/** Where a picture lies that is to be seen whole in a canvas.  @returns {Area} */
export function contained({ width, height }, canvas) {
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const wide = width * scale, high = height * scale;
  return { left: (canvas.width - wide) / 2, top: (canvas.height - high) / 2, width: wide, height: high };
}

/** A box's edges in the canvas, cut off where the picture ends.  @param {number[]} box @param {Area} area @returns {Area} */
export function placeOf([x, y, w, h], area) {
  const inside = (value) => Math.min(Math.max(value, 0), 1);
  const left = inside(x - w / 2), top = inside(y - h / 2);
  return {
    left: area.left + left * area.width, top: area.top + top * area.height,
    width: (inside(x + w / 2) - left) * area.width, height: (inside(y + h / 2) - top) * area.height,
  };
}

/**
 * @param {CanvasRenderingContext2D} context @param {CanvasImageSource} image @param {Shape[]} shapes
 * @param {Area} area  where the picture lies
 * @param {{unit?: number, marked?: Shape | null}} [how]
 *   unit: pixels of the canvas in one of the screen; marked: the box that stands out
 */
export function draw(context, image, shapes, area, { unit = 1, marked = null } = {}) {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.imageSmoothingEnabled = area.width < PIXELATED * image.width;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, area.left, area.top, area.width, area.height);
  const byProb = [...shapes].sort((a, b) => a.classes[0].prob - b.classes[0].prob); // the most probable on top
  const order = marked ? [...byProb.filter((shape) => shape !== marked), marked] : byProb;
  for (const shape of order) outline(context, shape, area, unit, marked);
  const taken = [], size = letters(shapes, area, unit), seen = overlap(area, { left: 0, top: 0, ...sizeOf(context.canvas) });
  for (const shape of order.reverse()) {
    const place = overlap(placeOf(shape.box, area), seen);
    if (place.width > 0 && place.height > 0) label(context, shape, place, seen, unit, size, marked, taken);
  }
}

const sizeOf = ({ width, height }) => ({ width, height });

/** @param {Area} a @param {Area} b @returns {Area}  of no or less size where they do not meet */
function overlap(a, b) {
  const left = Math.max(a.left, b.left), top = Math.max(a.top, b.top);
  return { left, top, width: Math.min(a.left + a.width, b.left + b.width) - left, height: Math.min(a.top + a.height, b.top + b.height) - top };
}

/** A coloured line between dark ones, so that it is seen on any ground. */
function outline(context, { box, classes }, area, unit, marked) {
  const { left, top, width, height } = placeOf(box, area), isMarked = marked?.box === box;
  const wide = LINE * unit * (isMarked ? 2 : 1);
  context.globalAlpha = marked && !isMarked ? 0.45 : 1;
  context.lineJoin = "round";
  for (const [color, line] of [["#000000a0", wide + 2 * unit], [colorOf(classes[0].class_id), wide]]) {
    Object.assign(context, { strokeStyle: color, lineWidth: line });
    context.strokeRect(left, top, width, height);
  }
  context.globalAlpha = 1;
}

/** How high letters are, in units: less where boxes are small.  @returns {number} */
function letters(shapes, area, unit) {
  const heights = shapes.map(({ box }) => (box[3] * area.height) / unit).sort((a, b) => a - b);
  return Math.min(Math.max(heights[heights.length >> 1] / 2, SMALL), FONT);
}

/** The name, with its probability where there is room, in the first place where no label is yet. */
function label(context, shape, place, area, unit, size, marked, taken) {
  const isMarked = marked === shape;
  context.font = `600 ${size * unit}px system-ui, sans-serif`;
  const fits = (text) => context.measureText(text).width + 2 * PAD * unit <= place.width;
  const text = isMarked || (!isCharacter(shape) && fits(full(shape))) ? full(shape) : short(shape);
  const width = Math.min(context.measureText(text).width + 2 * PAD * unit, area.width), height = (size + PAD) * unit;
  const spot = spots(place, area, width, height).find((at) => !taken.some((other) => meet(at, other)));
  if (!spot && !isMarked) return;
  const at = spot ?? spots(place, area, width, height)[0], color = colorOf(shape.classes[0].class_id);
  taken.push(at);
  context.globalAlpha = marked && !isMarked ? 0.45 : 1;
  context.fillStyle = color;
  context.fillRect(at.left, at.top, width, height);
  Object.assign(context, { fillStyle: inkOn(color), textBaseline: "middle" });
  context.fillText(text, at.left + PAD * unit, at.top + height / 2 + 0.5 * unit, width - 2 * PAD * unit);
  context.globalAlpha = 1;
}

const full = ({ classes }) => classes.map((one) => `${called(one)} ${Math.round(one.prob * 100)} %`).join(", ");
const isCharacter = ({ classes }) => classes[0].name.length === 1;
const short = ({ classes }) => called(classes[0]);

/** What an object is called: its class, and its number if it has one.  @param {Detection} found */
export const called = ({ name, track_id }) => (track_id ? `${name} #${track_id}` : name);

/** Places of a label: above the box, below it, or within, always inside the picture.  @returns {Area[]} */
export function spots(place, area, width, height) {
  const left = Math.max(Math.min(place.left, area.left + area.width - width), area.left);
  const bottom = place.top + place.height, end = area.top + area.height - height;
  return [place.top - height, bottom, place.top, bottom - height]
    .filter((top, i) => (i > 1 ? place.height > 2 * height : top >= area.top && top <= end))
    .concat(Math.max(Math.min(place.top, end), area.top))
    .map((top) => ({ left, top, width, height }));
}

function meet(a, b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}
