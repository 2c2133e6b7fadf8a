// The page: pictures in, boxes out.  What it needs of core/ (types and all options stand there):
//
//   await isolate()                 true, or false while the page is loaded again to get threads   core/isolation.js
//   net = await Darknet.load({backend, threads, report})   loads network.json, the model, the runtime   core/darknet.js
//   net.network                     names, width, height, thresh, nms ...                          core/description.js
//   net.running                     {backend: "webgpu" | "wasm", threads, note}                    core/session.js
//   await net.detect(source, {thresh, nms, classes, upright})   a file, frame of video, canvas     core/detector.js
//                                   → {boxes: [{class_id, name, prob, box}], times, width, height}
//   await net.again({thresh, nms, classes})   the last picture's boxes by other options, at once
//
// Every failure rejects with an Error whose message is for the user.

import { Darknet } from "./core/darknet.js";
import { isolate } from "./core/isolation.js";

const element = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search); // ?backend=wasm&threads=1
let net;

function say(text, isError = false) {
  element("message").textContent = text;
  element("message").className = isError ? "error" : "";
}

function options() {
  return { thresh: element("thresh").valueAsNumber, nms: element("nms").valueAsNumber };
}

function show({ boxes, times, width, height }) {
  say(`${boxes.length} found in ${Math.round(times.picture + times.network + times.boxes)} ms`);
  element("results").textContent = JSON.stringify({ width, height, times, boxes }, null, 1);
}

async function look(source) {
  try {
    show(await net.detect(source, options()));
  } catch (error) {
    say(error.message, true);
  }
}

async function start() {
  if (!(await isolate())) return;
  try {
    net = await Darknet.load({
      backend: asked.get("backend"), threads: Number(asked.get("threads")) || null,
      report: (done, size) => say(`Loading the network: ${Math.round((100 * done) / size)} %`),
    });
  } catch (error) {
    say(error.message, true);
    return;
  }
  const { backend, threads, note } = net.running;
  element("running").textContent = `${backend === "webgpu" ? "WebGPU" : `WebAssembly, threads: ${threads}`}${note && `: ${note}`}`;
  element("thresh").value = net.network.thresh;
  element("nms").value = net.network.nms;
  element("file").disabled = false;
  say("Choose a picture.");
}

element("file").addEventListener("change", ({ target }) => target.files[0] && look(target.files[0]));
for (const id of ["thresh", "nms"]) {
  element(id).addEventListener("change", async () => net && show(await net.again(options())));
}
start();
