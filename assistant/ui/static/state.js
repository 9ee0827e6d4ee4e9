// What this tab knows. In the browser's storage lies only the consultation's id, never a word said.
const KEPT = "anamnesis.consultation";
const LARGE = "anamnesis.large";
const state = {
  consultation: "",
  language: props.first_language,
  country: "",
  screen: "",
  level: "",
  current: null, // the act that waits for its signal
  queue: [],
};

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const show = (node, visible) => node && (node.hidden = !visible);
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function keep(name, value) {
  try {
    value ? sessionStorage.setItem(name, value) : sessionStorage.removeItem(name);
  } catch { /* storage is switched off: the talk works, only a reload starts anew */ }
}

function kept(name) {
  try {
    return sessionStorage.getItem(name) || "";
  } catch {
    return "";
  }
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
