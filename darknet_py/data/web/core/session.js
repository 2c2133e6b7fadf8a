// The model in ONNX Runtime: on WebGPU where there is one, else in WebAssembly on as many threads as the page may have.

/**
 * @typedef {import("./description.js").Network} Network
 * @typedef {"webgpu" | "wasm"} Backend
 * @typedef {{backend: Backend, threads: number, note: string}} Running  what computes; `note`: why it is not what it could be
 */

const RUNTIMES = { webgpu: "ort.webgpu.min.mjs", wasm: "ort.wasm.min.mjs" };
const MOST_THREADS = 8;

export class Session {
  /**
   * A session that is warm: one run is behind it.
   * @param {string | URL} base  the page's folder @param {Uint8Array} model @param {Network} network
   * @param {{backend?: Backend | null, threads?: number | null}} [options]  null: the best that there is
   * @returns {Promise<Session>}
   */
  static async open(base, model, network, { backend = null, threads = null } = {}) {
    if (backend !== "wasm" && (backend || (await hasWebGPU()))) {
      try {
        return await start(base, model, network, "webgpu", 1, "");
      } catch (error) {
        if (backend) throw error;
        return start(base, model, network, "wasm", usable(threads), `WebGPU cannot run this network (${error.message})`);
      }
    }
    return start(base, model, network, "wasm", usable(threads), threads === 1 ? "" : whyAlone());
  }

  constructor(ort, session, network, running) {
    Object.assign(this, { ort, session, network, running });
  }

  /** @param {Float32Array} input  planes @returns {Promise<{boxes: Float32Array, scores: Float32Array}>} */
  async run(input) {
    const { channels, height, width, names } = this.network;
    const feeds = { input: new this.ort.Tensor("float32", input, [1, channels, height, width]) };
    const { boxes, scores } = await this.session.run(feeds);
    if (boxes?.dims[2] !== 4 || scores?.dims[2] !== names.length || boxes.dims[1] !== scores.dims[1]) {
      throw new Error(`it does not give boxes of ${names.length} classes`);
    }
    return { boxes: boxes.data, scores: scores.data };
  }
}

async function start(base, model, network, backend, threads, note) {
  const folder = new URL("runtime/", base).href, ort = await load(folder, RUNTIMES[backend]);
  ort.env.wasm.wasmPaths = folder;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  let session;
  try {
    session = await ort.InferenceSession.create(model, { executionProviders: [backend] });
  } catch (error) {
    throw new Error(`${network.model} cannot be used as a model (${error.message}); export the page again`, { cause: error });
  }
  const opened = new Session(ort, session, network, { backend, threads, note });
  await warm(opened);
  return opened;
}

async function load(folder, file) {
  try {
    return await import(folder + file);
  } catch (error) {
    throw new Error(`runtime/${file} cannot be loaded (${error.message}); copy the whole folder to the server`, { cause: error });
  }
}

/** A run on zeros, which a model of other shapes refuses.  @param {Session} session */
async function warm(session) {
  const { channels, height, width, model } = session.network;
  try {
    await session.run(new Float32Array(channels * height * width));
  } catch (error) {
    throw new Error(`${model} is not the network of network.json (${error.message}); export the page again`, { cause: error });
  }
}

/** Why there is but one thread; "" where there may be more. */
function whyAlone() {
  if (globalThis.crossOriginIsolated) return "";
  const why = globalThis.isSecureContext ? "the page is not isolated (header Cross-Origin-Opener-Policy)" : "the page comes by http";
  return `one thread, since ${why}`;
}

/** How many threads a page can have; more than one only in an isolated one, as shared memory asks for. */
function usable(threads) {
  if (!globalThis.crossOriginIsolated) return 1;
  return threads ?? Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS);
}

/** Whether there is a GPU, not a program in its place, which would be slower than WebAssembly. */
async function hasWebGPU() {
  try {
    const adapter = await navigator.gpu?.requestAdapter();
    return Boolean(adapter) && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
  } catch {
    return false;
  }
}
