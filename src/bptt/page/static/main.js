/** The page: what stands where, and what is drawn anew when Python has answered. */
import { BarChoices, Bars } from "./bars.js";
import { Chain } from "./chain.js";
import { Compare } from "./compare.js";
import { Activation, Sequences, Weights, flip } from "./controls.js";
import { onProgress } from "./feed.js";
import { Card, Choice, html, render } from "./html.js";
import { light } from "./lit.js";
import { Network, follow } from "./network.js";
import { Training, Walk, reachedBy } from "./play.js";
import { Practise } from "./practise.js";
import { Badge, Share, ToCopy } from "./share.js";
import { begin, note, onChange, set, store } from "./store.js";
import { Reach, Surface } from "./surface.js";
import { NumberTable } from "./table.js";
import { onTheme, useTheme } from "./theme.js";

const VIEWS = [["explore", "Explore"], ["compare", "Compare"], ["practise", "Practise"]];
const THEMES = ["auto", "light", "dark"];

const open = (k) => set({ time_stamp: String(k) });

const flipHere = (k) => flip(Number(store.settings.sequence) - 1, k);

const Header = ({ trace, settings, presets }) => html`
  <header>
    <h1>bptt <span>play</span></h1>
    <${Choice} label="view" options=${VIEWS} value=${settings.view} choose=${(view) => set({ view })} />
    <label class="field">lesson <select id="lesson" value=${settings.lesson} onChange=${(event) => beginLesson(event.target.value, presets)}>
      <option value="">none</option>
      ${presets.map(({ name, title }) => html`<option key=${name} value=${name} selected=${name === settings.lesson}>${title}</option>`)}
    </select></label>
    <${Badge} check=${trace.check} />
    <${Share} trace=${trace}><label class="field">colours <select value=${settings.theme} onChange=${(event) => set({ theme: event.target.value })}>
      ${THEMES.map((theme) => html`<option key=${theme} value=${theme} selected=${theme === settings.theme}>${theme}</option>`)}
    </select></label><//>
  </header>`;

function beginLesson(name, presets) {
  const lesson = presets.find((preset) => preset.name === name);
  note({ playing: "" });
  set(lesson ? { ...lesson.settings, theme: store.settings.theme } : { lesson: "" });
}

function Explore({ trace, settings, path, surface, start: { activations, optimizers, reaches } }) {
  const reached = reachedBy(trace, settings);
  const bits = settings.sequences.split(",")[Number(settings.sequence) - 1];
  return html`
    <div class="side">
      <${Card} id="weights" title="Weights">
        <${Weights} trace=${trace} settings=${settings} />
        <${Activation} options=${activations} settings=${settings} />
      <//>
      <${Card} id="cost" title="Cost over both weights" aside=${html`<${Reach} settings=${settings} reaches=${reaches} />`}>
        <${Surface} trace=${trace} settings=${settings} path=${path} surface=${surface} />
        <${Training} trace=${trace} settings=${settings} optimizers=${optimizers} />
      <//>
      <${Card} id="data" title="Sequences">
        <${Sequences} trace=${trace} settings=${settings} />
      <//>
    </div>
    <div class="views">
      <${Card} id="unrolled" title=${`The network, unrolled for ${bits}`} note=${trace.words}>
        <${Network} network=${trace.network} settings=${settings} reached=${reached} flip=${flipHere} open=${open} />
      <//>
      <${Walk} trace=${trace} settings=${settings} />
      <${Card} id="gradients" title="The gradient on its way back" aside=${html`<${BarChoices} settings=${settings} />`}>
        <${Bars} groups=${trace.bars} open=${open} chosen=${settings.time_stamp} />
      <//>
      <${Card} id="chain" title=${`What time stamp ${settings.time_stamp} adds to the gradient`}
        note="The chain rule from the error back to this time stamp, for this sequence. The boxes are what an activation adds.">
        ${trace.network.terms.map((term) => html`<${Chain} key=${term.weight} term=${term} factors=${trace.network.factors} settings=${settings} />`)}
      <//>
      <${Card} id="numbers" title="All numbers of this sequence">
        <${NumberTable} trace=${trace} open=${open} />
      <//>
    </div>`;
}

function Page() {
  const { trace, settings } = store;
  const lesson = store.start.presets.find(({ name }) => name === settings.lesson);
  const shown = { explore: () => html`<${Explore} ...${store} />`,
    compare: () => store.compare && html`<${Compare} ...${store} open=${open} barChoices=${html`<${BarChoices} settings=${settings} />`} />`,
    practise: () => store.exercise && html`<${Practise} ...${store} />` };
  return html`
    <${Header} trace=${trace} settings=${settings} presets=${store.start.presets} />
    ${store.message && html`<p class="message" role="alert">${store.message}
      <button type="button" class="plain" aria-label="close" onClick=${() => note({ message: "" })}>✕</button></p>`}
    ${trace.overflow && html`<p class="message" role="status">${trace.overflow}</p>`}
    ${lesson && html`<section class="lesson" aria-label="lesson">${lesson.says}</section>`}
    <${ToCopy} />
    <main class=${settings.view}>${shown[settings.view]()}</main>`;
}

const page = document.getElementById("page");

function draw() {
  if (store.trace) {
    useTheme(store.settings.theme);
    page.querySelector(".wait")?.remove();
    render(html`<${Page} />`, page);
    light();
    follow(store.settings, store.trace.n_steps);
    document.documentElement.dataset.ready = JSON.stringify(store.settings);
  }
}

onChange(draw);
onTheme(draw);
useTheme("auto");
onProgress((says) => {
  const wait = page.querySelector(".wait");
  if (wait && says) {
    wait.textContent = says;
  }
});
begin().catch((error) => {
  page.querySelector(".wait").textContent = error.message;
});
