// Elements of the page.

/** @param {string} id @returns {HTMLElement} */
export const element = (id) => document.getElementById(id);

/** A new element with properties and children; `data` goes into its data- attributes. */
export function make(tag, { data = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  Object.assign(made.dataset, data);
  made.append(...children);
  return made;
}

/** Have the browser save a file.  @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A picture's or video's name without its ending. */
export const stem = (name) => name.replace(/\.[^.]*$/, "") || "picture";
