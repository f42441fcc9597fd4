/** One cursor: a factor under the pointer, or in focus, lights up wherever it stands on the page. */

let lit = null;

/** Light what stands for a factor (`data-factor`) or a time stamp (`data-stamp`) again. */
export function light() {
  document.querySelectorAll("[data-lit]").forEach((element) => delete element.dataset.lit);
  if (lit) {
    const [kind, name] = lit;
    document.querySelectorAll(`[data-${kind}="${name}"]`).forEach((element) => {
      element.dataset.lit = "";
    });
  }
}

function choose(event) {
  const within = (from) => from?.closest?.("[data-factor], [data-stamp]");
  const element = within(event.target) ?? within(document.activeElement);
  const { factor, stamp } = element?.dataset ?? {};
  const kind = factor ? "factor" : "stamp";
  const name = factor ?? stamp;
  if (lit?.[0] !== kind || lit?.[1] !== name) {
    lit = name ? [kind, name] : null;
    light();
  }
}

document.addEventListener("pointerover", choose);
document.addEventListener("focusin", choose);
