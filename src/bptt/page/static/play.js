/** Training: play, pause, one step, slow motion, rewind. */
import { Button, Choice, Formula, Num, Typed, html } from "./html.js";
import { note, now, set, store } from "./store.js";

const PAUSE = { train: 60, walk: 1100 }; // milliseconds after what came before is on the screen

const SPEEDS = [["1", "1"], ["10", "10"], ["100", "100"]];

let latest = null;

/** Go on playing until someone pauses or there is nothing more to do. */
async function run(how) {
  const mine = latest = {}; // who pauses and plays in a moment does not play twice
  while (store.playing === how && latest === mine) {
    const before = JSON.stringify(store.settings);
    await (how === "train" ? step(Number(now().speed)) : stage(1));
    if (JSON.stringify(store.settings) === before) {
      note({ playing: "" });
    }
    await new Promise((done) => { setTimeout(done, PAUSE[how]); });
  }
}

function play(how) {
  const other = store.playing === how ? "" : how;
  note({ playing: other });
  if (other) {
    run(other);
  }
}

const step = (by) => {
  const to = Number(now().step) + by;
  return to < 0 || (by > 0 && store.trace.ends) ? null : set({ step: String(to), walk: "0" });
};

/** Train again from the same start, so that ways can be compared. */
const again = (changes) => set({ step: "0", walk: "0", ...changes });

/** Go to the next stage of the walk; behind the last one, to the first of the next update. */
const stage = (by) => {
  const to = Number(now().walk) + by, last = store.trace.n_walk;
  if (to > last) {
    return store.trace.ends ? null : set({ step: String(Number(now().step) + 1), walk: "1" });
  }
  return to < 0 ? null : set({ walk: String(to) });
};

/** Whether a part of a time stamp has been reached by the walk; without a walk all is there. */
export const reachedBy = (trace, settings) => {
  const now = trace.walk[Number(settings.walk) - 1];
  if (!now) {
    return () => true;
  }
  const order = ["forward", "error", "backward", "update"];
  return (part, k) => {
    const [at, asked] = [order.indexOf(now.part), order.indexOf(part)];
    if (at !== asked || part === "error" || part === "update") {
      return at >= asked || (part === "backward" && at === 1 && k === trace.n_steps);
    }
    return part === "forward" ? k <= now.time_stamp : k >= now.time_stamp;
  };
};

export const Training = ({ trace, settings, optimizers }) => html`
  <div class="training">
    <div class="buttons" role="group" aria-label="training">
      <${Button} says="rewind" off=${settings.step === "0"}
        press=${() => { note({ playing: "" }); set({ step: "0", walk: "0" }); }}>❚◀<//>
      <${Button} says="one step back" off=${settings.step === "0"} press=${() => step(-1)}>◀<//>
      <${Button} kind="main" off=${Boolean(trace.ends)} press=${() => play("train")}>
        ${store.playing === "train" ? "❚❚ pause" : "▶ play"}<//>
      <${Button} says="one step" off=${Boolean(trace.ends)} press=${() => step(1)}>▶❚<//>
      <button type="button" onClick=${() => play("walk")}>${store.playing === "walk" ? "❚❚ pause" : "slow motion"}</button>
    </div>
    <p class="progress"><span>step <span class="num">${settings.step}</span></span>
      <span>cost ξ = <${Num} n=${trace.cost} is="training-cost" /></span></p>
    <div class="row">
      <div class="field"><span class="name">updates a picture</span><${Choice} label="updates a picture" options=${SPEEDS} value=${settings.speed}
        choose=${(speed) => set({ speed })} /></div>
      <label class="field">optimiser <select value=${settings.optimizer}
        onChange=${(event) => again({ optimizer: event.target.value })}>
        ${optimizers.map((name) => html`<option key=${name} value=${name} selected=${name === settings.optimizer}>${name}</option>`)}
      </select></label>
      <label class="field">rate <${Typed} id="rate" value=${settings.rate} title="one number, or one for each weight: 0.02,0.0006"
        commit=${(rate) => again({ rate })} redraw=${() => note({})} /></label>
    </div>
    ${trace.ends && html`<p class="note" role="status">${trace.ends}</p>`}
  </div>`;

/** The stage of the walk: a formula in symbols, with numbers, and its value. */
export function Walk({ trace, settings }) {
  const now = trace.walk[Number(settings.walk) - 1];
  if (!now) {
    return null;
  }
  return html`
    <section class="card walk" aria-labelledby="walk-title">
      <div class="head"><h2 id="walk-title">${now.title}</h2>
        <span class="choices">
          <span class="small">${settings.walk} of ${trace.n_walk}</span>
          <span class="buttons" role="group" aria-label="walk">
            <${Button} says="stage before" off=${settings.walk === "1"} press=${() => stage(-1)}>◀<//>
            <button type="button" aria-label="next stage" onClick=${() => stage(1)}>▶</button>
            <button type="button" aria-label="end the walk" onClick=${() => { note({ playing: "" }); set({ walk: "0" }); }}>✕</button>
          </span>
        </span>
      </div>
      <div class="scroll" tabindex="0" role="group" aria-label="formulas of this stage" aria-live="polite">
        <table class="equations" role="presentation">
          ${now.lines.map((line, i) => html`<tr key=${i}>
            <td>${line.says} <${Formula} of=${line.left} block /></td><td>${line.sign}</td>
            <td><${Formula} of=${line.symbols} block /></td><td>=</td>
            <td><${Formula} of=${line.numbers} /></td><td>=</td>
            <td><b><${Num} n=${line.value} is=${`walk-${i}`} /></b></td></tr>`)}
        </table>
        ${now.part === "update" && html`<p>${trace.ends}</p>`}
      </div>
    </section>`;
}
