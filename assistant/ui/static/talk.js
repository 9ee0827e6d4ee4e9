// The talk: the field, the answers, corrections, and where to look after each reply.
function screen(name) {
  state.screen = document.body.dataset.screen = name;
}

function view(name) {
  document.body.dataset.view = name;
  for (const tab of all("[data-view]")) {
    if (tab !== document.body) tab.setAttribute("aria-current", String(tab.dataset.view === name));
  }
  if (name === "case") find("#an-case-slot").scrollTop = 0;
}

function talkGoesOn(signal, done) {
  const opened = state.screen !== "talk";
  const rose = signal.level !== state.level && /^emergency/.test(signal.level);
  Object.assign(state, { consultation: signal.consultation, level: signal.level });
  keep(KEPT, signal.consultation);
  Object.assign(document.body.dataset, { level: signal.level, turns: signal.turns });
  screen("talk");
  if (opened || rose) view("talk");
  if (signal.language !== state.language) speak(signal.language);
  count(signal.entries);
  for (const tick of all("#an-many input")) tick.checked = false;
  if (signal.announce && done.kind !== "resume") {
    announce(signal.announce);
    aloud(signal.aloud);
  }
  const was = document.activeElement;
  requestAnimationFrame(() => setTimeout(() => look(done, opened, rose, was), 30));
}

function count(n) {
  const badge = find("#an-count");
  badge.textContent = n;
  show(badge, n > 0);
}

// After a reply: show it from the patient's own last words on, and put the focus where it was.
function look(done, opened, rose, was) {
  nameTalk();
  followTalk();
  echoQuestion();
  if (done.kind === "correct") backToEntry((done.answers ?? done.withdrawn)?.[0][0] ?? "");
  if (done.kind === "correct" || done.kind === "language") return toEnd();
  if (![was, document.body].includes(document.activeElement)) return; // who has gone on is not called back
  const byHand = matchMedia("(pointer: fine)").matches;
  if (rose && !byHand) return document.activeElement?.blur(); // the banner, not the keyboard
  if (opened || done.kind === "say" || !find("#an-dock .an-answer, #an-dock input, .an-scale")) {
    if (byHand) find("#an-text").focus({ preventScroll: true });
  } else find("#an-dock").focus({ preventScroll: true });
}

// After a correction the focus is on the entry, wherever it stands now; on the heading if it is gone.
function backToEntry(concept) {
  const entry = find(`.an-entry[data-concept="${CSS.escape(concept)}"]`);
  entry?.closest(".an-denied, .an-open-words")?.setAttribute("open", "");
  const to = entry ? find("summary", entry) : find("#an-understood");
  to?.focus({ preventScroll: true });
  to?.scrollIntoView({ block: "nearest" });
}

// The patient's last words stand at the top, the answer below them: it is read from its beginning.
function followTalk(smooth = true) {
  const log = find('#an-chat [role="log"]');
  if (!log) return;
  const mine = all(".user-row", log).at(-1);
  const top = mine ? mine.getBoundingClientRect().top - log.getBoundingClientRect().top : -log.scrollTop;
  log.scrollTo({ top: log.scrollTop + top - 12, behavior: smooth && !calm() ? "smooth" : "auto" });
}

// Below a long answer the question lies out of sight, and its buttons would seem to answer something
// else: then it stands above them too.
let echoing = null;
function echoQuestion() {
  const asked = all('#an-chat [data-testid="bot"]').at(-1), echo = find("#an-dock-question");
  echoing?.disconnect();
  if (!asked || !echo) return;
  const root = find('#an-chat [role="log"]');
  echoing = new IntersectionObserver(([seen]) => show(echo, !seen.isIntersecting), { root, threshold: 0.3 });
  echoing.observe(asked);
}

function toEnd() {
  const log = find('#an-chat [role="log"]');
  log?.scrollTo({ top: log.scrollHeight });
}

// Gradio's log speaks every streamed word and has English names: ours speaks finished messages.
function nameTalk() {
  const log = find('#an-chat [role="log"]');
  log?.setAttribute("aria-live", "off");
  log?.setAttribute("aria-label", say("talk"));
  log?.setAttribute("tabindex", "0");
  for (const row of all("#an-chat .message-row")) {
    row.lang = /[\u3400-\u9fff]/.test(row.textContent) ? "zh-CN" : "en";
    const message = find("[data-testid]", row);
    message?.setAttribute("role", "group");
    message?.setAttribute("aria-label", row.matches(".user-row") ? say("you_said") : props.product);
  }
  dressPictures();
  for (const button of all("#an-chat .scroll-down-button-container button")) button.hidden = true;
}

function fit() {
  const field = find("#an-text");
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 180)}px`;
  countLeft();
}

function countLeft() {
  const field = find("#an-text"), hint = find("#an-left");
  if (!field) return;
  const left = props.limit - field.value.length;
  show(hint, left < props.limit / 10);
  hint.textContent = left < props.limit / 10 ? say("too_long", { left }) : "";
}

function write() {
  const field = find("#an-text"), text = field.value.trim();
  if (!text) return field.focus();
  show(find("#an-look"), false);
  field.value = "";
  fit();
  view("talk");
  act("say", { text });
}

function answer(button) {
  const { kind, text, answers, severity } = JSON.parse(button.dataset.act);
  act(kind, { text, answers, severity });
}

// Several ticks make one answer: what is ticked is there, the rest of the list is not.
function answerMany(form) {
  const ticked = all("input:checked", form).map((box) => JSON.parse(box.dataset.act));
  show(find("#an-many-error"), !ticked.length);
  if (!ticked.length) return find("input", form).focus();
  const merged = new Map();
  for (const { answers } of ticked)
    for (const [finding, assertion] of answers)
      if (assertion === "present" || !merged.has(finding)) merged.set(finding, assertion);
  const text = ticked.map((one) => one.text).join(state.language === "zh" ? "、" : ", ");
  act("answer", { text, answers: [...merged], severity: null });
}

function correct(button) {
  if (button.getAttribute("aria-pressed") === "true") return;
  const { concept, correct: value } = button.dataset;
  const part = ["not_mine", "remove"].includes(value) ? "withdrawn" : "answers";
  act("correct", { [part]: [[concept, value]] });
}
