/** Taking it with you: the badge of the gradient check, a link, a program. */
import { html } from "./html.js";
import { link, note, store } from "./store.js";

export const Badge = ({ check }) => html`
  <span class=${`badge ${check.right ? "right" : "wrong"}`} role="status" id="badge"
    title=${`BPTT ${texts(check.bptt)}, complex step ${texts(check.complex_step)}`}>${check.right ? "✓" : "✗"} ${check.says}<span class="hidden-text">: back-propagation through time against the complex step</span></span>`;

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

export const ToCopy = () => store.toCopy && html`
  <div class="card" role="group" aria-label="to copy">
    <textarea readonly rows="12" ref=${(area) => area?.select()}>${store.toCopy}</textarea>
    <button type="button" onClick=${() => note({ toCopy: "" })}>close</button>
  </div>`;
