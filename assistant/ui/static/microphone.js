// In the browser's sound thread: any rate in, 16 000 16-bit samples a second out, 100 ms at a time.
const RATE = 16000, TAPS = 24, MOST = 1600;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE;
    this.cut = Math.min(1, 1 / this.step) * 0.92; // a low pass, so that nothing folds back
    this.kept = new Float32Array(0);
    this.at = 0;
    this.out = new Int16Array(MOST);
    this.full = 0;
  }

  process([input]) {
    if (!input.length) return true;
    const mono = new Float32Array(input[0].length);
    for (const channel of input) for (let i = 0; i < mono.length; i++) mono[i] += channel[i] / input.length;
    const all = new Float32Array(this.kept.length + mono.length);
    all.set(this.kept);
    all.set(mono, this.kept.length);
    const reach = Math.ceil(TAPS * Math.max(1, this.step) / 2);
    for (; this.at + reach < all.length; this.at += this.step) this.push(this.sample(all, reach));
    const drop = Math.max(0, Math.floor(this.at) - reach);
    this.kept = all.slice(drop);
    this.at -= drop;
    return true;
  }

  // A windowed sinc around `this.at`.
  sample(all, reach) {
    const middle = this.at, first = Math.max(0, Math.ceil(middle - reach));
    let sum = 0, weight = 0;
    for (let i = first; i <= middle + reach && i < all.length; i++) {
      const x = i - middle, y = Math.PI * x * this.cut;
      const w = (y ? Math.sin(y) / y : 1) * (0.5 + 0.5 * Math.cos(Math.PI * x / (reach + 1)));
      sum += all[i] * w;
      weight += w;
    }
    return weight ? sum / weight : 0;
  }

  push(value) {
    this.out[this.full++] = Math.max(-1, Math.min(1, value)) * 32767;
    if (this.full < MOST) return;
    this.port.postMessage(this.out.buffer, [this.out.buffer]);
    this.out = new Int16Array(MOST);
    this.full = 0;
  }
}

registerProcessor("microphone", Microphone);
