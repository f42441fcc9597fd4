/** Bars by time stamp: gradients that vanish or explode are seen. */
import { Choice, Formula, Num, html } from "./html.js";
import { bar } from "./pixels.js";
import { set } from "./store.js";

export const Bars = ({ groups, name = "", open, chosen }) => html`
  <div class="bars">
    ${groups.map((group) => html`<${Group} key=${group.name} group=${group} name=${name} open=${open} chosen=${chosen} />`)}
  </div>`;

const Group = ({ group, name, open, chosen }) => html`
  <div class=${`bar-group ${group.name}`}>
    <h3>${group.name === "error" ? "error " : "share of "}<${Formula} of=${group.label} block /></h3>
    <ol>
      ${group.bars.map(({ time_stamp: k, value, length }) => html`
        <li key=${k} data-stamp=${k} class=${String(k) === chosen ? "chosen" : ""} onClick=${() => open(k)}>
          <button type="button" class="plain" title=${`open time stamp ${k}`}>${k}</button>
          <span class="track"><span class="bar" style=${bar(length)}></span></span>
          <${Num} n=${value} is=${`${name}bar-${group.name}-${k}`} />
        </li>`)}
    </ol>
  </div>`;

export const BarChoices = ({ settings }) => html`
  <span class="choices">
    <${Choice} label="whose bars" options=${[["sequence", "this sequence"], ["all", "all"]]}
      value=${settings.of} choose=${(of) => set({ of })} />
    <${Choice} label="scale of the bars" options=${[["linear", "linear"], ["symlog", "logarithmic"]]}
      value=${settings.bars} choose=${(bars) => set({ bars })} />
  </span>`;
