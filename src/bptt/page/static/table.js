/** The table of numbers: a row for each time stamp of the sequence that is looked at. */
import { Formula, Num, html } from "./html.js";

export function NumberTable({ trace, open }) {
  const { time_stamps: stamps, factors, weights, initial } = trace.network;
  const last = stamps.length, boxes = stamps.some((stamp) => stamp.slope);
  const share = (stamp, { name }) => html`
    <td><${Num} n=${stamp.shares[name]} is=${`share-${name}-${stamp.time_stamp}`} /></td>`;
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label="table of numbers">
      <table class="numbers">
        <caption class="hidden-text">States, derivatives and shares at each time stamp</caption>
        <thead><tr>
          <th scope="col">k</th><th scope="col">x</th><th scope="col">S(In)</th>
          ${boxes && html`<th scope="col" class="box">box</th>`}
          <th scope="col">S(Out)</th><th scope="col">times <${Formula} of=${weights[1].symbol} /></th>
          <th scope="col" class="error">∂ξ/∂S(In)</th>
          ${weights.map(({ derivative }) => html`<th scope="col">share of <${Formula} of=${derivative} block /></th>`)}
        </tr></thead>
        <tbody>
          <tr><th scope="row">0</th><td></td><td></td>${boxes && html`<td></td>`}
            <td data-factor="state-1"><${Num} n=${initial.value} is="table-initial" /></td><td></td><td></td><td></td><td></td></tr>
          ${stamps.map((stamp) => {
            const k = stamp.time_stamp, back = factors[`weight-${k}`];
            return html`
              <tr key=${k} data-stamp=${k}>
                <th scope="row"><button type="button" class="plain" onClick=${() => open(k)} title=${`open time stamp ${k}`}>${k}</button></th>
                <td data-factor=${`input-${k}`}>${stamp.x.text}</td>
                <td><${Num} n=${stamp.state_in} is=${`table-state_in-${k}`} /></td>
                ${boxes && html`<td data-factor=${`slope-${k}`}>${stamp.slope
                  ? html`<span class="boxed"><${Num} n=${stamp.slope} is=${`table-slope-${k}`} /></span>` : "none"}</td>`}
                <td data-factor=${`state-${k + 1}`}><${Num} n=${stamp.state_out} is=${`table-state_out-${k}`} /></td>
                <td data-factor=${`weight-${k}`}>${back && html`<${Num} n=${back.value} is=${`table-weight-${k}`} />`}</td>
                <td data-factor=${k === last ? "error" : null}><${Num} n=${stamp.error} is=${`table-error-${k}`} /></td>
                ${weights.map((weight) => share(stamp, weight))}
              </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
}
