// The page: pictures, videos and cameras in, boxes out.  page/ has its parts, core/ what computes.

import { Darknet } from "./core/darknet.js";
import { isolate } from "./core/isolation.js";
import { THRESH } from "./core/lines.js";
import { isService, Service } from "./core/service.js";
import { Camera } from "./page/camera.js";
import { element } from "./page/dom.js";
import * as files from "./page/files.js";
import * as keys from "./page/keys.js";
import { Looking } from "./page/looking.js";
import { Pictures, sceneOf } from "./page/pictures.js";
import { Player } from "./page/player.js";
import * as controls from "./page/service_controls.js";
import { Streams } from "./page/streams.js";
import { View } from "./page/view.js";

const MB = 1e6;
const asked = new URLSearchParams(location.search); // ?backend=wasm&threads=1
const pictures = new Pictures(), camera = new Camera();
/** @type {Darknet | Service} */ let net;
let view, looking, player, streams;
let examples; // once they are fetched
let introduced; // the name of the network that the sliders are for
let opening = 0; // counts what was opened, so that a slow one does not come after a later one

function say(text, isError = false) {
  element("message").textContent = text;
  element("message").className = isError ? "error" : "";
}

const complain = (message) => say(message, true);

const short = (share) => share.toFixed(3).replace(/0$/, "");

/** What the sliders say. */
function options() {
  const thresh = element("thresh").valueAsNumber, nms = element("nms").valueAsNumber;
  element("thresh-value").textContent = short(thresh);
  element("nms-value").textContent = nms ? short(nms) : "off";
  return { thresh, nms };
}

function show(scene, found) {
  view.show(scene, found);
  if (player.playing) return; // a reader of the screen would not come to an end
  say(`${scene.name}: ${view.boxes.length || "nothing"} found in ${Math.round(view.together)} ms.`);
}

function fail(error) {
  view.clear();
  complain(error.message);
}

/** Go to the picture or video that is chosen. */
async function open() {
  const mine = ++opening, file = pictures.current;
  stop();
  looking.clear();
  element("row").hidden = pictures.files.length < 2;
  element("place").textContent = `${pictures.place}: ${file.name}`;
  say(`${file.name} is being looked at.`);
  try {
    element("player").hidden = !files.isVideo(file);
    if (files.isVideo(file)) return await player.open(file);
    const scene = await sceneOf(net, file, element("upright").checked);
    if (mine !== opening) return;
    view.preview(scene);
    if (net.models) await refresh(() => mine === opening);
    if (mine === opening) await looking.look(scene);
  } catch (error) {
    if (mine === opening) fail(error);
  }
}

function add(chosen) {
  if (!chosen.length) return;
  pictures.add(chosen);
  if (looking) open();
}

function go(by) {
  pictures.go(by);
  open();
}

/** Look at all pictures, one after the other, and save what is found as one file. */
async function saveAll() {
  const all = [];
  for (pictures.index = 0; pictures.index < pictures.files.length; pictures.index += 1) {
    const filename = pictures.current.name;
    if (files.isVideo(pictures.current)) continue;
    const mine = opening + 1;
    await open();
    if (mine !== opening) return; // the user went elsewhere
    const error = view.scene ? undefined : element("message").textContent;
    all.push({ filename, boxes: view.boxes, error });
  }
  pictures.index = pictures.files.length - 1;
  view.saveJson(all, "pictures.json");
  say(`pictures.json has what was found in ${all.length} pictures.`);
}

/** End what plays. */
function stop() {
  streams?.stop();
  player.close();
  element("player").hidden = element("turn").hidden = true;
  element("camera").setAttribute("aria-pressed", "false");
  element("camera").textContent = "Camera";
}

async function watch() {
  const mine = ++opening;
  stop();
  looking.clear();
  try {
    const stream = await camera.open();
    if (mine !== opening) return stream.getTracks().forEach((track) => track.stop());
    element("camera").setAttribute("aria-pressed", "true");
    element("camera").textContent = "Stop";
    say(`The camera is on; its pictures ${net.models ? "go to the service, which keeps none" : "stay here"}.`);
    element("turn").hidden = !(await camera.hasOther());
    await player.watch(stream, "camera");
  } catch (error) {
    if (mine !== opening) return;
    stop();
    fail(error);
  }
}

async function toggleCamera() {
  if (element("camera").getAttribute("aria-pressed") !== "true") return watch();
  opening += 1;
  stop();
  await looking.settle(); // its last picture stays
  say("The camera is off.");
}

async function showExamples(paths) {
  try {
    examples ??= await Promise.all(paths.map(files.fetched));
    if (!pictures.files.includes(examples[0])) return add(examples);
    pictures.index = pictures.files.indexOf(examples[0]);
    open();
  } catch (error) {
    complain(error.message);
  }
}

/** What the controls of a video show. */
function showPlayer() {
  const { currentTime, duration } = player.video, whole = Number.isFinite(duration) ? duration : 0;
  const time = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  Object.assign(element("seek"), { max: whole, value: currentTime });
  element("clock").textContent = `${time(currentTime)} / ${time(whole)}`;
  element("play").textContent = player.playing ? "Pause" : "Play";
}

/** The command that gives what is seen, "" for a frame, which is in no file. */
function curl() {
  if (streams?.watching) return net.curlOfStream(view.scene.name);
  if (!net.models || !view.scene.file) return "";
  const chosen = view.classes.chosen?.map((i) => net.network.names[i]).join();
  return net.curl(view.scene.name, { ...options(), classes: chosen, upright: view.scene.upright });
}

function listen({ examples: paths = [] }) {
  const clicks = {
    previous: () => go(-1), next: () => go(1), camera: toggleCamera, example: () => showExamples(paths),
    play: () => player.toggle(), back: () => player.step(-1), forward: () => player.step(1),
    turn: () => (camera.turn(), watch()), every: saveAll,
  };
  for (const [id, act] of Object.entries(clicks)) element(id).addEventListener("click", act);
  for (const id of ["thresh", "nms"]) element(id).addEventListener("input", () => looking.change(options()));
  element("seek").addEventListener("input", ({ target }) => player.seek(target.valueAsNumber));
  element("upright").addEventListener("change", () => pictures.current && !player.name && open());
  element("example").hidden = !paths.length;
}

/** Single keys, in the order in which they are told. */
function shortcuts() {
  return {
    o: ["choose files", element("file")], c: ["camera on, off", element("camera")], e: ["example", element("example")],
    ArrowLeft: ["picture before", element("previous")], ArrowRight: ["next picture", element("next")],
    " ": ["play, pause", element("play")], ",": ["a frame back", element("back")], ".": ["a frame on", element("forward")],
    "+": ["closer", element("closer")], "-": ["farther", element("farther")], 0: ["the whole picture", element("whole")],
    j: ["save JSON", element("json")], p: ["save PNG", element("png")],
  };
}

/** Say what the network is, and begin with its thresholds if it is not the one before. */
function introduce({ name, names, width, height, thresh, nms }) {
  element("name").textContent = document.title = name;
  element("about").textContent = `${names.length} ${names.length === 1 ? "class" : "classes"}, ${width} × ${height} pixels`;
  if (name === introduced) return;
  introduced = name;
  element("thresh").value = net.models && view.reads ? Math.max(thresh, THRESH) : thresh; // that of `read`
  element("nms").value = nms;
}

function report(done, size) {
  element("progress").value = done / size;
  say(`The network is being loaded: ${(done / MB).toFixed(1)} of ${(size / MB).toFixed(1)} MB.`);
  if (done === size) {
    element("progress").removeAttribute("value");
    say("The network is here; what computes it is being started.");
  }
}

/** The network in this browser.  @returns {Promise<Darknet | null>}  null: the page is being loaded again */
async function inBrowser() {
  element("about").textContent = "Pictures stay on this machine.";
  controls.introduceBrowser();
  if (!(await isolate())) return null;
  const loaded = await Darknet.load({ backend: asked.get("backend"), threads: Number(asked.get("threads")) || null, report });
  const { backend, threads, note } = loaded.running;
  element("running").textContent = `${backend === "webgpu" ? "WebGPU" : `WebAssembly, threads: ${threads}`}${note && `: ${note}`}`;
  element("version").textContent = loaded.network.version;
  return loaded;
}

/** The service that this page comes from. */
async function ofService() {
  element("progress").classList.add("done");
  const opened = await Service.open({ tell: complain, askToken: (problem) => controls.askToken(problem, say) });
  controls.introduceService();
  element("model").addEventListener("change", ({ target }) => choose(target.value));
  return opened;
}

/** Use another model for the picture that is there. */
function choose(name) {
  streams.stop();
  looking.clear();
  net.use(name);
  useModel();
  if (pictures.current && !player.name) open();
}

/** Begin with the model that is chosen. */
function useModel() {
  view.use(net.network);
  introduce(net.network);
  if (looking) Object.assign(looking, { options: options(), seen: null });
  if (!net.models) return;
  controls.showModels(net.models, net.network.name);
  element("running").textContent = `Engine: ${net.network.engine}, ${net.network.numerics}`;
}

/** Make room for a stream, which has a model of its own. */
function begin({ model }) {
  opening += 1;
  stop();
  element("row").hidden = true;
  looking.clear();
  if (!net.models.some(({ name }) => name === model)) return;
  net.use(model);
  useModel();
}

/** Take notice of models that were exchanged. */
async function refresh(isWanted) {
  if (await net.refresh(isWanted)) useModel();
  else controls.showModels(net.models, net.network.name);
}

async function start() {
  files.listen(element("file"), add, complain);
  net = (await isService(new URL(".", location.href))) ? await ofService() : await inBrowser();
  if (!net) return;
  view = new View(net.times, say, curl);
  useModel();
  looking = new Looking(net, options(), show, fail);
  player = new Player(element("video"), (scene) => looking.look(scene), showPlayer);
  if (net.models) {
    streams = new Streams(net, (scene, found) => view.show(scene, found), begin, say);
    await streams.offer();
  }
  listen(net.network);
  keys.listen(shortcuts(), element("keys"), element("shortcuts"));
  for (const id of ["file", "camera", "example"]) element(id).disabled = false;
  say("Ready: drop, paste or choose a picture.");
  if (pictures.current) open();
}

start().catch((error) => complain(error.message)).finally(() => element("progress").classList.add("done"));
