// Speaking: the microphone's sound goes to the server as it is spoken; words come back as text.
// What is heard clearly is sent; what is not stands in the field, to be looked at first.
const CHECK = "anamnesis.check";
const ear = { socket: null, stream: null, context: null, handsFree: false, wanted: false, spoke: false, check: false, partial: "", lost: "" };

const MANY = 6; // doubtful words that are still worth naming
const WORKLET = "chat/microphone.js";

function explainMicrophone(error) {
  const lines = { NotAllowedError: "mic_refused", SecurityError: "mic_refused", NotFoundError: "mic_absent" };
  notice(say(lines[error?.name] || "mic_failed"), false);
}

function hearing(mode) {
  if (!find("#an-ear")) return; // speech is off
  document.body.dataset.ear = mode; // "", "opening", "listening", "speaking", "working", "file"
  const words = { opening: "mic_opening", listening: "mic_listening", speaking: "mic_hearing", working: "mic_working", file: "mic_working" };
  find("#an-ear-words").textContent = words[mode] ? say(words[mode]) : "";
  show(find("#an-ear"), Boolean(mode));
  show(find('[data-do="sound-cancel"]'), mode === "file");
  find("#an-mic").setAttribute("aria-pressed", String(Boolean(mode) && mode !== "file"));
}

async function openEar(handsFree) {
  clearNotice();
  if (!navigator.mediaDevices?.getUserMedia) return recordInstead(handsFree);
  Object.assign(ear, { handsFree, wanted: true, partial: "", lost: "" });
  hush();
  hearing("opening");
  try {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    ear.stream = await navigator.mediaDevices.getUserMedia({ audio });
    if (!ear.wanted) return closeEar();
    ear.stream.getAudioTracks()[0].onended = microphoneLost;
    ear.context = new AudioContext();
    await ear.context.audioWorklet.addModule(WORKLET);
    connectEar();
  } catch (error) {
    closeEar();
    explainMicrophone(error);
  }
}

function connectEar() {
  const address = new URL(`api/v1/consultations/${state.consultation}/speech`, document.baseURI);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = (ear.socket = new WebSocket(address));
  const early = []; // what is said while the server gets ready is not lost
  let ready = false;
  const source = ear.context.createMediaStreamSource(ear.stream);
  const microphone = new AudioWorkletNode(ear.context, "microphone");
  microphone.port.onmessage = ({ data }) => {
    if (ready && socket.readyState === 1 && socket.bufferedAmount < 400000) socket.send(data);
    else if (!ready && early.length < 150) early.push(data);
  };
  source.connect(microphone);
  socket.onopen = () => socket.send(JSON.stringify({ type: "start", hands_free: ear.handsFree }));
  socket.onmessage = ({ data }) => {
    const told = JSON.parse(data);
    if (told.type === "ready") {
      ready = true;
      for (const sound of early.splice(0)) socket.send(sound);
      hearing("listening");
      if (!ear.wanted) stopEar();
    } else heard(told);
  };
  socket.onclose = () => { if (ear.socket === socket) broken("mic_offline"); };
}

// Pulled out in the middle of a sentence: what was said so far is still written down.
function microphoneLost() {
  ear.lost = "mic_lost";
  if (ear.socket?.readyState === 1 && ear.partial) stopEar();
  else broken("mic_lost");
}

// What was heard so far stands in the field; nothing that was said is lost.
function broken(why) {
  const heardSoFar = ear.partial;
  closeEar();
  if (heardSoFar) inField(heardSoFar, []);
  notice(say(why), false);
}

function heard(told) {
  if (told.type === "queue") find("#an-ear-words").textContent = say("mic_queue", { position: told.position });
  if (told.type === "start") { hush(); hearing("speaking"); }
  if (told.type === "partial") {
    ear.partial = told.text || ear.partial;
    find("#an-ear-words").textContent = told.text || say("mic_hearing");
  }
  if (told.type === "nothing") nothingHeard();
  if (told.type === "error") broken({ busy: "mic_busy", idle: "mic_idle" }[told.code] || "mic_failed");
  if (told.type === "final") understoodSpeech(told);
}

function nothingHeard() {
  if (ear.handsFree && ear.wanted) {
    hearing("listening");
    find("#an-ear-words").textContent = say("mic_nothing");
    return;
  }
  const { lost } = ear;
  closeEar();
  notice(say(lost || "mic_nothing"), false);
}

// Words that are not sure are shown in the field first: a wrong word may be another illness.
function understoodSpeech(told) {
  const { lost } = ear, before = find("#an-text").value.trim();
  ear.partial = "";
  if (ear.handsFree && ear.wanted) hearing("listening");
  else closeEar();
  ear.spoke = true;
  if (told.confirm || before || lost || ear.check || document.body.dataset.busy) {
    inField(told.text, told.unsure, !told.confirm && ear.check);
    if (lost) notice(say(lost), false);
  } else {
    find("#an-text").value = told.text;
    write();
  }
}

function inField(text, unsure, sure = false) {
  const field = find("#an-text"), before = field.value.trim();
  field.value = before ? `${before} ${text}` : text;
  fit();
  const few = [...new Set(unsure)], joint = state.language === "zh" ? "、" : ", ";
  const words = sure ? say("mic_read") : few.length && few.length <= MANY
    ? say("mic_check_words", { words: few.join(joint) }) : say("mic_check");
  find("#an-look-words").textContent = words;
  show(find("#an-look"), true);
  field.focus();
  announce(words);
}

function stopEar() {
  ear.wanted = false;
  if (ear.socket?.readyState === 1 && document.body.dataset.ear !== "opening") {
    hearing("working");
    ear.socket.send(JSON.stringify({ type: "stop" }));
    ear.stream?.getTracks().forEach((track) => { track.onended = null; track.stop(); });
  } else if (!ear.socket) closeEar();
}

function closeEar() {
  const { socket, stream, context } = ear;
  Object.assign(ear, { socket: null, stream: null, context: null, wanted: false, handsFree: false, partial: "", lost: "" });
  stream?.getTracks().forEach((track) => { track.onended = null; track.stop(); });
  context?.close();
  socket?.close();
  stopSound();
  hearing("");
  find('[data-do="hands-free"]')?.setAttribute("aria-pressed", "false");
}

function microphone() {
  if (sound.request) return explainSound("sound_busy");
  document.body.dataset.ear ? stopEar() : openEar(false);
}

function handsFree() {
  if (sound.request) return explainSound("sound_busy");
  if (ear.handsFree) return closeEar();
  if (document.body.dataset.ear) closeEar();
  find('[data-do="hands-free"]').setAttribute("aria-pressed", "true");
  openEar(true);
}

function checkFirst(wanted) {
  ear.check = wanted;
  keep(CHECK, wanted ? "1" : "");
  find('[data-do="check-first"]')?.setAttribute("aria-pressed", String(wanted));
}

function tellEar(type) {
  if (ear.socket?.readyState === 1) ear.socket.send(JSON.stringify({ type }));
}

setInterval(() => tellEar("ping"), 10000);
