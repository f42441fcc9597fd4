/** The cost over both weights: drag the point, and you drag the weights. */
import { Formula, Num, html } from "./html.js";
import { inside, nudged, outside, paint, place, weightsAt } from "./pixels.js";
import { dataOf, set, store } from "./store.js";
import { anew, moveTo, weightNow } from "./controls.js";
import { theme } from "./theme.js";

const SIZE = 480; // pixels of the picture, whatever its size on the screen
let drawn = null, grabbed = false;

function draw(canvas) {
  const { surface } = store;
  const key = surface && `${theme()} ${surface.size} ${surface.first} ${surface.low.text} ${surface.high.text}`;
  if (canvas && surface && (drawn?.canvas !== canvas || drawn.levels !== surface.levels || drawn.key !== key)) {
    drawn = { canvas, levels: surface.levels, key };
    paint(canvas, surface.levels, theme());
  }
}

export function Surface({ trace, settings, path, surface }) {
  const [wx, wrec] = trace.network.weights.map(({ value }) => value.value);
  const symbols = trace.network.weights.map(({ symbol }) => symbol);
  const reach = Number(settings.reach);
  const x = (weight) => place(weight, reach), y = (weight) => 100 - place(weight, reach);
  const move = (event) => moveTo(weightsAt(event, event.currentTarget, reach));
  const grab = (event) => { // a finger may also want to scroll: it drags by the point, and taps elsewhere
    grabbed = event.button === 0 && (event.pointerType !== "touch" || event.target.closest(".point"));
    if (grabbed) {
      event.currentTarget.setPointerCapture(event.pointerId);
      move(event);
    }
  };
  const drag = (event) => event.currentTarget.hasPointerCapture(event.pointerId) && move(event);
  const tap = (event) => grabbed || move(event); // a click knows whole pixels only
  const keys = { ArrowLeft: ["wx", -1], ArrowRight: ["wx", 1], ArrowUp: ["wrec", 1], ArrowDown: ["wrec", -1] };
  const key = (event) => {
    if (keys[event.key]) {
      event.preventDefault();
      const [name, direction] = keys[event.key];
      set(anew({ [name]: nudged(weightNow(name), direction, reach, event.shiftKey) }));
    }
  };
  const lowest = surface?.of === dataOf(settings) ? surface.minimum : null;
  return html`
    <div class="surface">
      <span class="axis vertical"><${Formula} of=${symbols[1]} /></span>
      <div class="plane" tabindex="0" role="application" aria-roledescription="two-dimensional slider"
        aria-label=${`weights: Wx ${wx}, Wrec ${wrec}. Arrow keys move them, with Shift in smaller steps.`}
        onPointerDown=${grab} onPointerMove=${drag} onPointerRawUpdate=${drag} onClick=${tap} onKeyDown=${key}>
        <canvas width=${SIZE} height=${SIZE} ref=${(canvas) => draw(canvas)} aria-hidden="true"></canvas>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <path class="zero" d="M 50 0 V 100 M 0 50 H 100" />
          ${path.length > 1 && html`<polyline class="path" points=${path.map((at) => `${x(at.wx)},${y(at.wrec)}`).join(" ")} />`}
        </svg>
        ${lowest && html`<span class="mark minimum" style=${{ left: `${inside(x(lowest.wx.value))}%`, top: `${inside(y(lowest.wrec.value))}%` }} title="the lowest cost of this picture">★</span>`}
        <span class=${`mark point ${outside(wx, reach) || outside(wrec, reach) ? "outside" : ""}`}
          style=${{ left: `${x(wx)}%`, top: `${y(wrec)}%` }}></span>
      </div>
      <span class="tick low">${-reach}</span><span class="axis"><${Formula} of=${symbols[0]} /></span><span class="tick high">${reach}</span>
    </div>
    <dl class="legend">
      <div><dt><span class="mark point"></span> here</dt><dd>ξ = <${Num} n=${trace.cost} is="cost" /></dd></div>
      <div><dt><span class="mark minimum">★</span> lowest here</dt><dd>${lowest
        ? html`ξ = <${Num} n=${lowest.cost} is="minimum-cost" /> at <${Num} n=${lowest.wx} is="minimum-wx" />, <${Num} n=${lowest.wrec} is="minimum-wrec" />`
        : "being searched …"}</dd></div>
    </dl>`;
}

export const Reach = ({ settings, reaches }) => html`
  <label class="field">up to ±<select aria-label="reach of the cost surface" value=${settings.reach}
    onChange=${(event) => set({ reach: event.target.value })}>
    ${reaches.map((reach) => html`<option key=${reach} value=${reach} selected=${reach === settings.reach}>${reach}</option>`)}
  </select></label>`;
