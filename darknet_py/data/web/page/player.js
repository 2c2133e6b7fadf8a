// A video file or a camera: frame by frame, each looked at before the next is taken.

/** @typedef {import("./looking.js").Scene} Scene */

const STEP = 1 / 25; // seconds; of most videos a frame or two
const MESSAGE = "is not a video that this browser can play; MP4 (H.264) and WebM files are";

export class Player {
  /**
   * @param {HTMLVideoElement} video @param {(scene: Scene) => Promise<void>} look  called with each frame
   * @param {() => void} changed  after anything that a control shows has changed
   */
  constructor(video, look, changed) {
    Object.assign(this, { video, look, name: "", turn: 0, url: "", canvases: [new OffscreenCanvas(1, 1), new OffscreenCanvas(1, 1)] });
    for (const event of ["play", "pause", "ended", "timeupdate", "durationchange"]) video.addEventListener(event, changed);
    video.addEventListener("play", () => this.follow());
    video.addEventListener("seeked", () => video.paused && this.frame());
  }

  /** Show a file's first frame.  @param {File} file */
  async open(file) {
    this.close();
    this.name = file.name;
    this.url = URL.createObjectURL(file);
    this.video.src = this.url;
    await this.ready(`${file.name} ${MESSAGE}`);
    this.video.currentTime = 0; // a frame comes with "seeked"
  }

  /** Play a camera's pictures.  @param {MediaStream} stream @param {string} name */
  async watch(stream, name) {
    this.close();
    this.name = name;
    this.video.srcObject = stream;
    await this.ready("the camera gives no picture");
    await this.video.play();
  }

  /** Wait for the first picture. */
  ready(message) {
    return new Promise((resolve, reject) => {
      const { video } = this, controller = new AbortController(), { signal } = controller;
      const end = (settle) => () => (controller.abort(), settle());
      video.addEventListener("loadeddata", end(resolve), { signal });
      video.addEventListener("error", end(() => reject(new Error(message))), { signal });
    });
  }

  close() {
    this.turn += 1;
    this.video.pause();
    for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    this.video.removeAttribute("src");
    this.video.load(); // forgets the file
    if (this.url) URL.revokeObjectURL(this.url);
    Object.assign(this, { url: "", name: "" });
  }

  get playing() {
    return !this.video.paused && !this.video.ended;
  }

  async toggle() {
    if (this.playing) return this.video.pause();
    try {
      await this.video.play();
    } catch (error) {
      if (error.name !== "AbortError") throw error; // it was paused, or closed, before it began
    }
  }

  /** Some frames on, or back.  @param {number} frames */
  step(frames) {
    this.video.pause();
    this.seek(this.video.currentTime + frames * STEP);
  }

  seek(time) {
    this.video.currentTime = Math.min(Math.max(time, 0), this.video.duration || 0);
  }

  /** Take pictures as long as it plays, each when the one before was looked at. */
  async follow() {
    const turn = ++this.turn;
    let last = -1;
    while (turn === this.turn && this.playing) {
      if (this.video.currentTime !== last) {
        last = this.video.currentTime;
        await this.frame();
      }
      await new Promise(requestAnimationFrame);
    }
  }

  /** Look at the picture of now. */
  frame() {
    const start = performance.now(), { videoWidth: width, videoHeight: height } = this.video;
    if (!width || !height) return Promise.resolve();
    this.canvases.reverse(); // the other one is on the screen
    const [image] = this.canvases;
    Object.assign(image, { width, height });
    image.getContext("2d").drawImage(this.video, 0, 0);
    return this.look({ image, width, height, name: this.name, open: performance.now() - start });
  }
}
