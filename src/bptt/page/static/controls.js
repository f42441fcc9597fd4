/** What can be set: weights, activation, sequences, targets. */
import { Choice, Formula, Num, html } from "./html.js";

const MOST_STEPS = 12, MOST_SEQUENCES = 20;

/** Weights as the next start: a change of one begins a new training at both. */
export const start = (trace, changes) => ({
  ...Object.fromEntries(trace.network.weights.map(({ name, value }) => [name, String(value.value)])),
  step: "0", walk: "0", ...changes,
});

export const Weights = ({ trace, settings, set }) => html`
  <div class="weights">
    ${trace.network.weights.map((weight) => html`<${Weight} key=${weight.name} weight=${weight} reach=${settings.reach}
      put=${(text) => set(start(trace, { [weight.name]: text }))} />`)}
  </div>`;

const Weight = ({ weight, reach, put }) => html`
  <div class="slider">
    <label for=${`slide-${weight.name}`}><${Formula} of=${weight.symbol} /><span class="hidden-text">${weight.name}</span></label>
    <input id=${`slide-${weight.name}`} type="range" min=${-reach} max=${reach} step="0.01" value=${weight.value.value}
      aria-valuetext=${weight.value.text} onInput=${(event) => put(event.target.value)} />
    <input class="typed" inputmode="decimal" aria-label=${`value of ${weight.name}`} value=${weight.value.value}
      data-number=${weight.name} data-value=${weight.value.value} onChange=${(event) => put(event.target.value.trim())} />
    <span class="gradient"><${Formula} of=${weight.derivative} /> = <${Num} n=${weight.gradient} is=${`gradient-${weight.name}`} /></span>
  </div>`;

export const Activation = ({ options, settings, set }) => html`
  <div class="field"><span class="name">activation</span>
    <${Choice} label="activation" options=${options.map(({ name, label }) => [name, label])} value=${settings.activation}
      choose=${(activation) => set({ activation })} /></div>`;

/** Other data; they begin a new training at the weights on the screen. */
const put = ({ trace, set }, rows, targets, more = {}) =>
  set({ ...start(trace, {}), sequences: rows.join(","), targets: targets.join(","), ...more });

const data = (settings) => [settings.sequences.split(","), settings.targets.split(",")];

/** How many sequences there are, and how long they are. */
export function Sizes({ trace, settings, set }) {
  const [rows, targets] = data(settings), nSteps = rows[0].length, to = { trace, set };
  const longer = () => put(to, rows.map((row) => `${row}0`), targets);
  const shorter = () => put(to, rows.map((row) => row.slice(0, -1)), targets,
    Number(settings.time_stamp) === nSteps ? { time_stamp: String(nSteps - 1) } : {});
  const more = () => put(to, [...rows, rows.at(-1)], [...targets, targets.at(-1)]);
  const fewer = () => put(to, rows.slice(0, -1), targets.slice(0, -1),
    Number(settings.sequence) === rows.length ? { sequence: String(rows.length - 1) } : {});
  return html`
    <div class="sizes">
      <${Stepper} name="time stamps T" value=${nSteps} less=${nSteps > 1 && shorter} more=${nSteps < MOST_STEPS && longer} />
      <${Stepper} name="sequences" value=${rows.length} less=${rows.length > 1 && fewer} more=${rows.length < MOST_SEQUENCES && more} />
    </div>`;
}

/** The sequences: bits to flip, targets, what the network says. */
export function Sequences({ trace, settings, set }) {
  const [rows, targets] = data(settings), to = { trace, set };
  return html`
    <${Sizes} trace=${trace} settings=${settings} set=${set} />
    <div class="scroll" tabindex="0" role="group" aria-label="sequences">
      <table class="sequences">
        <caption class="hidden-text">Sequences, their targets and predictions</caption>
        <thead><tr><th scope="col"><span class="hidden-text">look at</span></th><th scope="col">bits</th><th scope="col">target y</th><th scope="col">prediction</th></tr></thead>
        <tbody>
          ${trace.sequences.map((sequence, i) => html`<${Sequence} key=${i} i=${i} sequence=${sequence}
            chosen=${String(i + 1) === settings.sequence} look=${() => set({ sequence: String(i + 1), walk: "0" })}
            target=${targets[i]} flip=${(k) => put(to, rows.map((row, j) => (j === i ? flipped(row, k) : row)), targets)}
            aim=${(text) => put(to, rows, targets.map((target, j) => (j === i ? text : target)))} />`)}
        </tbody>
      </table>
    </div>`;
}

export const flipped = (row, k) =>
  [...row].map((bit, j) => (j + 1 === k ? String(1 - bit) : bit)).join("");

const Sequence = ({ i, sequence, chosen, look, target, flip, aim }) => html`
  <tr class=${chosen ? "chosen" : ""}>
    <td><input type="radio" name="sequence" checked=${chosen} aria-label=${`look at sequence ${i + 1}, ${sequence.bits}`} onChange=${look} /></td>
    <td class="bits">${[...sequence.bits].map((bit, j) => html`<button type="button" key=${j} class=${`bit b${bit}`}
      aria-label=${`sequence ${i + 1}, x${j + 1} is ${bit}: flip`} onClick=${() => flip(j + 1)}>${bit}</button>`)}</td>
    <td><input class="typed" inputmode="decimal" aria-label=${`target of sequence ${i + 1}`} value=${sequence.target.text}
      onChange=${(event) => aim(event.target.value.trim())} /></td>
    <td><span class=${sequence.right ? "right" : "soft"} role="img" aria-label=${sequence.right ? "right" : "wrong"}>${sequence.right ? "✓" : "✗"}</span> <${Num} n=${sequence.prediction} is=${`prediction-${i + 1}`} /></td>
  </tr>`;

const Stepper = ({ name, value, less, more }) => html`
  <div class="stepper" role="group" aria-label=${name}>
    <span class="name">${name}</span>
    <button type="button" aria-label=${`fewer ${name}`} disabled=${!less} onClick=${less || null}>−</button>
    <output>${value}</output>
    <button type="button" aria-label=${`more ${name}`} disabled=${!more} onClick=${more || null}>+</button>
  </div>`;
