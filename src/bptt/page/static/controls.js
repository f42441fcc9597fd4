/** What can be set: weights, activation, sequences, targets. */
import { Choice, Formula, Num, Typed, html } from "./html.js";
import { nudged, slidTo } from "./pixels.js";
import { note, now, set, store } from "./store.js";

const MOST_STEPS = 12, MOST_SEQUENCES = 20;

/** Changes with which a new training begins, at the weights on the screen. */
export const anew = (changes) => ({
  ...(now().step === "0" ? {} : Object.fromEntries(
    store.trace.network.weights.map(({ name, value }) => [name, String(value.value)]))),
  step: "0", walk: "0", ...changes,
});

/** Of more than one network (`bare`) they are the same, but not what comes of them. */
export const Weights = ({ trace, settings, bare }) => html`
  <div class="weights">
    ${trace.network.weights.map((weight) => html`<${Weight} key=${weight.name} weight=${weight} reach=${settings.reach} bare=${bare}
      put=${(text) => set(anew({ [weight.name]: text }))} />`)}
  </div>`;

const Weight = ({ weight, reach, put, bare }) => {
  // keys, touch and readers have the slider's own ways; a mouse's moves reach it with the next picture only
  const drag = (event) => event.target.hasPointerCapture(event.pointerId)
    && moveTo({ [weight.name]: slidTo(event, event.target) });
  const grab = (event) => {
    if (event.button === 0 && event.pointerType !== "touch") {
      event.preventDefault(); // else it drags as well; but then it does not take the focus either
      event.target.focus();
      event.target.setPointerCapture(event.pointerId);
      drag(event);
    }
  };
  return html`<div class="slider">
    <label for=${`slide-${weight.name}`}><${Formula} of=${weight.symbol} /></label>
    <input id=${`slide-${weight.name}`} type="range" min=${-reach} max=${reach} step="0.01" value=${weight.value.value}
      aria-label=${`weight ${weight.name}`} aria-valuetext=${weight.value.text} onInput=${(event) => put(event.target.value)}
      onPointerDown=${grab} onPointerMove=${drag} onPointerRawUpdate=${drag}
      onKeyDown=${(event) => byKey(event, weight)} />
    <${Typed} id=${`type-${weight.name}`} aria-label=${`value of ${weight.name}`} value=${weight.value.value}
      data-number=${weight.name} data-value=${weight.value.value} commit=${put} redraw=${redraw} />
    ${bare || html`<span class="gradient"><${Formula} of=${weight.derivative} block /> = <${Num} n=${weight.gradient} is=${`gradient-${weight.name}`} /></span>`}
  </div>`;
};

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

/** Move a weight by an arrow key from where it is, which may be between or beyond the slider's marks. */
function byKey(event, { name }) {
  if (KEYS[event.key]) {
    event.preventDefault();
    set(anew({ [name]: nudged(weightNow(name), KEYS[event.key], 1, event.shiftKey) }));
  }
}

/** A weight as it was last asked for, or where the training has brought it. */
export const weightNow = (name) => (now().step === "0" && now()[name] !== undefined ? Number(now()[name])
  : store.trace.network.weights.find((weight) => weight.name === name).value.value);

/** Move weights to where a pointer is: a move is heard as it comes, and again before the next picture. */
export function moveTo(weights) {
  if (Object.entries(weights).some(([name, text]) => Number(text) !== weightNow(name))) {
    set(anew(weights));
  }
}

const redraw = () => note({});

export const Activation = ({ options, settings }) => html`
  <div class="field"><span class="name">activation</span>
    <${Choice} label="activation" options=${options.map(({ name, label }) => [name, label])} value=${settings.activation}
      choose=${(activation) => set(anew({ activation }))} /></div>`;

/** Change the data: `how` makes new rows, targets and other settings of those there are. Targets that
 * are the number of ones stay that: then none are sent, and Python counts. */
function change(how) {
  const settings = now();
  const before = { rows: settings.sequences.split(","), targets: settings.targets?.split(",") ?? [] };
  const { rows, targets, ...more } = { rows: before.rows, ...how(before, settings) };
  const counting = !settings.targets || (store.trace.counting && settings.targets === store.settings.targets);
  const kept = rows.map((_, i) => before.targets[i] ?? before.targets.at(-1));
  const aims = targets ?? (counting ? undefined : kept);
  return set(anew({ sequences: rows.join(","), targets: aims?.join(","), ...more }));
}

const replaced = (list, i, value) => list.map((old, j) => (j === i ? value : old));

/** Flip the bit of time stamp k in sequence i, from 0. */
export const flip = (i, k) => change(({ rows }) => ({
  rows: replaced(rows, i, [...rows[i]].map((bit, j) => (j + 1 === k ? String(1 - bit) : bit)).join("")),
}));

const aim = (i, target) => change(({ targets }) => ({ targets: replaced(targets, i, target) }));
const longer = () => change(({ rows }) => ({ rows: rows.map((row) => `${row}0`) }));
const shorter = () => change(({ rows }, { time_stamp: k }) => ({
  rows: rows.map((row) => row.slice(0, -1)),
  time_stamp: Number(k) === rows[0].length ? String(k - 1) : k,
}));
const more = () => change(({ rows }) => ({ rows: [...rows, rows.at(-1)] }));
const fewer = () => change(({ rows }, { sequence: i }) => ({
  rows: rows.slice(0, -1),
  sequence: Number(i) === rows.length ? String(i - 1) : i,
}));

/** How long the sequences are. */
export function Length({ settings }) {
  const nSteps = settings.sequences.split(",")[0].length;
  return html`<${Stepper} name="time stamps T" value=${nSteps}
    less=${nSteps > 1 && shorter} more=${nSteps < MOST_STEPS && longer} />`;
}

function Count({ settings }) {
  const many = settings.sequences.split(",").length;
  return html`<${Stepper} name="sequences" value=${many}
    less=${many > 1 && fewer} more=${many < MOST_SEQUENCES && more} />`;
}

/** The sequences: bits to flip, targets, what the network says. */
export const Sequences = ({ trace, settings, bare }) => html`
  <div class="sizes"><${Length} settings=${settings} /><${Count} settings=${settings} /></div>
  <div class="scroll" tabindex="0" role="group" aria-label="sequences">
    <table class="sequences">
      <caption class="hidden-text">Sequences, their targets and predictions</caption>
      <thead><tr><th scope="col"><span class="hidden-text">look at</span></th><th scope="col">bits</th><th scope="col">target y</th>${bare || html`<th scope="col">prediction</th>`}</tr></thead>
      <tbody>${trace.sequences.map((sequence, i) => html`<${Sequence} key=${i} i=${i} sequence=${sequence} bare=${bare}
        chosen=${String(i + 1) === settings.sequence} />`)}</tbody>
    </table>
  </div>`;

const Sequence = ({ i, sequence, chosen, bare }) => html`
  <tr class=${chosen ? "chosen" : ""}>
    <td><input type="radio" name="sequence" checked=${chosen} aria-label=${`look at sequence ${i + 1}, ${sequence.bits}`} onChange=${() => set({ sequence: String(i + 1), walk: "0" })} />
      ${bare || html`<span class=${sequence.right ? "right" : "soft"} role="img" aria-label=${sequence.right ? "right" : "wrong"}>${sequence.right ? "✓" : "✗"}</span>`}</td>
    <td class="bits">${[...sequence.bits].map((bit, j) => html`<button type="button" key=${j} class=${`bit b${bit}`}
      aria-label=${`sequence ${i + 1}, x${j + 1} is ${bit}: flip`} onClick=${() => flip(i, j + 1)}>${bit}</button>`)}</td>
    <td><${Typed} id=${`target-${i + 1}`} aria-label=${`target of sequence ${i + 1}`} value=${sequence.target.value}
      data-number=${`target-${i + 1}`} data-value=${sequence.target.value} commit=${(text) => aim(i, text)} redraw=${redraw} /></td>
    ${bare || html`<td><${Num} n=${sequence.prediction} is=${`prediction-${i + 1}`} /></td>`}
  </tr>`;

const Stepper = ({ name, value, less, more }) => html`
  <div class="stepper" role="group" aria-label=${name}>
    <span class="name">${name}</span>
    <button type="button" aria-label=${`fewer ${name}`} disabled=${!less} onClick=${less || null}>−</button>
    <output>${value}</output>
    <button type="button" aria-label=${`more ${name}`} disabled=${!more} onClick=${more || null}>+</button>
  </div>`;
