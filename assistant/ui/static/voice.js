// The assistant's voice: the browser's own, or sound from the server. What is said is captioned, and
// all of it stands in the talk; whoever speaks is not talked over.
const VOICE = "anamnesis.voice";
const SPEED = { on: 1, slow: 0.8, fast: 1.25 };
const mouth = { choice: "on", socket: null, context: null, at: 0, timers: [], sources: [] };

function aloud(sentences) {
  hush();
  if (!ear.spoke || mouth.choice === "off" || !sentences?.length) return;
  if (props.voice === "piper") return fromServer(sentences);
  withBrowser(sentences);
}

function withBrowser(sentences) {
  if (!window.speechSynthesis) return;
  sentences.forEach((sentence, i) => {
    const part = new SpeechSynthesisUtterance(sentence);
    part.lang = state.language === "zh" ? "zh-CN" : "en-GB";
    part.rate = SPEED[mouth.choice];
    part.onstart = () => caption(sentence);
    if (i === sentences.length - 1) part.onend = () => caption("");
    part.onerror = () => caption("");
    speechSynthesis.speak(part);
  });
}

// The server says its last reply: each sentence as words, then as sound, while the next is made.
function fromServer(sentences) {
  const address = new URL(`api/v1/consultations/${state.consultation}/speech`, document.baseURI);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = (mouth.socket = new WebSocket(address));
  socket.binaryType = "arraybuffer";
  mouth.context = new AudioContext();
  mouth.at = 0;
  let rate = 0, heardAny = false;
  socket.onopen = () => socket.send(JSON.stringify({ type: "start", listen: false, speed: SPEED[mouth.choice] }));
  socket.onmessage = ({ data }) => {
    if (mouth.socket !== socket) return;
    if (typeof data !== "string") { heardAny = true; return play(data, rate); }
    const told = JSON.parse(data);
    if (told.type === "ready") socket.send(JSON.stringify({ type: "voice" }));
    if (told.type === "voice") { rate = told.rate; captionAt(told.text); }
    if (told.type === "voice_end" || told.type === "error") {
      mouth.socket = null;
      socket.close();
      if (!heardAny) withBrowser(sentences); // no voice of the server speaks this language
      else captionAt("");
    }
  };
}

function play(data, rate) {
  const { context } = mouth, whole = new Int16Array(data);
  if (!context || !whole.length) return;
  const buffer = context.createBuffer(1, whole.length, rate), channel = buffer.getChannelData(0);
  for (let i = 0; i < whole.length; i++) channel[i] = whole[i] / 32768;
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  mouth.at = Math.max(mouth.at, context.currentTime + 0.02);
  source.start(mouth.at);
  mouth.at += buffer.duration;
  mouth.sources.push(source);
}

// A caption appears when its sentence is heard, not when it arrives.
function captionAt(words) {
  const wait = mouth.context ? Math.max(0, mouth.at - mouth.context.currentTime) * 1000 : 0;
  mouth.timers.push(setTimeout(caption, wait, words));
}

function caption(words) {
  find("#an-caption-words").textContent = words;
  show(find("#an-caption"), Boolean(words));
  document.body.toggleAttribute("data-voice", Boolean(words));
  tellEar(words ? "speaking" : "silent");
}

function hush() {
  window.speechSynthesis?.cancel();
  mouth.timers.forEach(clearTimeout);
  for (const source of mouth.sources) source.stop();
  const { socket, context } = mouth;
  Object.assign(mouth, { socket: null, context: null, timers: [], sources: [] });
  socket?.close();
  context?.close();
  if (find("#an-caption") && !find("#an-caption").hidden) caption("");
}

function voiceChosen() {
  mouth.choice = find("#an-voice").value;
  keep(VOICE, mouth.choice);
  if (mouth.choice === "off") hush();
  else ear.spoke = true;
}
