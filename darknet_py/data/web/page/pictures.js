// The pictures in a row: which one is seen, and how a file becomes one.

/** @typedef {import("./looking.js").Scene} Scene */

export class Pictures {
  constructor() {
    Object.assign(this, { files: [], index: -1 });
  }

  /** @returns {File | undefined} */
  get current() {
    return this.files[this.index];
  }

  /** Append files, and go to the first of them.  @param {File[]} files */
  add(files) {
    this.index = this.files.length;
    this.files.push(...files);
  }

  /** To the next one, or the one before; after the last comes the first.  @param {number} by */
  go(by) {
    const count = this.files.length;
    if (count) this.index = (this.index + by + count) % count;
  }

  get place() {
    return `${this.index + 1} of ${this.files.length}`;
  }
}

/**
 * @param {import("./looking.js").Darknet} net @param {File} file @param {boolean} upright  turned as its EXIF says
 * @returns {Promise<Scene>}
 */
export async function sceneOf(net, file, upright) {
  const start = performance.now(), image = await net.open(file, { upright });
  return { image, width: image.width, height: image.height, name: file.name, open: performance.now() - start, file, upright };
}
