// Single keys that do what buttons do, unless the user wants none.

import { make } from "./dom.js";

const NAMES = { ArrowLeft: "←", ArrowRight: "→", " ": "Space" };
const KEEP = "darknet_py.keys";

/**
 * @param {Record<string, [string, HTMLElement]>} shortcuts  by the key: what it does, and the button it presses
 * @param {HTMLInputElement} wanted @param {HTMLElement} list  where they are told
 */
export function listen(shortcuts, wanted, list) {
  wanted.checked = localStorage.getItem(KEEP) !== "no";
  wanted.addEventListener("change", () => localStorage.setItem(KEEP, wanted.checked ? "yes" : "no"));
  list.replaceChildren(...Object.entries(shortcuts).map(([key, [does]]) =>
    make("div", {}, make("dt", {}, make("kbd", { textContent: NAMES[key] ?? key.toUpperCase() })), make("dd", { textContent: does }))));
  addEventListener("keydown", (event) => {
    const [, button] = shortcuts[event.key.length > 1 ? event.key : event.key.toLowerCase()] ?? [];
    if (!button || !wanted.checked || event.ctrlKey || event.metaKey || event.altKey || isUsed(event)) return;
    event.preventDefault();
    if (!button.disabled && !button.closest("[hidden]")) button.click();
  });
}

/** Whether what has the focus wants the key itself. */
function isUsed({ key, target }) {
  if (target.matches("input[type=search], input[type=password], select")) return true;
  if (target.matches("input[type=range]")) return key.startsWith("Arrow");
  return key === " " && target.matches("button, input, summary");
}
