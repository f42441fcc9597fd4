// How the static site asks Python: by a worker beside the page, in which Python runs.

const waiting = new Map();
let asked = 0;
let broken = "";
let progress = "loading Python …";
let tell = () => {};

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  if ("broken" in data) stop(data.broken);
  else if ("progress" in data) say(data.progress);
  else settle(data);
};
worker.onerror = (event) => {
  const why = event.message || "a file of this site is missing, or the browser is too old";
  stop(`Python does not run: ${why}. Load the page again.`);
};
worker.onmessageerror = () => stop("Python's answer cannot be read. Load the page again.");

/**
 * Ask Python a question: `what` and a flat object of strings; the answer, parsed.
 * Throws Error with Python's sentence as message.
 */
export async function ask(what, settings) {
  if (broken) throw new Error(broken);
  const answer = new Promise((resolve, reject) => waiting.set(++asked, { resolve, reject }));
  worker.postMessage({ id: asked, what, body: JSON.stringify(settings) });
  return JSON.parse(await answer);
}

/** Say how far Python has got before it can answer, in a sentence, or "" when it is ready. */
export function onProgress(callback) {
  tell = callback;
  tell(progress);
}

function say(sentence) {
  progress = sentence;
  tell(progress);
}

function settle({ id, answer, message }) {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (message === undefined) resolve(answer);
  else reject(new Error(message));
}

/** Nothing will be answered any more: say why to all who wait. */
function stop(sentence) {
  broken ||= sentence;
  for (const { reject } of waiting.values()) reject(new Error(broken));
  waiting.clear();
  say(broken);
}
