// The network's boxes and scores → detections: threshold, back into the picture, non-maximum suppression.   C: box.c

import { areaOf } from "./picture.js";

/**
 * @typedef {import("./description.js").Network} Network
 * @typedef {{x: number, y: number, w: number, h: number, probs: Float32Array}} Row
 *   centre and size, and a probability for each class, 0 where it is not above the threshold
 * @typedef {Row & {left: number, top: number, right: number, bottom: number, area: number}} Framed  relative to the picture
 * @typedef {{class_id: number, name: string, prob: number, box: [number, number, number, number],
 *   track_id?: number}} Detection
 *   box: centre x, y, width, height, relative to the picture; track_id: the object's number in a stream, if it has one
 * @typedef {{thresh?: number, nms?: number, classes?: Iterable<number> | null}} Options
 *   least probability; largest overlap of two boxes of a class, 0 for no suppression; the classes that are wanted
 */

const GREEDY_BETA = 0.6;
const BELOW_ONE = 1 - 2 ** -24;
const round = Math.fround;

/** What each nms_kind= compares with the threshold. */
export const OVERLAPS = {
  default: () => iou,
  cornersnms: () => iou,
  greedynms: () => lessDistance(GREEDY_BETA),
  diounms: (beta) => lessDistance(round(beta)),
};

/**
 * What `darknet_py detect` finds, in its order.
 * @param {{boxes: Float32Array, scores: Float32Array}} outputs  of the model: (rows, 4) and (rows, classes)
 * @param {Network} network @param {{width: number, height: number}} picture @param {Options} [options]
 * @returns {Detection[]}
 */
export function detections(outputs, network, picture, options = {}) {
  return listed(outputs, network, (rows) => inPicture(rows, areaOf(picture, network), network), options);
}

/** The same of boxes that are relative to the picture already.  @returns {Detection[]} */
export function detectionsInPicture(outputs, network, options = {}) {
  return listed(outputs, network, (rows) => rows.map(({ x, y, w, h, probs }) => framed(x, y, w, h, probs)), options);
}

function listed(outputs, network, placed, { thresh = network.thresh, nms = network.nms, classes = null }) {
  const limit = round(thresh), count = network.names.length;
  let rows = placed(above(outputs, count, limit));
  if (nms) rows = suppress(rows, count, OVERLAPS[network.nms_kind](network.beta_nms), round(nms));
  const wanted = classes && new Set(classes);
  return rows.flatMap(({ x, y, w, h, probs }) =>
    Array.from(probs, (prob, class_id) => ({ class_id, name: network.names[class_id], prob, box: [x, y, w, h] }))
      .filter(({ class_id, prob }) => prob > limit && (!wanted || wanted.has(class_id))));
}

/** The rows that have a class above the threshold.  @returns {Row[]} */
function above({ boxes, scores }, classes, limit) {
  const rows = [];
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] > limit) {
      const row = Math.trunc(i / classes), [x, y, w, h] = boxes.subarray(row * 4, row * 4 + 4);
      const probs = scores.subarray(row * classes, (row + 1) * classes).map((prob) => (prob > limit ? prob : 0));
      rows.push({ x, y, w, h, probs });
      i = (row + 1) * classes - 1; // on to the next row
    }
  }
  return rows;
}

/** Boxes relative to the network's input → relative to the picture.   C: yolo_layer.c correct_yolo_boxes */
function inPicture(rows, area, network) {
  const shiftX = (network.width - area.width) / 2 / network.width;
  const shiftY = (network.height - area.height) / 2 / network.height;
  const ratioX = round(area.width / network.width), ratioY = round(area.height / network.height);
  const scaleX = reciprocal(ratioX), scaleY = reciprocal(ratioY);
  return rows.map(({ x, y, w, h, probs }) => framed(
    round((x - shiftX) / ratioX), round((y - shiftY) / ratioY), round(w * scaleX), round(h * scaleY), probs));
}

/** A row with its edges and area, in float32.  @returns {Framed} */
function framed(x, y, w, h, probs) {
  const halfW = round(w / 2), halfH = round(h / 2);
  return {
    x, y, w, h, probs, area: round(w * h),
    left: round(x - halfW), top: round(y - halfH), right: round(x + halfW), bottom: round(y + halfH),
  };
}

/** 1 / ratio as Darknet's build has it, which misses 1 / 1 by one bit. */
function reciprocal(ratio) {
  return ratio === 1 ? BELOW_ONE : round(1 / ratio);
}

/**
 * Zero the probability of a class where a better box of it overlaps by more than `limit`.  Rows come back in the order
 * that sorting them by one class after the other leaves.   C: box.c do_nms_sort, diounms_sort
 * @param {Framed[]} rows @param {number} classes @param {(a: Framed, b: Framed) => number} overlap @param {number} limit
 * @returns {Framed[]}
 */
export function suppress(rows, classes, overlap, limit) {
  const sorted = rows.map((row) => ({ ...row, probs: row.probs.slice() }));
  for (let k = 0; k < classes; k++) {
    sorted.sort((a, b) => b.probs[k] - a.probs[k]);
    const end = sorted.findIndex((row) => row.probs[k] === 0);
    keepBest(sorted.slice(0, end < 0 ? sorted.length : end), k, overlap, limit);
  }
  return sorted;
}

/** Of rows that are sorted by class k, each that is left removes later ones. */
function keepBest(rows, k, overlap, limit) {
  rows.forEach((row, i) => {
    if (row.probs[k] === 0) return;
    for (let j = i + 1; j < rows.length; j++) {
      if (rows[j].probs[k] !== 0 && overlap(row, rows[j]) > limit) rows[j].probs[k] = 0;
    }
  });
}

/** Intersection over union, 0 when either is 0.   C: box.c box_iou @param {Framed} a @param {Framed} b */
export function iou(a, b) {
  const w = round(Math.min(a.right, b.right) - Math.max(a.left, b.left));
  const h = round(Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const shared = w < 0 || h < 0 ? 0 : round(w * h);
  const union = round(round(a.area + b.area) - shared);
  return shared === 0 || union === 0 ? 0 : round(shared / union);
}

/** IoU less a power of the distance.   C: box.c box_diounms @param {number} beta */
export function lessDistance(beta) {
  return (a, b) => {
    const over = iou(a, b);
    return over ? round(over - distance(a, b) ** beta) : over;
  };
}

/** Centre distance² / diagonal² of the hull, 0 when the hull is a point.  @param {Framed} a @param {Framed} b */
function distance(a, b) {
  const w = round(Math.max(a.right, b.right) - Math.min(a.left, b.left));
  const h = round(Math.max(a.bottom, b.bottom) - Math.min(a.top, b.top));
  const x = round(a.x - b.x), y = round(a.y - b.y);
  const diagonal = round(round(w * w) + round(h * h));
  return diagonal === 0 ? 0 : round(round(round(x * x) + round(y * y)) / diagonal);
}
