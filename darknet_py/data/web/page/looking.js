// One look at a time: whatever is asked for meanwhile, only the latest picture and the latest options are computed.

/**
 * @typedef {{image: ImageBitmap | OffscreenCanvas, width: number, height: number, name: string, open: number, file?: File,
 *   upright?: boolean}} Scene
 *   open: milliseconds until it could be drawn; file: that it is of; upright: whether it is turned as its EXIF says
 * @typedef {import("../core/darknet.js").Darknet | import("../core/service.js").Service} Darknet
 */

export class Looking {
  /**
   * @param {Darknet} net @param {object} options  what to begin with
   * @param {(scene: Scene, found: import("../core/darknet.js").Found) => void} show @param {(error: Error) => void} fail
   */
  constructor(net, options, show, fail) {
    Object.assign(this, { net, options, show, fail, used: options, wanted: null, seen: null, running: null });
  }

  /** Look at a picture.  @param {Scene} scene @returns {Promise<void>}  after the latest one that is wanted */
  look(scene) {
    this.wanted = scene;
    return this.settle();
  }

  /** The same picture's boxes by other options, without the network. */
  change(options) {
    this.options = options;
    return this.settle();
  }

  /** Nothing to look at. */
  clear() {
    this.wanted = this.seen = null;
  }

  settle() {
    this.running ??= this.run().finally(() => (this.running = null));
    return this.running;
  }

  async run() {
    while (this.wanted && (this.wanted !== this.seen || this.options !== this.used)) {
      const scene = this.wanted, options = this.options;
      try {
        const found = await this.found(scene, options);
        Object.assign(this, { seen: scene, used: options });
        if (scene === this.wanted) this.show(scene, found);
      } catch (error) {
        if (scene !== this.wanted) continue;
        this.clear();
        this.fail(error);
      }
    }
  }

  async found(scene, options) {
    if (scene === this.seen) return this.net.again(options);
    const isWanted = () => scene === this.wanted;
    return this.net.detect(await this.net.source(scene), { ...options, upright: scene.upright, isWanted });
  }
}
