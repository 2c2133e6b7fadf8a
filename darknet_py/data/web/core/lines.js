// Characters that a network has seen → lines of text, as `darknet_py read` puts them: left to right, top to bottom.  The
// rules and their constants are those of darknet_py/boxes/lines.py; a test holds the two to each other.

/**
 * @typedef {import("./boxes.js").Detection} Detection
 * @typedef {{text: string, characters: Detection[], prob: number, box: [number, number, number, number]}} Line
 *   prob: that of the least sure character; box: centre x, y, width, height of them all, relative to the picture
 * @typedef {{seen: Detection, x: number, y: number, width: number, height: number, lookalike: Detection | null}} Glyph
 *   a character with its box in pixels; lookalike: the one that looks like it and was seen there nearly as surely
 */

export const GAP = "·"; // between groups of characters that stand apart

export const THRESH = 0.6; // the least probability of a line's surest character, if none is asked for
const WEAK = 1 / 3; // of that: the least of the others
const PAIRS = { 0: "O", 1: "I", 5: "S", 8: "B", 2: "Z", 6: "G" };
const ALIKE = new Map(Object.entries(PAIRS).flatMap(([digit, letter]) => [[digit, letter], [letter, digit]]));
const LOOKALIKE = 0.5; // of the more probable reading's probability: the least of one that its neighbours may prefer
const SAME = 0.5; // share of the smaller box from which two boxes are one character
const SHIFT = 0.5; // of the height: how far a character may stand above or below its neighbour
const TALLER = 1.8; // how many times as tall as its neighbour
const REACH = 2.2; // of the height: the widest gap inside a line
const PITCH = 2.0; // of the line's usual distance from centre to centre: the same, where characters stand far apart
const REGULAR = 3; // characters from which a line has a usual distance
const RUN = 4; // characters at a line's end that say how it slopes
const LEVER = 1.5; // of the height: the least distance between the first and the last of them
const STEEP = 0.5; // the most that a line is taken to slope
const APART = 0.45; // of the height: the least gap between groups
const STEP = 1.0; // of the height: the least distance between them from centre to centre
const WIDE = 1.25; // of the lower quarter of the line's distances: the least between groups

/** Whether the classes are characters, so that boxes can be read.  @param {string[]} names */
export const areCharacters = (names) => names.length >= 10 && names.every((name) => [...name].length === 1);

const isDigit = ({ name }) => /^\p{Nd}+$/u.test(name);
const gap = (left, right) => right.x - right.width / 2 - (left.x + left.width / 2);
const pairwise = (list) => list.slice(1).map((item, i) => [list[i], item]);

/** The probability from which characters are to be looked for, so that readLines has what it needs.  @param {number} thresh */
export const weakest = (thresh) => thresh * WEAK;

/**
 * What was found above a threshold, and the weaker characters that readLines needs.
 * @param {(least: number) => Detection[]} above @param {string[]} names @param {number} thresh
 */
export const foundBy = (above, names, thresh) =>
  ({ boxes: above(thresh), legible: areCharacters(names) ? above(weakest(thresh)) : [], thresh });

/**
 * The lines of text among detections of characters: each has one above the threshold, and beside it all those above
 * `weakest(thresh)` count.
 * @param {Detection[]} found @param {{width: number, height: number}} size  of the picture @param {number} [thresh]
 * @returns {Line[]}
 */
export function readLines(found, size, thresh = THRESH) {
  const all = [];
  for (const glyph of distinct(found, size, weakest(thresh)).sort((a, b) => a.x - b.x)) {
    const ends = all.filter((line) => goesOn(line, glyph));
    if (ends.length) nearest(ends, glyph).push(glyph);
    else all.push([glyph]);
  }
  const lines = all.filter((line) => line.some(({ seen }) => seen.prob > thresh));
  lines.sort(([a], [b]) => a.y - b.y || a.x - b.x);
  return inRows(lines).map((line) => asLine(line, size));
}

/** One character in each place, of those above `least`.  @returns {Glyph[]} */
function distinct(found, size, least) {
  const kept = [];
  for (const seen of found.filter(({ prob }) => prob > least).sort((a, b) => b.prob - a.prob)) {
    const [x, y, w, h] = seen.box;
    const glyph = { seen, x: x * size.width, y: y * size.height, width: w * size.width, height: h * size.height, lookalike: null };
    const there = kept.filter((other) => overlap(glyph, other) >= SAME);
    if (!there.length) kept.push(glyph);
    for (const best of there) {
      const alike = ALIKE.get(best.seen.name) === seen.name && seen.prob >= LOOKALIKE * best.seen.prob;
      if (alike && !best.lookalike) best.lookalike = seen;
    }
  }
  return kept;
}

/** Intersection over the smaller box: a wide box that takes in a neighbour is seen to cover it. */
function overlap(a, b) {
  const common = shared(a.x, a.width, b.x, b.width) * shared(a.y, a.height, b.y, b.height);
  return common / Math.max(Math.min(a.width * a.height, b.width * b.height), 1e-9);
}

/** Length of what two stretches with these centres have in common. */
function shared(a, sizeA, b, sizeB) {
  return Math.max(Math.min(a + sizeA / 2, b + sizeB / 2) - Math.max(a - sizeA / 2, b - sizeB / 2), 0);
}

/** Whether a character may be the next one of a line. */
function goesOn(line, glyph) {
  const last = line.at(-1), low = Math.min(last.height, glyph.height), high = Math.max(last.height, glyph.height);
  const alike = high <= TALLER * low && Math.abs(level(line, glyph.x) - glyph.y) < SHIFT * low, between = gap(last, glyph);
  return alike && -low / 2 < between && between < reach(line, low);
}

/** The widest gap to the next character. */
const reach = (line, height) => Math.max(REACH * height, line.length >= REGULAR ? PITCH * median(steps(line)) : 0);

/** The height at which a line that goes on as it did reaches `x`. */
function level(line, x) {
  const [first] = line.slice(-RUN), last = line.at(-1), across = last.x - first.x;
  const slope = across > LEVER * last.height ? (last.y - first.y) / across : 0;
  return last.y + Math.min(Math.max(slope, -STEEP), STEEP) * (x - last.x);
}

/** From centre to centre. */
const steps = (line) => pairwise(line).map(([a, b]) => b.x - a.x);

function nearest(ends, glyph) {
  const distance = (line) => Math.abs(gap(line.at(-1), glyph));
  return ends.reduce((best, line) => (distance(line) < distance(best) ? line : best));
}

/** Lines side by side from left to right, rows from top to bottom. */
function inRows(lines) {
  const rows = [];
  for (const line of lines) {
    const first = rows.at(-1)?.[0][0];
    const beside = first && Math.abs(line[0].y - first.y) < SHIFT * Math.min(line[0].height, first.height);
    if (beside) rows.at(-1).push(line);
    else rows.push([line]);
  }
  return rows.flatMap((row) => row.sort(([a], [b]) => a.x - b.x));
}

/** @returns {Line} */
function asLine(glyphs, size) {
  const groups = groupsOf(glyphs).map(agreed), characters = groups.flat();
  const text = groups.map((group) => group.map(({ name }) => name).join("")).join(GAP);
  return { text, characters, prob: Math.min(...characters.map(({ prob }) => prob)), box: hull(glyphs, size) };
}

/** Lookalikes where the characters without one are all digits, or all letters, and the more probable reading is not. */
function agreed(group) {
  const kinds = new Set(group.filter((glyph) => !glyph.lookalike).map((glyph) => isDigit(glyph.seen)));
  const [digits] = kinds;
  return group.map(({ seen, lookalike }) => (kinds.size === 1 && lookalike && isDigit(seen) !== digits ? lookalike : seen));
}

/** The characters that stand together. */
function groupsOf(line) {
  const ways = steps(line), height = median(line.map((glyph) => glyph.height));
  const usual = ways.length > 1 ? [...ways].sort((a, b) => a - b)[Math.floor(ways.length / 4)] : 0;
  const groups = [[line[0]]];
  pairwise(line).forEach(([a, b], i) => {
    if (gap(a, b) > APART * height && ways[i] > Math.max(STEP * height, WIDE * usual)) groups.push([]);
    groups.at(-1).push(b);
  });
  return groups;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function hull(glyphs, { width, height }) {
  const left = Math.min(...glyphs.map((g) => g.x - g.width / 2)), right = Math.max(...glyphs.map((g) => g.x + g.width / 2));
  const top = Math.min(...glyphs.map((g) => g.y - g.height / 2)), bottom = Math.max(...glyphs.map((g) => g.y + g.height / 2));
  return [(left + right) / 2 / width, (top + bottom) / 2 / height, (right - left) / width, (bottom - top) / height];
}
