// The camera: asked for, turned, and what is wrong when there is none.

const FACING = ["environment", "user"]; // away from the user, and at them
const REASONS = {
  NotAllowedError: "The camera may not be used: allow it for this page in the browser's settings, next to the address.",
  NotFoundError: "There is no camera.",
  NotReadableError: "The camera is used by another program, or is switched off.",
  OverconstrainedError: "There is no such camera.",
};
const INSECURE = "Browsers give cameras to pages of https and of localhost only.";

export class Camera {
  constructor() {
    this.facing = 0;
  }

  /** Its stream.  @returns {Promise<MediaStream>}  Rejects with an Error that says what is wrong. */
  async open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(INSECURE);
    const video = { facingMode: FACING[this.facing], width: { ideal: 1280 }, height: { ideal: 720 } };
    try {
      return await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      throw new Error(REASONS[error.name] ?? `The camera cannot be used (${error.message}).`, { cause: error });
    }
  }

  /** The one on the other side is meant from now on. */
  turn() {
    this.facing = 1 - this.facing;
  }

  /** Whether there is another one. */
  async hasOther() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind }) => kind === "videoinput").length > 1;
  }
}
