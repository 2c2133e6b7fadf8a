// A Detector in a worker: answers {id, method, values} with {id, value} or {id, error}.

import { Detector } from "./detector.js";

let detector;
const report = (done, size) => postMessage({ done, size });

const METHODS = {
  load: async (base, options) => {
    detector = await Detector.load(base, options, report);
    return { network: detector.network, running: detector.running };
  },
  detect: (source, options) => detector.detect(source, options),
  again: (options) => detector.again(options),
};

addEventListener("message", async ({ data: { id, method, values } }) => {
  try {
    postMessage({ id, value: await METHODS[method](...values) });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
});
