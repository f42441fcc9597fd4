/** The exercise: derive it by yourself, and be told what is wrong. */
import { Choice, Formula, html } from "./html.js";
import { Activation, Length } from "./controls.js";
import { set } from "./store.js";

export function Practise({ exercise, verdict, settings, trace, start, links }) {
  if (exercise.refused) {
    return html`<section class="card"><p>${exercise.refused}</p><${Length} settings=${settings} /></section>`;
  }
  const stamps = Array.from({ length: trace.n_steps }, (_, i) => [String(i + 1), String(i + 1)]);
  const fresh = { answer: "", hints: "0" };
  const judge = (event) => {
    event.preventDefault();
    set({ answer: event.target.elements.answer.value });
  };
  return html`
    <section class="card" aria-labelledby="exercise-title">
      <div class="head"><h2 id="exercise-title">Derive it by yourself</h2></div>
      <p class="lead">Each time stamp adds one product to the gradient of each weight. Write it down, the last time
        stamp first; time stamp 1 is the goal.</p>
      <div class="row"><${Activation} options=${start.activations} settings=${settings} /><${Length} settings=${settings} /></div>
      <div class="scroll" tabindex="0" role="group" aria-label="drawing of the network"><pre class="drawing">${exercise.drawing}</pre></div>
      <div class="row">
        <div class="field"><span class="name">time stamp</span><${Choice} label="time stamp" options=${stamps} value=${settings.time_stamp}
          choose=${(k) => set({ time_stamp: k, ...fresh })} /></div>
        <div class="field"><span class="name">weight</span><${Choice} label="weight" options=${[["wx", "Wx"], ["wrec", "Wrec"]]} value=${settings.weight}
          choose=${(weight) => set({ weight, ...fresh })} /></div>
      </div>
      <form class="answer" onSubmit=${judge}>
        <label for="answer"><${Formula} of=${exercise.question} block /> <span>at time stamp ${settings.time_stamp} =</span></label>
        <input id="answer" name="answer" key=${`${settings.time_stamp} ${settings.weight} ${links}`} defaultValue=${settings.answer} autocomplete="off" spellcheck=${false}
          autocapitalize="off" placeholder="2/m (S3 - y) …" aria-describedby="verdict" />
        <button type="submit" class="main">check</button>
        <button type="button" disabled=${Number(settings.hints) >= exercise.n_hints}
          onClick=${() => set({ hints: String(Number(settings.hints) + 1) })}>hint (${settings.hints} of ${exercise.n_hints})</button>
      </form>
      <div id="verdict" role="status"><${Verdict} verdict=${verdict} /></div>
      <ol class="hints">${exercise.hints.map((hint) => html`<li>${hint}</li>`)}</ol>
      <details><summary>how to write it</summary>
        <dl class="notation">${exercise.notation.map(([how, what]) => html`<div><dt><code>${how}</code></dt><dd>${what}</dd></div>`)}</dl>
      </details>
    </section>`;
}

function Verdict({ verdict }) {
  if (!verdict || verdict.empty) {
    return null;
  }
  if (!verdict.readable) {
    return html`<p class="says wrong">Not readable: ${verdict.message}</p>`;
  }
  if (verdict.right) {
    const { next } = verdict;
    return html`<p class="says right">✓ right${verdict.remark ? `: ${verdict.remark}` : ""}
      ${next ? html`<button type="button" onClick=${() => set({ ...next, answer: "", hints: "0" })}>next: ${next.weight === "wx" ? "Wx" : "Wrec"} at time stamp ${next.time_stamp}</button>`
             : html`<span> That was the goal: time stamp 1.</span>`}</p>`;
  }
  return html`
    ${verdict.mistakes.map((mistake) => html`<p class="says wrong">✗ wrong: ${mistake.message}.</p>`)}
    ${verdict.difference && html`<p class="says wrong">✗ wrong: ${verdict.difference}</p>`}
    ${verdict.hint && html`<p class="note">${verdict.hint}</p>`}`;
}
