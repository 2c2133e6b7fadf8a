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

/** Where each channel of a network lies in RGBA pixels, by the number of channels; red is grey for one and two of them. */
const OFFSETS = { 1: [0], 2: [0, 3], 3: [0, 1, 2], 4: [0, 1, 2, 3] };

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
export function inputOf({ data, width, height }, network) {
  const area = areaOf({ width, height }, network), size = network.width * network.height, offsets = OFFSETS[network.channels];
  const input = new Float32Array(offsets.length * size).fill(GREY);
  if (!area.width || !area.height) return input;
  const columns = taps(width, area.width, true), rows = taps(height, area.height, false);
  const bytes = network.channels < 3 ? inGrey(data) : data;
  offsets.forEach((offset, plane) => {
    scale(bytes.subarray(offset), width, columns, rows, input.subarray(plane * size, (plane + 1) * size), network.width, area);
  });
  return input;
}

/** Brightness in the place of red, as stb_image has it.  @param {Uint8ClampedArray} data */
function inGrey(data) {
  const grey = data.slice();
  for (let i = 0; i < data.length; i += 4) grey[i] = (77 * data[i] + 150 * data[i + 1] + 29 * data[i + 2]) >> 8;
  return grey;
}

/**
 * One channel, bilinear, columns first, then rows; only the rows that are asked for.   C: image.c resize_image
 * @param {Uint8ClampedArray} bytes  every fourth one, `width` a row @param {Taps} columns @param {Taps} rows
 * @param {Float32Array} out  of `outWidth` columns, of which `area` is written
 */
function scale(bytes, width, columns, rows, out, outWidth, area) {
  const narrow = [new Float32Array(area.width), new Float32Array(area.width)], held = [-1, -1]; // rows of even, of odd number
  const at = (row) => {
    const place = row & 1;
    if (held[place] !== row) across(bytes.subarray(4 * row * width), columns, narrow[place]);
    held[place] = row;
    return narrow[place];
  };
  for (let y = 0; y < area.height; y++) {
    const low = at(rows.low[y]), high = at(rows.high[y]);
    const lowWeight = rows.lowWeight[y], highWeight = rows.highWeight[y], first = (area.top + y) * outWidth + area.left;
    for (let x = 0; x < area.width; x++) out[first + x] = round(round(lowWeight * low[x]) + round(highWeight * high[x]));
  }
}

/** A row at the new width. */
function across(bytes, { low, high, lowWeight, highWeight }, out) {
  for (let x = 0; x < out.length; x++) {
    out[x] = round(round(lowWeight[x] * UNIT[bytes[4 * low[x]]]) + round(highWeight[x] * UNIT[bytes[4 * high[x]]]));
  }
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
    low[newSize - 1] = high[newSize - 1] = size - 1;
    lowWeight[newSize - 1] = 1;
  }
  return { low, high, lowWeight, highWeight };
}
