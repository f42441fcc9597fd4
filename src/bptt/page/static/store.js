/** What the page knows: the settings, which are its address, and what Python answered to them. */
import { ask } from "./feed.js";
import { finer } from "./pixels.js";

export const store = {
  settings: null, // as Python last accepted them: strings
  start: null,
  trace: null,
  compare: null,
  path: [],
  exercise: null,
  verdict: null,
  surface: null,
  playing: "", // "", "train" or "walk"
  message: "",
  copied: "",
  toCopy: "",
  links: 0, // how many were followed since the page was loaded
};

let changed = () => {};
export const onChange = (callback) => { changed = callback; };

/** Change what is not a setting, and show it. */
export function note(changes) {
  Object.assign(store, changes);
  changed();
}

// -- asking: one question at a time, and always the latest ----------------------------------------

let wanted = {}, asking = null, again = false;

/** The settings as they were last asked for: what a click changes, also before the answer is there. */
export const now = () => ({ ...store.settings, ...wanted });

/** The settings on the page, with what is wanted since others were refused. */
const without = (refused) => ({ ...store.settings,
  ...Object.fromEntries(Object.entries(wanted).filter(([name, value]) => value !== refused[name])) });

/** Change settings; what Python refuses is said, and leaves everything as it was. */
export function set(changes) {
  if (changes.view) {
    store.playing = ""; // the other views have no button to stop it
  }
  wanted = { ...wanted, ...changes };
  if (asking) {
    again = true;
  } else {
    asking = answered().finally(() => { asking = null; });
  }
  return asking;
}

async function answered() {
  do {
    again = false;
    const settings = { ...wanted };
    try {
      const found = await everything(settings);
      if (!again) {
        wanted = { ...settings, ...found.trace.settings };
      }
      Object.assign(store, found, { settings: found.trace.settings, message: "" });
      saveAddress();
    } catch (error) {
      store.message = error.message.replace(/^page: /, "");
      store.playing = "";
      if (store.settings) {
        wanted = without(settings);
        saveAddress();
      }
    }
    changed();
  } while (again);
  surface();
}

async function everything(settings) {
  const needs = { trace: true, compare: settings.view === "compare",
    path: settings.step !== "0", exercise: settings.view === "practise", judge: settings.view === "practise" };
  const names = Object.keys(needs).filter((name) => needs[name]);
  const answers = await Promise.all(names.map((name) => ask(name, settings)));
  const by = Object.fromEntries(names.map((name, i) => [name, answers[i]]));
  return { trace: by.trace, compare: by.compare ?? store.compare, path: by.path?.points ?? [],
    exercise: by.exercise ?? store.exercise, verdict: by.judge ?? store.verdict };
}

/** Begin with what the address says, or with the post. */
export async function begin() {
  store.start = await ask("start", {});
  wanted = fromAddress(location.hash); // Python knows the rest
  await set({});
  if (!store.trace) { // an address that makes no sense: say so, and show the post
    const { message } = store;
    wanted = {};
    await set({});
    if (!store.trace) {
      throw new Error(message);
    }
    note({ message });
  }
}

// -- the address ---------------------------------------------------------------------------------

const fromAddress = (hash) => Object.fromEntries(new URLSearchParams(hash.slice(1)));
const inAddress = () => `#${new URLSearchParams(store.settings)}`;
let saving = 0;

function saveAddress() { // browsers refuse more than some 20 a second
  saving ||= setTimeout(() => {
    saving = 0;
    history.replaceState(null, "", inAddress());
  }, 150);
}

export const link = () => `${location.href.split("#")[0]}${inAddress()}`;

addEventListener("hashchange", ({ newURL }) => { // location.hash may be ours again by now
  const { hash } = new URL(newURL);
  if (store.settings && hash !== inAddress()) {
    wanted = {};
    store.playing = "";
    store.links += 1;
    set(fromAddress(hash));
  }
});

// -- the cost surface: coarse, then finer --------------------------------------------------------

const MATTERS = ["activation", "sequences", "targets", "reach"];
let painted = "", fetching = false;

/** What a surface is of. */
export const dataOf = (settings) => JSON.stringify(MATTERS.map((name) => settings?.[name]));

async function surface() {
  const key = () => dataOf(store.settings);
  if (fetching || !store.settings || key() === painted || store.settings.view !== "explore") {
    return;
  }
  fetching = true;
  painted = "";
  const now = key();
  const settings = Object.fromEntries(MATTERS.map((name) => [name, store.settings[name]]));
  let rows = "", levels = store.surface?.levels ?? null;
  try {
    while (now === key()) {
      const answer = await ask("surface", { ...settings, rows });
      if (levels?.length !== answer.size) {
        levels = finer(levels, answer.size);
      }
      answer.levels.forEach((row, j) => { levels[answer.first + j] = row; });
      note({ surface: { ...answer, levels: [...levels], of: now } });
      if (!answer.next) {
        painted = now;
        break;
      }
      rows = JSON.stringify(answer.next);
    }
    fetching = false;
    surface(); // the settings may have changed meanwhile
  } catch (error) {
    fetching = false; // with the next answer it is asked for again
    note({ message: error.message });
  }
}
