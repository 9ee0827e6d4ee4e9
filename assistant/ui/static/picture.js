// A picture: chosen, dropped, pasted or taken; looked at, turned, cropped; then sent.
// What the browser can open is shown from here, and only the part that is kept leaves the device.
// Anything else (DICOM, a series, HEIC, a wrong file) is opened by the server, which shows it or says
// why not. Nothing goes through Gradio's cache, and what was said before is never touched.
const HERE = /^image\/(png|jpeg|webp)$/;
const FRAME_WAIT = 120; // milliseconds between two pictures of a slider that is being moved
const sent = { file: null, token: "", opened: null, request: null, frame: 0, window: null, busy: false, again: false, visit: 0 };

const inStudio = () => Boolean(find("#an-picture")?.open);
const previews = (rest = "") => `api/v1/consultations/${state.consultation}/previews${rest}`;

function tellStudio(words) {
  const live = find("#an-picture-live");
  live.textContent = "";
  setTimeout(() => (live.textContent = words), 60);
}

function stage(name, words = "") {
  const dialog = find("#an-picture");
  dialog.dataset.stage = name;
  for (const part of all("[data-stage]", dialog)) show(part, part.dataset.stage === name);
  find("#an-picture-words").textContent = words;
  if (words) tellStudio(words);
}

function complain(words) {
  find("#an-picture-error-words").textContent = words;
  show(find("#an-picture-error"), Boolean(words));
}

function openStudio() {
  if (!props.pictures || state.screen !== "talk" || document.body.dataset.busy) return false;
  if (!inStudio()) {
    for (const other of all("dialog[open]")) other.close();
    forget();
    complain("");
    stage("choose");
    find("#an-picture").showModal();
  }
  return true;
}

// What was opened and not sent is dropped on the server too.
function forget() {
  sent.request?.abort();
  if (sent.token && sent.token !== state.current?.picture?.token)
    fetch(previews(`/${sent.token}`), { method: "DELETE" }).catch(() => {});
  studio.source?.close?.();
  Object.assign(studio, { source: null, turns: 0, part: { ...WHOLE } });
  Object.assign(sent, { file: null, token: "", opened: null, request: null, frame: 0, window: null, busy: false, again: false, visit: sent.visit + 1 });
}

function closeStudio() {
  forget();
  find("#an-picture").close();
}

function chooseAgain() {
  forget();
  complain("");
  stage("choose");
  find('[data-do="picture-choose"]').focus();
}

async function takeFile(file) {
  if (!file || !openStudio()) return;
  forget();
  complain("");
  if (file.size > props.picture_bytes) return refuse(say("pic_too_large", { mb: megabytes() }));
  if (!file.size) return refuse(say("pic_empty"));
  sent.file = file;
  const visit = sent.visit;
  stage("working", say("pic_opening"));
  try {
    if (HERE.test(file.type)) return showHere(await createImageBitmap(file, { imageOrientation: "from-image" }), visit);
  } catch { /* the server says what is wrong with it */ }
  await showFromServer(visit);
}

function refuse(words) {
  complain(words);
  stage("choose");
  find('[data-do="picture-choose"]').focus();
}

const megabytes = () => Math.floor(props.picture_bytes / 1e6);

function showHere(bitmap, visit) {
  if (visit !== sent.visit) return bitmap.close();
  studio.source = bitmap;
  present();
}

async function showFromServer(visit) {
  const opened = await upload(sent.file, sent.file.name);
  if (!opened || visit !== sent.visit) return;
  Object.assign(sent, { token: opened.token, opened, frame: opened.start, window: opened.window });
  if (await fetchFrame(visit)) present();
}

function present() {
  const { opened } = sent, sliced = opened?.frames > 1, windowed = Boolean(opened?.window);
  stage("preview");
  show(find("#an-slices"), sliced);
  show(find("#an-window"), windowed);
  if (sliced) setRange("#an-slice", 0, opened.frames - 1, sent.frame);
  if (windowed) offerWindows();
  const notes = find("#an-picture-notes");
  notes.replaceChildren(...(opened?.notes || []).map((note) => {
    const line = document.createElement("li");
    line.textContent = note;
    return line;
  }));
  show(notes, Boolean(notes.childElementCount));
  draw();
  tellSlice(false);
  find("#an-picture-title").focus();
  tellStudio(say("pic_ready"));
}

function setRange(selector, low, high, value) {
  const range = find(selector), whole = high - low > 40 || Number.isInteger(high - low);
  const [min, max] = whole ? [Math.floor(low), Math.ceil(high)] : [low, high];
  Object.assign(range, { min, max, step: whole ? 1 : (high - low) / 100 });
  range.value = value;
}

function offerWindows() {
  const { presets, window: chosen, span } = sent.opened, list = find("#an-preset");
  list.replaceChildren(...presets.map(({ name }, i) => new Option(name, i)), new Option(say("pic_own_window"), "own"));
  list.value = "0";
  const [low, high] = span || [chosen[0] - chosen[1], chosen[0] + chosen[1]];
  const widest = Math.max(high - low, ...presets.map(({ width }) => width), 2);
  setRange("#an-level", Math.min(low, ...presets.map(({ centre }) => centre)), Math.max(high, ...presets.map(({ centre }) => centre)), chosen[0]);
  setRange("#an-width", Math.max(widest / 200, 1e-3), widest, chosen[1]);
  tellWindow();
}

function tellWindow() {
  const number = (value) => Math.abs(value) < 10 ? Number(value).toFixed(1) : Math.round(value);
  find("#an-level-now").textContent = number(find("#an-level").value);
  find("#an-width-now").textContent = number(find("#an-width").value);
}

function presetChosen() {
  const preset = sent.opened?.presets[find("#an-preset").value];
  if (!preset) return;
  find("#an-level").value = preset.centre;
  find("#an-width").value = preset.width;
  windowMoved(false);
}

function windowMoved(own = true) {
  if (own) find("#an-preset").value = "own";
  sent.window = [Number(find("#an-level").value), Number(find("#an-width").value)];
  tellWindow();
  fetchSoon();
}

function sliceMoved() {
  sent.frame = Number(find("#an-slice").value);
  tellSlice(true);
  fetchSoon();
}

function tellSlice() {
  if (!sent.opened) return;
  const words = say("pic_slice_now", { n: sent.frame + 1, all: sent.opened.frames });
  find("#an-slice-now").textContent = words;
  find("#an-slice").setAttribute("aria-valuetext", words);
}

// One picture is asked for at a time; of those wished meanwhile, only the last.
async function fetchSoon() {
  if (sent.busy) return (sent.again = true);
  const { visit } = sent;
  sent.busy = true;
  do {
    sent.again = false;
    if (await fetchFrame(visit)) draw();
    await new Promise((done) => setTimeout(done, FRAME_WAIT));
  } while (sent.again && visit === sent.visit);
  if (visit === sent.visit) sent.busy = false;
}

async function fetchFrame(visit) {
  const asked = new URLSearchParams({ frame: sent.frame });
  if (sent.window) { asked.set("centre", sent.window[0]); asked.set("width", sent.window[1]); }
  find("#an-stage").setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(previews(`/${sent.token}?${asked}`));
    if (visit !== sent.visit) return false;
    if (!answer.ok) return wrongAnswer(answer.status, await answer.text());
    const bitmap = await createImageBitmap(await answer.blob());
    if (visit !== sent.visit) return bitmap.close();
    studio.source?.close?.();
    studio.source = bitmap;
    complain("");
    return true;
  } catch {
    if (visit === sent.visit) offlineStudio();
    return false;
  } finally {
    find("#an-stage").removeAttribute("aria-busy");
  }
}

function wrongAnswer(status, text) {
  let told = {};
  try { told = JSON.parse(text); } catch { /* not one of our answers */ }
  const line = { 404: "pic_gone", 413: "pic_too_large", 429: "error_often", 503: "error_busy" }[status] || "pic_failed";
  const why = told.type?.startsWith("urn:anamnesis:problem:picture-") && told.detail; // in our language
  const words = why || say(line, { mb: megabytes(), number: number() });
  if (studio.source && status !== 404) complain(words);
  else refuse(words);
  return false;
}

function offlineStudio() {
  complain(say("error_offline", { number: number() }));
  if (studio.source) stage("preview");
  else stage("choose");
}

// XMLHttpRequest, since only it tells how much has been sent.
function upload(body, name) {
  return new Promise((done) => {
    const request = (sent.request = new XMLHttpRequest());
    request.open("POST", previews(`?name=${encodeURIComponent(name.slice(-100))}`));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => {
      if (sent.request !== request || !total) return;
      find("#an-picture-words").textContent = loaded < total ? say("pic_sending", { n: Math.round((100 * loaded) / total) }) : say("pic_opening");
    };
    request.onload = () => {
      if (sent.request !== request) return done(null);
      if (request.status === 201) return done(JSON.parse(request.responseText));
      wrongAnswer(request.status, request.responseText);
      done(null);
    };
    request.onerror = () => { if (sent.request === request) offlineStudio(); done(null); };
    request.onabort = () => done(null);
    request.send(body);
  });
}

// What is sent is what is seen: cut here where the browser opened it, else cut by the server.
async function sendPicture() {
  if (!studio.source || find("#an-picture").dataset.stage !== "preview") return;
  const { visit } = sent, { x, y, w, h } = studio.part;
  complain("");
  const picture = { token: sent.token, frame: 0, turns: 0, part: [0, 0, 1, 1], window: null };
  if (sent.opened) Object.assign(picture, { frame: sent.frame, window: sent.window, turns: studio.turns, part: [x, y, w, h] });
  else {
    stage("working", say("pic_sending", { n: 0 }));
    const body = isChanged() ? await cut(sent.file.type) : sent.file;
    const opened = await upload(body, sent.file.name);
    if (visit !== sent.visit) return;
    if (!opened) return;
    picture.token = opened.token;
  }
  sent.token = ""; // it belongs to the act now
  closeStudio();
  view("talk");
  act("picture", { picture });
}

// Dropped anywhere on the talk, or pasted.
const carriesFile = (event) => [...(event.dataTransfer?.types || [])].includes("Files");

document.addEventListener("dragover", (event) => {
  if (!carriesFile(event)) return;
  const welcome = (props.pictures || props.speech) && state.screen === "talk" && !document.body.dataset.busy;
  event.preventDefault();
  event.dataTransfer.dropEffect = welcome ? "copy" : "none";
  document.body.toggleAttribute("data-drop", welcome);
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.toggleAttribute("data-drop", false);
});
document.addEventListener("drop", (event) => {
  document.body.toggleAttribute("data-drop", false);
  if (!carriesFile(event)) return;
  event.preventDefault(); // a browser would leave the page to show the file
  if (!inStudio() || find("#an-picture").dataset.stage !== "working") takeAny(event.dataTransfer.files[0]);
});
document.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files || [])][0];
  if (!file || event.clipboardData.types.includes("text/plain")) return; // words are words
  event.preventDefault();
  takeAny(file);
});
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("#an-picture-file, #an-picture-camera")) return;
  takeFile(event.target.files[0]);
  event.target.value = "";
});
document.addEventListener("cancel", (event) => {
  if (event.target.id === "an-picture") { event.preventDefault(); closeStudio(); }
}, true);
