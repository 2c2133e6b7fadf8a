// Pictures → pixels → the network's input, with the arithmetic of Darknet's image.c: float32, every product rounded.

import { unturned } from "./exif.js";

/**
 * @typedef {import("./description.js").Network} Network
 * @typedef {{data: Uint8ClampedArray, width: number, height: number}} Pixels  RGBA, as in an ImageData
 * @typedef {{left: number, top: number, width: number, height: number}} Area  whole pixels of the network's input
 * @typedef {{low: Int32Array, high: Int32Array, lowWeight: Float32Array, highWeight: Float32Array}} Taps
 */

const GREY = 0.5;
const STRIP = 1 << 22; // pixels
const round = Math.fround;

/** Each byte divided by 255. */
const UNIT = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Brightness from 0 to 255, as stb_image has it.  @param {Uint8ClampedArray} p @param {number} i */
const grey = (p, i) => (77 * p[i] + 150 * p[i + 1] + 29 * p[i + 2]) >> 8;
const red = (p, i) => p[i];
const green = (p, i) => p[i + 1];
const blue = (p, i) => p[i + 2];
const alpha = (p, i) => p[i + 3];

/** What each channel of a network takes of RGBA pixels, by the number of channels. */
export const PLANES = { 1: [grey], 2: [grey, alpha], 3: [red, green, blue], 4: [red, green, blue, alpha] };

/**
 * A picture of any source as a bitmap: its pixels as they are stored, not turned by EXIF (as `darknet_py detect` takes
 * them) unless `upright`, without a colour profile.
 * @param {Blob | ImageBitmap | ImageData | HTMLVideoElement | HTMLImageElement | HTMLCanvasElement} source
 * @param {{upright?: boolean}} [options]
 * @returns {Promise<ImageBitmap>}
 */
export async function openPicture(source, { upright = false } = {}) {
  if (source instanceof ImageBitmap) return source;
  try {
    const stored = upright || !(source instanceof Blob) ? source : await unturned(source);
    return await createImageBitmap(stored, { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  } catch (error) {
    const name = source instanceof File ? source.name : "this";
    throw new Error(`${name} is not a picture that this browser can read; take a JPEG, PNG, WebP or BMP file`, { cause: error });
  }
}

/** RGBA, read strip by strip: browsers' canvases are smaller than pictures may be.  @param {ImageBitmap} bitmap @returns {Pixels} */
export function pixelsOf(bitmap) {
  const { width, height } = bitmap, data = new Uint8ClampedArray(4 * width * height);
  const rows = Math.min(height, Math.max(1, Math.trunc(STRIP / width)));
  const context = new OffscreenCanvas(width, rows).getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, count, 0, 0, width, count);
    data.set(context.getImageData(0, 0, width, count).data, 4 * width * top);
  }
  return { data, width, height };
}

/**
 * Where a picture lies in the network's input: all over it, or with its proportions in the middle.
 * @param {{width: number, height: number}} picture @param {Network} network @returns {Area}
 */
export function areaOf(picture, network) {
  if (!network.letter_box) return { left: 0, top: 0, width: network.width, height: network.height };
  let { width, height } = network;
  if (round(width / picture.width) < round(height / picture.height)) {
    height = Math.trunc((picture.height * width) / picture.width);
  } else {
    width = Math.trunc((picture.width * height) / picture.height);
  }
  return { left: Math.trunc((network.width - width) / 2), top: Math.trunc((network.height - height) / 2), width, height };
}

/**
 * Pixels → the network's input, planes of `network.height` rows each.   C: image.c resize_image, letterbox_image
 * @param {Pixels} pixels @param {Network} network @returns {Float32Array}
 */
export function inputOf(pixels, network) {
  const area = areaOf(pixels, network), size = network.width * network.height, channels = PLANES[network.channels];
  const input = new Float32Array(channels.length * size).fill(GREY);
  channels.forEach((channel, number) => {
    const plane = input.subarray(number * size, (number + 1) * size);
    scale(planeOf(pixels, channel), pixels.width, pixels.height, plane, network.width, area);
  });
  return input;
}

/** One channel in [0, 1].  @param {Pixels} pixels @param {(p: Uint8ClampedArray, i: number) => number} channel */
function planeOf(pixels, channel) {
  const plane = new Float32Array(pixels.width * pixels.height);
  for (let i = 0; i < plane.length; i++) plane[i] = UNIT[channel(pixels.data, 4 * i)];
  return plane;
}

/**
 * Corner-aligned bilinear, columns first, then rows.   C: image.c resize_image
 * @param {Float32Array} plane  of `width` columns and `height` rows
 * @param {Float32Array} out  of `outWidth` columns, of which `area` is written
 */
export function scale(plane, width, height, out, outWidth, area) {
  if (!area.width || !area.height) return;
  const columns = taps(width, area.width, true), rows = taps(height, area.height, false);
  const narrow = across(plane, width, height, columns, area.width);
  for (let y = 0; y < area.height; y++) {
    const low = rows.low[y] * area.width, high = rows.high[y] * area.width;
    const lowWeight = rows.lowWeight[y], highWeight = rows.highWeight[y];
    const at = (area.top + y) * outWidth + area.left;
    for (let x = 0; x < area.width; x++) {
      out[at + x] = round(round(lowWeight * narrow[low + x]) + round(highWeight * narrow[high + x]));
    }
  }
}

/** All rows at the new width. */
function across(plane, width, height, { low, high, lowWeight, highWeight }, newWidth) {
  const out = new Float32Array(newWidth * height);
  for (let y = 0; y < height; y++) {
    const row = y * width, at = y * newWidth;
    for (let x = 0; x < newWidth; x++) {
      out[at + x] = round(round(lowWeight[x] * plane[row + low[x]]) + round(highWeight[x] * plane[row + high[x]]));
    }
  }
  return out;
}

/**
 * For each place along a new side two in the old one, and their weights.  The last column is a copy of the last; the last
 * row has no second place, even where rounding put it just above the end.  @returns {Taps}
 */
function taps(size, newSize, areColumns) {
  const step = round(round(size - 1) / round(Math.max(newSize - 1, 1)));
  const low = new Int32Array(newSize), high = new Int32Array(newSize);
  const lowWeight = new Float32Array(newSize), highWeight = new Float32Array(newSize);
  for (let i = 0; i < newSize; i++) {
    const position = round(i * step), place = Math.trunc(position);
    low[i] = Math.min(place, size - 1);
    high[i] = Math.min(place + 1, size - 1);
    highWeight[i] = round(position - place);
    lowWeight[i] = round(1 - highWeight[i]);
  }
  highWeight[newSize - 1] = 0;
  if (areColumns || newSize === 1) {
    low[newSize - 1] = size - 1;
    lowWeight[newSize - 1] = 1;
  }
  return { low, high, lowWeight, highWeight };
}
