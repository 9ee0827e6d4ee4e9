// One listener for each kind of event: parts of the page come and go.
const doing = {
  larger: () => enlarge(!document.documentElement.hasAttribute("data-large")),
  "ask-erase": () => find("#an-erase").showModal(),
  close: () => find("#an-erase").close(),
  erase: () => { find("#an-erase").close(); act("erase"); },
  retry,
  microphone,
  "hands-free": handsFree,
  "sound-choose": () => find("#an-sound-file").click(),
  "sound-cancel": cancelSound,
  "check-first": () => checkFirst(!ear.check),
  hush,
  "step-back": () => step(1),
  "picture-add": openStudio,
  "picture-close": closeStudio,
  "picture-choose": () => find("#an-picture-file").click(),
  "picture-camera": () => find("#an-picture-camera").click(),
  "picture-left": () => turn(-1),
  "picture-right": () => turn(1),
  "picture-whole": wholeAgain,
  "picture-again": chooseAgain,
  "picture-send": sendPicture,
};
const forms = {
  "an-consent-form": consented,
  "an-person-form": begin,
  "an-composer": write,
  "an-many": answerMany,
};

function enlarge(large) {
  document.documentElement.toggleAttribute("data-large", large);
  find('[data-do="larger"]').setAttribute("aria-pressed", String(large));
  keep(LARGE, large ? "1" : "");
  fit();
}

function chooseLanguage(language) {
  if (language === state.language) return;
  speak(language);
  if (state.consultation) act("language");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || (document.body.dataset.busy && button.closest("#an-dock, .an-correct, .an-kept"))) return;
  const { dataset } = button;
  if (dataset.do) doing[dataset.do]?.();
  else if (dataset.language) chooseLanguage(dataset.language);
  else if (dataset.view) view(dataset.view);
  else if (dataset.act) answer(button);
  else if (dataset.move) act(dataset.move);
  else if (dataset.correct) correct(button);
  else if (dataset.leaveOut) act("correct", { pictures: [Number(dataset.leaveOut)] });
  else if ("example" in dataset) {
    find("#an-text").value = button.textContent.trim();
    fit();
    find("#an-text").focus();
  }
});

document.addEventListener("submit", (event) => {
  const handle = forms[event.target.id];
  if (!handle) return;
  event.preventDefault();
  if (!document.body.dataset.busy || event.target.id === "an-composer") handle(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "an-text" || event.key !== "Enter") return;
  if (event.shiftKey || event.isComposing || event.keyCode === 229) return; // Chinese input methods
  event.preventDefault();
  write();
});

document.addEventListener("input", (event) => {
  if (event.target.id === "an-text") fit();
  if (event.target.id === "an-voice") voiceChosen();
  if (event.target.id === "an-slice") sliceMoved();
  if (event.target.id === "an-preset") presetChosen();
  if (["an-level", "an-width"].includes(event.target.id)) windowMoved();
  if (event.target.dataset.heat) fade(event.target);
  if (event.target.id === "an-country") countryChosen();
  if (event.target.closest("#an-person-form")) sexChosen();
  if (event.target.id === "an-consent" && event.target.checked) show(find("#an-consent-error"), false);
  if (event.target.closest("#an-many")) show(find("#an-many-error"), false);
});

window.addEventListener("beforeunload", leave);

// The other parts of the page are put in place just after this one.
function boot(tries = 0) {
  if ((!find("#an-text") || !find("#an-start")) && tries < 400) return setTimeout(boot, 10, tries + 1);
  const port = find("meta[name=viewport]");
  if (port) port.content = "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content";
  speak(state.language);
  if (kept(LARGE)) enlarge(true);
  if (find("#an-voice")) find("#an-voice").value = mouth.choice = kept(VOICE) || "on";
  checkFirst(Boolean(kept(CHECK)));
  countryChosen();
  view("talk");
  state.consultation = kept(KEPT);
  if (state.consultation) act("resume");
  else screen("start");
}

new MutationObserver(() => {
  nameTalk();
  if (document.body.dataset.busy && state.current?.text) followTalk(false); // words are appearing
}).observe(document.body, { childList: true, subtree: true });
watch("value", () => receive(props.value));
boot();
