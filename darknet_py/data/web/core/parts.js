// A body of several parts that has no end, as MJPEG is sent: each part with its length.

const HEAD_END = [13, 10, 13, 10];

/**
 * The parts as they come.
 * @param {ReadableStream<Uint8Array>} stream @returns {AsyncGenerator<{fields: Map<string, string>, body: Uint8Array}>}
 */
export async function* partsOf(stream) {
  const reader = stream.getReader(), decoder = new TextDecoder();
  let data = new Uint8Array();
  const take = (count) => {
    const taken = data.subarray(0, count);
    data = data.subarray(count);
    return taken;
  };
  const has = async (enough) => {
    while (!enough()) {
      const { done, value } = await reader.read();
      if (done) return false;
      data = joined(data, value);
    }
    return true;
  };
  try {
    while (await has(() => headLength(data))) {
      const lines = decoder.decode(take(headLength(data))).split("\r\n");
      const fields = new Map(lines.map((line) => /^([^:]+): (.*)$/.exec(line)).filter(Boolean).map(([, name, value]) => [name.toLowerCase(), value]));
      const length = Number(fields.get("content-length") ?? 0);
      if (!(await has(() => data.length >= length))) return;
      yield { fields, body: take(length) };
    }
  } finally {
    reader.cancel().catch(() => {}); // it broke off
  }
}

/** Bytes up to where a head's empty line ends; 0 if that is not there yet. */
const headLength = (data) => data.findIndex((_, i) => HEAD_END.every((byte, j) => data[i - 3 + j] === byte)) + 1;

function joined(first, second) {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
