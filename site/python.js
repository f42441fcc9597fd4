// Starts Python in a worker: pyodide from the site's own folder, with bptt.zip on Python's path.
import { BYTES } from "./sizes.js";

const MB = 1e6;
const here = new URL("./", import.meta.url).href;
const getFromHost = self.fetch;

/**
 * Return Python, ready to import bptt; throw Error with what is wrong.
 * `progress` is called with a sentence whenever it has got further.
 */
export async function startPython(progress) {
  if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
  const trouble = watch(counter(progress));
  const started = async () => {
    const archive = fetch(new URL("bptt.zip", here)).then((response) => response.arrayBuffer());
    const { loadPyodide } = await import("./pyodide/pyodide.mjs");
    const python = await loadPyodide({
      indexURL: `${here}pyodide/`,
      packageBaseUrl: `${here}pyodide/`, // its own is an address elsewhere
    });
    python.FS.writeFile("/bptt.zip", new Uint8Array(await archive));
    python.runPython("import sys; sys.path.insert(0, '/bptt.zip')");
    return python;
  };
  return Promise.race([started(), trouble]);
}

/**
 * Watch what is fetched and compiled: pyodide waits for ever if a file does not come or does not
 * compile.  The promise that is returned rejects then; it never resolves.
 */
function watch(count) {
  return new Promise((_, reject) => {
    const failed = (error) => {
      reject(error);
      throw error;
    };
    self.fetch = (url) => getFile(url, count, failed);
    const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = (...given) => instantiateStreaming(...given).catch(failed);
  });
}

async function getFile(url, count, failed) {
  const name = String(url).replace(here, "");
  const response = await getFromHost(url).catch(() => ({ status: "no answer" }));
  if (!response.ok) failed(new Error(`${name} does not come (${response.status})`));
  const { readable, writable } = new TransformStream({ transform: count });
  response.body.pipeTo(writable).catch(() => failed(new Error(`${name} does not come whole`)));
  // not every web host knows the type of WebAssembly, without which it is not compiled
  const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(readable, { headers: { "Content-Type": type } });
}

/** A transformer of streams that counts the bytes of all of them. */
function counter(progress) {
  let loaded = 0;
  return (bytes, passed) => {
    const before = Math.floor(loaded / MB);
    loaded += bytes.length;
    const now = Math.floor(loaded / MB);
    if (loaded === BYTES) progress("starting Python …");
    else if (now > before) progress(`loading Python (${now} of ${Math.ceil(BYTES / MB)} MB) …`);
    passed.enqueue(bytes);
  };
}
