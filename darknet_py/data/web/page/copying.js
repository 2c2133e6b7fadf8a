// What was found, into the clipboard.

import { sixDigits } from "./darknet_json.js";
import { make } from "./dom.js";

/** Label lines, `class x y width height`, as `darknet_py detect -format yolo` has them.  @param {import("./draw.js").Detection[]} found */
export const yoloLines = (found) => found.map(({ class_id, box }) => `${[class_id, ...box.map(sixDigits)].join(" ")}\n`).join("");

/** @param {string} text @returns {Promise<boolean>}  whether the browser lets a page do so */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedByHand(text); // pages of http have no clipboard but this one
  }
}

function copiedByHand(text) {
  const before = document.activeElement, area = make("textarea", { value: text, readOnly: true, className: "away" });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
