/** The unrolled network: inputs below, states in the middle, what they say above, the error at the right. */
import { Formula, Num, html } from "./html.js";
import { HEIGHT, NODE, ROWS, beside, column, edges, errorColumn, networkWidth, onTheWay, scrolled, wayTo } from "./pixels.js";

const at = (k, row) => ({ left: `${column(k)}px`, top: `${row}px` });

const above = (y) => y - 16;

let followed = "";

/** Begin at the last state, where the error comes in; then bring the open or walked time stamp into view. */
export function follow({ time_stamp: open, walk }, last) {
  const scroller = document.querySelector(".network")?.parentElement;
  const now = `${last} ${open} ${walk}`;
  if (scroller && followed !== now) {
    const [before] = followed.split(" ");
    followed = now;
    const k = Number(walk) ? walkedTo(Number(walk), last) : Number(open);
    scroller.scrollLeft = before === String(last) ? scrolled(scroller, k) : networkWidth(last);
  }
}

/** The time stamp of a stage of the walk: forward 1 … T, the error, backward T … 1, the update. */
const walkedTo = (stage, last) => (stage <= last ? stage : Math.min(last, last + last + 2 - stage));

/** Parameters: the network of a trace, the settings, what a walk has reached, what can be done. */
export function Network({ network, settings, reached, flip, open }) {
  const stamps = network.time_stamps;
  const last = stamps.length;
  const [wx, wrec] = network.weights;
  const plain = network.activation === "identity";
  const rowOf = (k) => (k === 0 || plain ? ROWS.state : ROWS.out);
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label="unrolled network">
      <div class=${`network ${plain ? "plain" : ""}`}
        style=${{ width: `${networkWidth(last)}px`, height: `${HEIGHT}px` }}>
        <svg width=${networkWidth(last)} height=${HEIGHT} aria-hidden="true">
          <defs>${["way", "recurrent", "back"].map((kind) => html`
            <marker id=${`end-${kind}`} class=${kind} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
              markerUnits="userSpaceOnUse" orient="auto"><path d="M 0 0 L 8 4 L 0 8 z" /></marker>`)}</defs>
          ${stamps.map(({ time_stamp: k }) => html`<${Ways} k=${k} last=${last} rowOf=${rowOf} plain=${plain} />`)}
        </svg>
        <div class="node zero" data-factor="state-1" style=${at(0, ROWS.state)}>
          <${Formula} of=${network.initial.symbol} /><${Num} n=${network.initial.value} is="initial" />
        </div>
        ${stamps.map((stamp) => html`<${TimeStamp} key=${stamp.time_stamp} stamp=${stamp} last=${last}
          factors=${network.factors} name=${plain ? "" : network.function} settings=${settings} reached=${reached} flip=${flip} open=${open} />`)}
        ${stamps.map(({ time_stamp: k }) => {
          const [x, y] = onTheWay(k - 1, rowOf(k - 1));
          return html`<span class="weight-name" data-factor=${k === 1 ? null : `weight-${k - 1}`}
            style=${{ left: `${x}px`, top: `${plain || k === 1 ? above(y) : y}px` }}><${Formula} of=${wrec.symbol} /></span>
            <span class="weight-name" style=${at(k, ROWS.input - 32)}><${Formula} of=${wx.symbol} /></span>`;
        })}
        <div class=${`node cost ${reached("error", last) ? "" : "hidden"}`} data-factor="error"
          style=${{ left: `${errorColumn(last)}px`, top: `${ROWS.state}px` }}>
          <span class="small">error</span>
          <${Formula} of=${network.factors.error.partial} />
          <${Num} n=${network.factors.error.value} is="error" />
        </div>
      </div>
    </div>`;
}

function Ways({ k, last, rowOf, plain }) {
  const x = column(k), [top, bottom] = edges(ROWS.state, NODE.state);
  return html`
    <path class="way recurrent" data-factor=${k === 1 ? null : `weight-${k - 1}`} d=${wayTo(k - 1, rowOf(k - 1))} />
    <path class="way" data-factor=${`input-${k}`} d=${`M ${x} ${ROWS.input - 18} V ${bottom}`} />
    ${k < last && !plain && html`<path class="way" d=${`M ${beside(k).arrow} ${top} V ${edges(ROWS.out, NODE.height)[1]}`} />`}
    ${k === last && html`<path class="way back" data-factor="error"
      d=${`M ${errorColumn(k) - 48} ${ROWS.state} H ${edges(x, NODE.width)[1]}`} />`}`;
}

function TimeStamp({ stamp, last, factors, name, settings, reached, flip, open }) {
  const k = stamp.time_stamp;
  const chosen = String(k) === settings.time_stamp;
  const hidden = (part) => (reached(part, k) ? "" : "hidden");
  const inner = html`
    <span class="line"><${Formula} of=${stamp.symbols.state_in} /><span class=${hidden("forward")}>
      <${Num} n=${stamp.state_in} is=${`state_in-${k}`} /></span></span>
    <span class=${`line error ${hidden("backward")}`}><${Formula} of=${stamp.symbols.error} />
      <${Num} n=${stamp.error} is=${`error-${k}`} /></span>`;
  return html`
    <div class="column" role="group" aria-label=${`time stamp ${k}`} data-stamp=${k}>
      <button type="button" class="node state" data-factor=${stamp.slope || k === last ? null : `state-${k + 1}`} aria-pressed=${chosen ? "true" : "false"} style=${at(k, ROWS.state)}
        data-stamp=${k} title=${`open time stamp ${k}`} onClick=${() => open(k)}>${inner}</button>
      ${stamp.slope && html`
        <div class=${`node slope ${hidden("forward")}`} data-factor=${`slope-${k}`}
          style=${{ left: `${beside(k).box}px`, top: `${ROWS.box}px` }}>
          <${Formula} of=${factors[`slope-${k}`].symbols} />
          <${Num} n=${stamp.slope} is=${`slope-${k}`} />
        </div>
        <span class="function" style=${{ left: `${beside(k).arrow}px`, top: `${ROWS.box}px` }}>${name}</span>
        <div class=${`node out ${hidden("forward")}`} data-factor=${`state-${k + 1}`} style=${at(k, ROWS.out)}>
          <${Formula} of=${stamp.symbols.state_out} />
          <${Num} n=${stamp.state_out} is=${`state_out-${k}`} />
        </div>`}
      ${k === last && name && html`<div class="no-activation" style=${at(k, ROWS.box)}>no activation</div>`}
      <${Bit} stamp=${stamp} flip=${flip} />
    </div>`;
}

function Bit({ stamp, flip }) {
  const k = stamp.time_stamp;
  const inner = html`<${Formula} of=${stamp.symbols.x} /> <b>${stamp.x.text}</b>`;
  return html`<button type="button" class="node bit" data-factor=${`input-${k}`} style=${at(k, ROWS.input)} title=${`flip x${k}`}
    aria-label=${`x${k} is ${stamp.x.text}: flip`} onClick=${() => flip(k)}>${inner}</button>`;
}
