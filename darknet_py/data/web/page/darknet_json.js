// What was found, as the text of `darknet_py detect -out FILE.json`.   C: network.c detection_to_json

/** @typedef {import("../core/boxes.js").Detection} Detection */

const LEAST = Math.fround(0.005);

/** Python's json.dumps: ASCII alone. */
function quoted(text) {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Six digits; a half that a float has exactly goes to the even digit, where toFixed goes away from zero. */
export function sixDigits(value) {
  if (!Number.isFinite(value)) return "null";
  const cut = value.toFixed(7).slice(0, -1), isHalf = Number.isInteger(value * 128) && value.toFixed(7).endsWith("5");
  return isHalf && Number(cut.at(-1)) % 2 === 0 ? cut : value.toFixed(6);
}

function object({ class_id, name, box, prob, track_id }) {
  const [x, y, w, h] = box.map(sixDigits);
  return `  {"class_id":${class_id}, "name":${quoted(name)}, "relative_coordinates":{"center_x":${x}, ` +
    `"center_y":${y}, "width":${w}, "height":${h}}, "confidence":${sixDigits(prob)}${track_id ? `, "track_id":${track_id}` : ""}}`;
}

/** @param {{filename: string, boxes: Detection[], error?: string}[]} pictures @returns {string} */
export function darknetJson(pictures) {
  const frames = pictures.map(({ filename, boxes, error }, i) => {
    const shown = boxes.filter(({ prob, name }) => prob > LEAST && !name.startsWith("dont_show"));
    const objects = shown.map(object).join(", \n"), failed = error ? `, \n "error":${quoted(error)}` : "";
    return `{\n "frame_id":${i + 1}, \n "filename":${quoted(filename)}, \n "objects": [ \n${objects}\n ]${failed} \n}`;
  });
  return `[\n${frames.join(", \n")}\n]`;
}
