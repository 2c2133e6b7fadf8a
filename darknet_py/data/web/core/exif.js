// Browsers turn pictures as their EXIF says (Chromium does not turn WebP), and cannot be asked not to: so EXIF is hidden.

const text = (bytes, at) => String.fromCharCode(...bytes.subarray(at, at + 4));
const FILL = 0xff, START = 0xd8, COMMENT = 0xfe, APP1 = 0xe1, SCAN = 0xda;

/**
 * A picture file that is shown as it is stored.
 * @param {Blob} file  JPEG, PNG or WebP; any other is given back @returns {Promise<Blob>}
 */
export async function unturned(file) {
  return new Blob([hidden(new Uint8Array(await file.arrayBuffer()))], { type: file.type });
}

/** Whether it is a WebP that an EXIF may turn, which not all browsers follow.  @param {Blob} file */
export async function turnsWebP(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return text(bytes, 8) === "WEBP" && !parts(bytes, new DataView(bytes.buffer)).next().done;
}

/** Make the EXIF of a file something that nobody reads.  @param {Uint8Array} bytes @returns {Uint8Array} the same */
export function hidden(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes[0] === FILL && bytes[1] === START) for (const at of segments(bytes, view)) bytes[at] = COMMENT;
  if (text(bytes, 0) === "\x89PNG") for (const at of chunks(bytes, view)) bytes[at] = "n".charCodeAt(0);
  if (text(bytes, 8) === "WEBP") for (const at of parts(bytes, view)) bytes[at] = "N".charCodeAt(0);
  return bytes;
}

/** Where the markers of a JPEG's EXIF stand: a segment before the scan. */
function* segments(bytes, view) {
  let at = 2;
  while (at + 8 <= bytes.length && bytes[at] === FILL && bytes[at + 1] !== SCAN) {
    if (bytes[at + 1] === APP1 && text(bytes, at + 4) === "Exif") yield at + 1;
    at += bytes[at + 1] === FILL ? 1 : 2 + view.getUint16(at + 2);
  }
}

/** Where the name of a PNG's EXIF stands: decoders leave out a chunk of another name. */
function* chunks(bytes, view) {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    if (text(bytes, at + 4) === "eXIf") yield at + 4;
  }
}

/** Where the name of a WebP's EXIF stands. */
function* parts(bytes, view) {
  for (let at = 12, size; at + 8 <= bytes.length; at += 8 + size + (size & 1)) {
    size = view.getUint32(at + 4, true);
    if (text(bytes, at) === "EXIF") yield at;
  }
}
