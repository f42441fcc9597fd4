/** The view library, and the small pieces that every view is made of. */
import { html, render } from "./vendor/htm-preact.js";

export { html, render };

/** A formula that Python wrote in MathML. */
export const Formula = ({ of, block }) => {
  const whole = `<math${block ? " displaystyle='true'" : ""}><mrow>${of}</mrow></math>`;
  return html`<span class="formula" dangerouslySetInnerHTML=${{ __html: whole }}></span>`;
};

/** A number that Python computed; `is` says which one, for whoever checks them all. */
export const Num = ({ n, is }) => html`
  <span class="num" data-number=${is} data-value=${n.value === null ? n.text : n.value}>${n.text}</span>`;

let typing = ""; // the field in which someone types: it keeps what is there until it is committed

/** A field to type in. */
export const Typed = ({ id, value, commit, redraw, ...more }) => html`
  <input id=${id} class="typed" inputmode="decimal" autocomplete="off" ...${more}
    value=${typing === id ? document.getElementById(id)?.value : value}
    onInput=${() => { typing = id; }}
    onChange=${(event) => { typing = ""; commit(event.target.value.replaceAll(" ", "")); }}
    onBlur=${() => { typing = ""; redraw(); }} />`;

/** A button that keeps the focus when there is nothing to press it for. */
export const Button = ({ says, off, press, kind, children }) => html`
  <button type="button" class=${kind} title=${says} aria-label=${says} aria-disabled=${off ? "true" : "false"}
    onClick=${() => off || press()}>${children}</button>`;

/** Some buttons of which one is chosen. */
export const Choice = ({ label, options, value, choose }) => html`
  <div class="choice" role="group" aria-label=${label}>
    ${options.map(([name, text]) => html`
      <button type="button" key=${name} aria-pressed=${name === value ? "true" : "false"}
        onClick=${() => choose(name)}>${text}</button>`)}
  </div>`;

/** A part of the page with its heading. */
export const Card = ({ id, title, note, aside, children }) => html`
  <section class="card" id=${id} aria-labelledby=${`${id}-title`}>
    <div class="head"><h2 id=${`${id}-title`}>${title}</h2>${aside}</div>
    ${note && html`<p class="note">${note}</p>`}
    ${children}
  </section>`;
