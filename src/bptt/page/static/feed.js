/** The page's way to Python: a request to the server that the page came from. The static site has
 * another file in this place, with the same two functions. */

const GONE = "bptt play does not answer: is it still running?";

/** Ask Python a question: `what` and a flat object of strings; the answer, parsed. Throws Error
 * with Python's sentence as message. */
export async function ask(what, settings) {
  let reply, answer;
  try {
    reply = await fetch(`answer/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(settings),
    });
    answer = await reply.json();
  } catch {
    throw new Error(GONE);
  }
  if (!reply.ok) {
    throw new Error(answer.message);
  }
  return answer;
}

/** Say how far Python has got before it can answer: here it always can. */
export function onProgress(callback) {
  callback("");
}
