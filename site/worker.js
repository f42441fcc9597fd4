// The worker of the static site: Python answers {id, what, body} with {id, answer} or {id, message}.
// Before that it says how far it has got: {progress}; and if it cannot go on at all: {broken}.
import { startPython } from "./python.js";

const REPLY = `
from bptt.errors import InputError
from bptt.page import answers, with_floats


def reply(what, body, answer, refuse):
    try:
        text = answers.answer(what, body, with_floats)
    except InputError as error:
        refuse(str(error))
    else:
        answer(text)


reply
`;

const python = startPython((sentence) => postMessage({ progress: sentence }))
  .then((started) => started.runPython(REPLY))
  .catch((error) => stop(`Python does not start: ${line(error)}. Load the page again.`));
python.then((reply) => reply && postMessage({ progress: "" }));

onmessage = async ({ data: { id, what, body } }) => {
  const reply = await python;
  try {
    reply?.(
      what,
      body,
      (answer) => postMessage({ id, answer }),
      (message) => postMessage({ id, message }),
    );
  } catch (error) {
    console.error(error);
    const sentence = `Python stopped at "${what}": ${line(error)}. This is a mistake of the page.`;
    if (error.name === "PythonError") postMessage({ id, message: sentence });
    else stop(`${sentence} Load it again.`);
  }
};

function stop(sentence) {
  postMessage({ broken: sentence });
}

/** The line that says what is wrong: a traceback's last, otherwise the first. */
function line(error) {
  const lines = String(error.message ?? error).trim().split("\n");
  return lines.at(error.name === "PythonError" ? -1 : 0).replace(/\.$/, "");
}
