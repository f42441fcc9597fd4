/** Taking it with you: the badge of the gradient check, a link, a program. */
import { html } from "./html.js";
import { link, note, store } from "./store.js";

export const Badge = ({ check }) => html`
  <span class=${`badge ${KINDS.get(check.right)}`} id="badge"
    title=${`BPTT ${texts(check.bptt)}, complex step ${texts(check.complex_step)}`}>${MARKS.get(check.right)}${check.says}<span class="hidden-text">: back-propagation through time against the complex step</span></span>`;

const KINDS = new Map([[true, "right"], [false, "wrong"], [null, "none"]]); // null: there is nothing to check
const MARKS = new Map([[true, "✓ "], [false, "✗ "], [null, ""]]);

const texts = (numbers) => numbers.map(({ text }) => text).join(", ");

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    note({ copied: `${what} copied` });
  } catch { // no permission: show it, selected
    note({ copied: "", toCopy: text });
  }
  setTimeout(() => note({ copied: "" }), 2500);
}

export const Share = ({ trace, children }) => html`
  <span class="share">
    <button type="button" onClick=${() => copy(trace.python, "program")}>copy as Python</button>
    <button type="button" onClick=${() => copy(link(), "link")}>copy link</button>
    <span role="status" class="small">${store.copied}</span>
    ${children}
  </span>`;

const selected = (area) => area?.select(); // once, when it appears

export const ToCopy = () => store.toCopy && html`
  <div class="card" role="region" aria-label="to copy">
    <textarea readonly rows="12" aria-label="to copy" key=${store.toCopy} ref=${selected}>${store.toCopy}</textarea>
    <button type="button" onClick=${() => note({ toCopy: "" })}>close</button>
  </div>`;
