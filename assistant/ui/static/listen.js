// Speaking: the microphone's sound goes to the server as it is spoken; words come back as text.
// What is heard clearly is sent; what is not stands in the field, to be looked at first.
const VOICE = "anamnesis.voice";
const ear = { socket: null, stream: null, context: null, handsFree: false, wanted: false, voice: "" };

const WORKLET = "chat/microphone.js";

function explainMicrophone(error) {
  const lines = { NotAllowedError: "mic_refused", SecurityError: "mic_refused", NotFoundError: "mic_absent" };
  notice(say(lines[error?.name] || "mic_failed"), false);
}

function hearing(mode) {
  document.body.dataset.ear = mode; // "", "opening", "listening", "speaking", "working"
  const words = { opening: "mic_opening", listening: "mic_listening", speaking: "mic_hearing", working: "mic_working" };
  find("#an-ear-words").textContent = words[mode] ? say(words[mode]) : "";
  show(find("#an-ear"), Boolean(mode));
  find("#an-mic")?.setAttribute("aria-pressed", String(Boolean(mode)));
}

async function openEar(handsFree) {
  clearNotice();
  if (!navigator.mediaDevices?.getUserMedia) return notice(say("mic_insecure"), false);
  Object.assign(ear, { handsFree, wanted: true });
  hush();
  hearing("opening");
  try {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    ear.stream = await navigator.mediaDevices.getUserMedia({ audio });
    if (!ear.wanted) return closeEar();
    ear.stream.getAudioTracks()[0].onended = () => { closeEar(); notice(say("mic_lost"), false); };
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
  socket.onopen = () => socket.send(JSON.stringify({ type: "start", language: state.language, hands_free: ear.handsFree }));
  socket.onmessage = ({ data }) => {
    const told = JSON.parse(data);
    if (told.type === "ready") {
      ready = true;
      for (const sound of early.splice(0)) socket.send(sound);
      hearing("listening");
      if (!ear.wanted) stopEar();
    } else heard(told);
  };
  socket.onclose = () => { if (ear.socket === socket) { closeEar(); notice(say("mic_offline"), false); } };
}

function heard(told) {
  if (told.type === "queue") find("#an-ear-words").textContent = say("mic_queue", { position: told.position });
  if (told.type === "start") { hush(); hearing("speaking"); }
  if (told.type === "partial") find("#an-ear-words").textContent = told.text || say("mic_hearing");
  if (told.type === "nothing") { hearing("listening"); if (!ear.handsFree || !ear.wanted) { closeEar(); notice(say("mic_nothing"), false); } }
  if (told.type === "error") { closeEar(); notice(say(told.code === "busy" ? "mic_busy" : "mic_failed"), false); }
  if (told.type === "final") understoodSpeech(told);
}

// Words that are not sure are shown in the field first: a wrong word may be another illness.
function understoodSpeech(told) {
  const field = find("#an-text");
  if (ear.handsFree && ear.wanted) hearing("listening");
  else closeEar();
  ear.spoke = true;
  const before = field.value.trim();
  field.value = before ? `${before} ${told.text}` : told.text;
  fit();
  if (told.confirm || before || document.body.dataset.busy) {
    find("#an-check-words").textContent = told.unsure.length
      ? say("mic_check_words", { words: told.unsure.join(", ") }) : say("mic_check");
    show(find("#an-check"), true);
    field.focus();
    announce(say("mic_check"));
  } else write();
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
  Object.assign(ear, { socket: null, stream: null, context: null, wanted: false, handsFree: false });
  stream?.getTracks().forEach((track) => { track.onended = null; track.stop(); });
  context?.close();
  socket?.close();
  hearing("");
  find('[data-do="hands-free"]')?.setAttribute("aria-pressed", "false");
}

function microphone() {
  document.body.dataset.ear ? stopEar() : openEar(false);
}

function handsFree() {
  if (ear.handsFree) return closeEar();
  if (document.body.dataset.ear) closeEar();
  find('[data-do="hands-free"]').setAttribute("aria-pressed", "true");
  openEar(true);
}

// The assistant's voice is the browser's own. Text stays on the page: what is spoken is captioned.
function hush() {
  window.speechSynthesis?.cancel();
}

function aloud(words) {
  if (!ear.spoke || ear.voice === "off" || !window.speechSynthesis || !words) return;
  const brief = words.split(/(?<=[.!?。？！])\s*/).filter(Boolean);
  const spoken = brief.length > 5 ? [...brief.slice(0, 3), brief.at(-1)] : brief; // no long lists
  for (const sentence of spoken) {
    const part = new SpeechSynthesisUtterance(sentence);
    part.lang = state.language === "zh" ? "zh-CN" : "en-GB";
    part.rate = ear.voice === "slow" ? 0.8 : ear.voice === "fast" ? 1.25 : 1;
    part.onstart = () => tellEar("speaking");
    part.onend = () => { if (!speechSynthesis.pending) tellEar("silent"); };
    speechSynthesis.speak(part);
  }
}

function tellEar(type) {
  if (ear.socket?.readyState === 1) ear.socket.send(JSON.stringify({ type }));
}

function voiceChosen() {
  const field = find("#an-voice");
  ear.voice = field.value;
  keep(VOICE, ear.voice);
  if (ear.voice === "off") hush();
  else ear.spoke = true;
}

setInterval(() => tellEar("ping"), 10000);
