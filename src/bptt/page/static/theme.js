/** Light or dark: as the system has it, or as the settings say. */

const dark = matchMedia("(prefers-color-scheme: dark)");
let wanted = "auto";

export const theme = () => (wanted === "auto" ? (dark.matches ? "dark" : "light") : wanted);

export function useTheme(name) {
  wanted = name;
  document.documentElement.dataset.theme = theme();
}

export const onTheme = (callback) => dark.addEventListener("change", callback);
