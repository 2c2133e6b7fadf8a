// Pictures and videos that come by drop, paste or choice.

const VIDEO = /\.(mp4|m4v|mov|webm|mkv|avi|ogv|mpe?g|3gp)$/i;

/** @param {File} file */
export const isVideo = ({ type, name }) => type.startsWith("video/") || (!type && VIDEO.test(name));

/**
 * Have files taken from wherever the user puts them.
 * @param {HTMLInputElement} input @param {(files: File[]) => void} take @param {(message: string) => void} complain
 */
export function listen(input, take, complain) {
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = ""; // so that the same file can be chosen again
  });
  listenToDrops(take, complain);
  addEventListener("paste", (event) => {
    if (event.target.matches?.("input[type=search], input[type=password]")) return;
    const files = [...event.clipboardData.files];
    if (files.length) take(files);
    else complain("There is no picture in the clipboard: copy the picture itself, not its address.");
  });
}

function listenToDrops(take, complain) {
  const isOver = (over) => document.body.classList.toggle("dragging", over);
  addEventListener("dragover", (event) => {
    event.preventDefault();
    isOver(true);
  });
  addEventListener("dragleave", (event) => !event.relatedTarget && isOver(false));
  addEventListener("drop", (event) => {
    event.preventDefault();
    isOver(false);
    const files = [...event.dataTransfer.files];
    if (files.length) take(files);
    else complain("Nothing was dropped that is a file: save the picture first, then drop it.");
  });
}

/** A picture of the page's own.  @param {string} path @returns {Promise<File>} */
export async function fetched(path) {
  const name = path.split("/").at(-1), response = await fetch(path.split("/").map(encodeURIComponent).join("/")).catch(() => null);
  if (!response?.ok) throw new Error(`${name} cannot be loaded; is the server still there?`);
  return new File([await response.blob()], name);
}
