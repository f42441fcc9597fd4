/** Spot the difference: three networks side by side, under one cursor. */
import { Chain } from "./chain.js";
import { Sequences, Weights } from "./controls.js";
import { Card, Formula, Num, html } from "./html.js";
import { Bars } from "./bars.js";

export const Compare = ({ compare, trace, settings, start, open, barChoices }) => html`
  <div class="top">
    <${Card} id="weights" title="Weights"><${Weights} trace=${trace} settings=${settings} bare /><//>
    <${Card} id="data" title="Sequences"><${Sequences} trace=${trace} settings=${settings} bare /><//>
    <${Card} id="how" title="Spot the difference" aside=${barChoices}>
      <p class="lead">The same weights and the same sequence, with three activations. Point at a factor or a time
        stamp: it lights up in all three. In the formulas only the boxes differ; what they do to the error on its
        way back, the bars show. They have one scale.</p>
    <//>
  </div>
  <div class="three">
    ${compare.networks.map((network) => html`<${One} key=${network.activation} network=${network} settings=${settings}
      label=${start.activations.find(({ name }) => name === network.activation).label} open=${open} />`)}
  </div>`;

function One({ network, settings, label, open }) {
  const name = `${network.activation}-`;
  const { boxes, said } = network;
  return html`
    <section class="card one" aria-labelledby=${`${name}title`}>
      <div class="head"><h2 id=${`${name}title`}>${label === "none" ? "no activation" : label}</h2>
        <p class="said">says <${Num} n=${said.prediction} is=${`${name}prediction`} />, target <${Num} n=${said.target} is=${`${name}target`} />: ${said.right ? "right" : "wrong"}</p></div>
      <p class="gradients">${network.weights.map((weight) => html`<span><${Formula} of=${weight.derivative} block /> = <${Num} n=${weight.gradient} is=${`${name}gradient-${weight.name}`} /></span>`)}</p>
      <${States} network=${network} settings=${settings} name=${name} open=${open} />
      <${Bars} groups=${[network.errors]} name=${name} open=${open} chosen=${settings.time_stamp} />
      <h3>time stamp ${settings.time_stamp}: ${boxes.n === 0 ? "no box" : html`${boxes.n} ${boxes.n === 1 ? "box" : "boxes"} of product ${" "}
        <${Num} n=${boxes.product} is=${`${name}boxes`} />`}</h3>
      ${network.terms.map((term) => html`<${Chain} key=${term.weight} term=${term} factors=${network.factors} settings=${settings} name=${name} compact />`)}
    </section>`;
}

const States = ({ network, settings, name, open }) => html`
  <div class="scroll" tabindex="0" role="group" aria-label=${`states with activation ${network.activation}`}>
    <table class="numbers states">
      <caption class="hidden-text">States and errors at each time stamp</caption>
      <thead><tr><th scope="col">k</th><th scope="col">S(In)</th><th scope="col" class="box">box</th><th scope="col">S(Out)</th></tr></thead>
      <tbody>${network.time_stamps.map((stamp, i) => html`<${State} key=${i} stamp=${stamp} name=${name}
        chosen=${String(stamp.time_stamp) === settings.time_stamp} open=${open} />`)}</tbody>
    </table>
  </div>`;

function State({ stamp, name, chosen, open }) {
  const k = stamp.time_stamp;
  return html`
    <tr data-stamp=${k} class=${chosen ? "chosen" : ""}>
      <th scope="row"><button type="button" class="plain" title=${`open time stamp ${k}`} onClick=${() => open(k)}>${k}</button></th>
      <td><${Num} n=${stamp.state_in} is=${`${name}state_in-${k}`} /></td>
      <td data-factor=${`slope-${k}`}>${stamp.slope ? html`<span class="boxed"><${Num} n=${stamp.slope} is=${`${name}slope-${k}`} /></span>` : "none"}</td>
      <td data-factor=${`state-${k + 1}`}><${Num} n=${stamp.state_out} is=${`${name}state_out-${k}`} /></td>
    </tr>`;
}
