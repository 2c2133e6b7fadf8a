// Colours that differ for colour-blind eyes too: those of Okabe and Ito.

const COLORS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

/** The colours of classes in the order in which they were first seen, so that those of a picture differ. */
const given = new Map();

/** Of a class, #rrggbb.  @param {number} classId */
export function colorOf(classId) {
  if (!given.has(classId)) given.set(classId, COLORS[given.size % COLORS.length]);
  return given.get(classId);
}

/** Black or white, whichever is easier to read on a colour. */
export const inkOn = (color) => (contrast(color, "#000000") >= contrast(color, "#ffffff") ? "#000000" : "#ffffff");

/** WCAG's ratio of two colours, 1 to 21. */
export function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** WCAG's relative luminance. */
function luminance(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => linear(parseInt(color.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
