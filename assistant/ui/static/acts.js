// Acts go to the server one at a time; each has a key, so that sending it again counts once.
const SLOW = 4000, LOST = 45000; // milliseconds
let slow = 0, lost = 0;

function act(kind, more = {}) {
  clearNotice();
  state.queue.push({ kind, key: newKey(), ...more });
  next();
}

function next() {
  if (state.current || !state.queue.length) return;
  const { kind, key, ...more } = state.queue.shift();
  state.current = { kind, key, consultation: state.consultation, language: state.language, ...more };
  send();
}

function send() {
  const waiting = state.current;
  busy(say({ say: "reading", begin: "loading", picture: "pic_reading" }[waiting.kind] || "thinking"));
  slow = setTimeout(ask, SLOW, waiting);
  lost = setTimeout(offline, LOST);
  trigger("act", waiting);
}

// No answer yet: is the server there at all?
async function ask(waiting) {
  busy(say("slow"));
  try {
    await fetch("healthz", { cache: "no-store" });
  } catch {
    if (state.current === waiting) offline();
  }
}

function offline() {
  state.lost = true;
  fail(say("error_offline", { number: number() }), true);
}

// The same key goes with it: if the first one did arrive, this one is not taken twice.
function retry() {
  const again = state.failed;
  clearNotice();
  if (!again) return;
  takeBack(again);
  if (state.lost) return resend(again);
  Object.assign(state, { failed: null, current: again });
  send();
}

// Gradio takes no more events once it has lost the server; it reloads when it finds it again.
// So the act goes to the server by itself, and the page is loaded anew to show the reply.
async function resend(again) {
  busy(say("thinking"));
  try {
    if (isTurn(again)) await fetch("chat/act", { method: "POST", body: JSON.stringify(again) });
    else await fetch("healthz", { cache: "no-store" });
    state.failed = null;
    location.reload();
  } catch {
    state.current = again;
    offline();
  }
}

function leave(event) {
  const field = find("#an-text");
  if (state.failed && state.lost && isTurn(state.failed)) {
    takeBack(state.failed);
    navigator.sendBeacon("chat/act", JSON.stringify(state.failed));
  }
  if (field?.value.trim()) event.preventDefault(); // words that are kept nowhere else
}

const isTurn = (one) => !["begin", "resume"].includes(one.kind);

function takeBack(again) {
  const field = find("#an-text");
  if (field.value === again.text) field.value = "";
  fit();
}

function busy(words) {
  document.body.dataset.busy = "true";
  find("#an-status-words").textContent = words;
  show(find("#an-status"), true);
  find("#an-dock")?.toggleAttribute("inert", true);
}

function rest() {
  clearTimeout(slow);
  clearTimeout(lost);
  delete document.body.dataset.busy;
  show(find("#an-status"), false);
  find("#an-dock")?.toggleAttribute("inert", false);
}

function fail(words, again) {
  rest();
  state.failed = again ? state.current : null;
  giveBack(state.current);
  state.current = null;
  state.queue = [];
  notice(words, again);
}

// Words that were not taken go back into the field, unless something new stands there.
function giveBack(unsent) {
  const field = find("#an-text");
  if (unsent?.kind === "say" && !field.value) field.value = unsent.text;
  fit();
}

function notice(words, again) {
  const box = state.screen === "start" ? find("#an-start-notice") : find("#an-notice");
  if (state.screen === "start") box.textContent = words;
  else find("#an-notice-words").textContent = words;
  show(find('[data-do="retry"]'), again);
  show(box, true);
}

function clearNotice() {
  show(find("#an-notice"), false);
  show(find("#an-start-notice"), false);
}

function number() {
  return find("#an-country")?.selectedOptions[0]?.dataset.number || "112";
}

// A signal: what became of the act that waits.
function receive(signal) {
  if (!signal?.done || !state.current || (signal.key && signal.key !== state.current.key)) return;
  const done = state.current;
  rest();
  state.current = null;
  state.lost = false;
  if (signal.error) {
    state.failed = signal.error.retry ? done : null;
    giveBack(done);
  } else state.failed = null;
  if (signal.screen === "talk") talkGoesOn(signal, done);
  if (signal.screen === "start") backToStart(done);
  if (!state.screen) screen("talk");
  if (signal.error) notice(signal.error.text, signal.error.retry);
  next();
}
