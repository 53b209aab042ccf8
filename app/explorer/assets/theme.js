// Dark or light: the system's choice, until somebody makes another.

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const NAMES = { auto: "System colours", light: "Light", dark: "Dark" };
const SIGNS = { auto: "◐", light: "☀", dark: "☾" };

/** Set up the switch. Whoever draws on a canvas listens for `theme` and for the system's own change. */
export function start(button) {
  set(button, stored());
  button.addEventListener("click", () => {
    set(button, NEXT[document.documentElement.dataset.theme]);
    dispatchEvent(new Event("theme"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dispatchEvent(new Event("theme")));
}

function set(button, theme) {
  document.documentElement.dataset.theme = theme;
  button.textContent = SIGNS[theme];
  button.title = NAMES[theme];
  button.setAttribute("aria-label", `Colours: ${NAMES[theme]}. Switch to ${NAMES[NEXT[theme]]}`);
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // a browser that keeps nothing still has the switch
  }
}

function stored() {
  try {
    const kept = localStorage.getItem("theme");
    return kept in NEXT ? kept : "auto";
  } catch {
    return "auto";
  }
}

/** A colour of the stylesheet as the canvas needs it: resolved for the theme of now. */
export function colour(property) {
  const probe = document.createElement("i");
  probe.style.setProperty("color", `var(${property})`);
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
