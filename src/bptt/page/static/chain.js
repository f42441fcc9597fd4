/** The open time stamp: each product of the chain rule, factor by factor, in ∂'s, symbols and numbers. */
import { Formula, Num, html } from "./html.js";

export function Chain({ term, factors, settings, name = "", compact = false }) {
  const many = settings.sequences.split(",").length;
  return html`
    <div class="term" role="group" aria-label=${`derivative by ${term.weight} at time stamp ${settings.time_stamp}: ${term.says}`}>
      <span class="left"><${Formula} of=${term.derivative} block /><span class="at">at ${settings.time_stamp}</span></span>
      <span class="equals">=</span>
      <ol class="factors">
        ${term.factors.map((factor) => html`<${Factor} key=${factor} factor=${factors[factor]} at=${factor} name=${name} compact=${compact} />`)}
      </ol>
      <span class="result">= <${Num} n=${term.value} is=${`${name}term-${term.weight}`} />
        ${many > 1 && !compact && html`<span class="small"> all ${many} sequences: <${Num} n=${term.sum} is=${`${name}sum-${term.weight}`} /></span>`}
      </span>
    </div>`;
}

const Factor = ({ factor, at, name, compact }) => html`
  <li class=${`factor ${factor.role}`} data-factor=${at}>
    <span class="inner" tabindex="0" role="group" aria-label=${factor.says}>
      ${!compact && html`<${Formula} of=${factor.partial} block />`}
      <${Formula} of=${factor.symbols} />
      <${Num} n=${factor.value} is=${`${name}factor-${at}`} />
    </span>
  </li>`;
