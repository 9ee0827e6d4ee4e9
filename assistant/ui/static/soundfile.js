// A sound file: chosen, dropped or pasted. The server hears it and takes no turn: the file may be old
// or somebody else's, so its words always stand in the field first, after what already stands there.
const SOUND_NAME = /\.(wav|mp3|m4a|ogg|oga|opus|webm|flac)$/i;
const SOUND_REASONS = { // reasons of the server's problem document
  empty: "sound_empty", no_sound: "sound_empty",
  too_large: "sound_too_large", too_long: "sound_too_long", video: "sound_video",
  format: "sound_kind", codec: "sound_kind", rate: "sound_recorder", channels: "sound_recorder",
  unreadable: "sound_damaged",
};
const SOUND_STATUSES = {
  404: "error_gone", 413: "sound_too_large", 415: "sound_kind", 429: "error_often", 503: "mic_busy",
};
const sound = { request: null };

const isSound = ({ type, name }) => type.startsWith("audio/") || (!type.startsWith("image/") && SOUND_NAME.test(name));
const soundSlots = () => ({ mb: Math.floor(props.recording_bytes / 1e5) / 10, seconds: props.recording_seconds, number: number() });
const explainSound = (line) => notice(say(line, soundSlots()), false);

// What is dropped or pasted goes to the ears or to the eyes.
function takeAny(file) {
  if (!file || state.screen !== "talk") return;
  if (isSound(file)) takeSound(file);
  else if (props.pictures) takeFile(file);
  else notice(say("pic_off"), false);
}

function takeSound(file) {
  if (inStudio()) return complain(say("sound_in_studio"));
  for (const other of all("dialog[open]")) other.close();
  view("talk");
  if (!props.speech) return explainSound("sound_off");
  if (document.body.dataset.ear) return explainSound("sound_busy");
  if (!file.size) return explainSound("sound_empty");
  if (file.size > props.recording_bytes) return explainSound("sound_too_large");
  clearNotice();
  hearFile(file);
}

async function hearFile(file) {
  const request = (sound.request = new AbortController());
  hearing("file");
  announce(say("mic_working"));
  let answer = null, told = "";
  try {
    answer = await fetch(`api/v1/consultations/${state.consultation}/heard`, {
      method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" }, signal: request.signal,
    });
    told = await answer.text();
  } catch { answer = null; } // cancelled, or no connection
  if (sound.request !== request) return;
  stopSound();
  if (answer) soundAnswered(answer, told);
  else explainSound("error_offline");
}

function soundAnswered({ ok, status }, text) {
  let told = {};
  try { told = JSON.parse(text); } catch { /* a proxy's answer, not ours */ }
  if (ok && told.heard) soundHeard(told.heard);
  else explainSound(SOUND_REASONS[told.reason] || SOUND_STATUSES[status] || "sound_failed");
}

function soundHeard({ text, unsure, confirm }) {
  if (!text) return explainSound("sound_nothing");
  inField(text, unsure, !confirm);
}

function stopSound() {
  sound.request?.abort();
  sound.request = null;
  if (document.body.dataset.ear === "file") hearing("");
  if (find("#an-notice-words").textContent === say("sound_busy")) clearNotice(); // it is over
}

function cancelSound() {
  stopSound();
  find("#an-text").focus();
}

// An insecure page gets no microphone, but a phone records a file for it.
function recordInstead(handsFree) {
  explainSound("mic_insecure");
  find('[data-do="hands-free"]').setAttribute("aria-pressed", "false");
  if (!handsFree) find("#an-sound-file").click();
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "an-sound-file") return;
  if (event.target.files[0]) takeSound(event.target.files[0]);
  event.target.value = "";
});
