// The boxes of a picture as a service gives them: before suppression, above the lowest threshold that there is.

/** @typedef {{boxes: Float32Array, scores: Float32Array, width: number, height: number}} Candidates
 *   (rows, 4) relative to the picture, (rows, classes), and the picture's size */

const HEAD = 4; // words

/** @param {ArrayBuffer} buffer  of darknet_py/serve/candidates.py @param {number} classes @returns {Candidates} */
export function unpacked(buffer, classes) {
  const [rows, columns, width, height] = new Uint32Array(buffer, 0, HEAD), end = HEAD * (1 + rows);
  if (columns !== classes || buffer.byteLength !== 4 * (end + rows * columns)) throw new Error("the service's answer is not one of this model");
  return { boxes: new Float32Array(buffer, 4 * HEAD, 4 * rows), scores: new Float32Array(buffer, 4 * end), width, height };
}
