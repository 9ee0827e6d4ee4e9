// Turning and cropping what is shown before it is sent: by pointer, and by the arrow keys.
// The part that is kept is in shares of the picture as it is shown, after turning.
const WHOLE = { x: 0, y: 0, w: 1, h: 1 };
const LEAST = 0.08; // share of a side
const SHOWN_SIDE = 420; // pixels that a smaller picture is shown at
const MOST_SIDE = 2048; // pixels of what is drawn or sent after a change
const studio = {
  source: null, // what is drawn: an ImageBitmap
  turns: 0, // quarters, clockwise
  part: { ...WHOLE },
};

const isChanged = () => studio.turns !== 0 || !isWhole();
const isWhole = () => ["x", "y", "w", "h"].every((side) => Math.abs(studio.part[side] - WHOLE[side]) < 0.001);

function sizes(most, least) {
  const { width, height } = studio.source, lying = studio.turns % 2 === 1;
  const side = Math.max(width, height), scale = Math.max(Math.min(1, most / side), least / side);
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  return lying ? [h, w, w, h] : [w, h, w, h];
}

// The whole picture, turned, on a canvas.
function turned(canvas, most, least = 0) {
  const [across, down, w, h] = sizes(most, least), pen = canvas.getContext("2d");
  Object.assign(canvas, { width: across, height: down });
  pen.translate(across / 2, down / 2);
  pen.rotate((studio.turns * Math.PI) / 2);
  pen.drawImage(studio.source, -w / 2, -h / 2, w, h);
  return canvas;
}

function draw() {
  if (!studio.source) return;
  turned(find("#an-canvas"), 1024, SHOWN_SIDE);
  placeCrop();
}

function placeCrop() {
  const { x, y, w, h } = studio.part, box = find("#an-crop");
  const share = (value) => `${(value * 100).toFixed(2)}%`;
  Object.assign(box.style, { left: share(x), top: share(y), width: share(w), height: share(h) });
  find('[data-do="picture-whole"]').disabled = isWhole();
}

function turn(quarters) {
  const { x, y, w, h } = studio.part;
  studio.turns = (studio.turns + quarters + 4) % 4;
  studio.part = quarters > 0 ? { x: 1 - y - h, y: x, w: h, h: w } : { x: y, y: 1 - x - w, w: h, h: w };
  draw();
  tellStudio(say("pic_turned", { n: studio.turns * 90 }));
}

function wholeAgain() {
  studio.part = { ...WHOLE };
  placeCrop();
  tellPart();
}

function tellPart() {
  const { w, h } = studio.part;
  tellStudio(say("pic_part", { w: Math.round(w * 100), h: Math.round(h * 100) }));
}

// Moves one corner, or the whole part, by shares of the picture; nothing leaves the picture.
function shift(corner, dx, dy) {
  const part = { ...studio.part }, right = part.x + part.w, bottom = part.y + part.h;
  const within = (value, low, high) => Math.min(Math.max(value, low), high);
  if (corner === "all") {
    part.x = within(part.x + dx, 0, 1 - part.w);
    part.y = within(part.y + dy, 0, 1 - part.h);
  }
  if (corner.includes("w")) { part.x = within(part.x + dx, 0, right - LEAST); part.w = right - part.x; }
  if (corner.includes("e")) part.w = within(right + dx, part.x + LEAST, 1) - part.x;
  if (corner.includes("n")) { part.y = within(part.y + dy, 0, bottom - LEAST); part.h = bottom - part.y; }
  if (corner.includes("s")) part.h = within(bottom + dy, part.y + LEAST, 1) - part.y;
  studio.part = part;
  placeCrop();
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function cropByKey(event) {
  const grip = event.target.closest?.("[data-grip]"), arrow = ARROWS[event.key];
  if (!grip || !arrow) return;
  event.preventDefault();
  const step = event.shiftKey ? 0.1 : 0.02;
  shift(grip.dataset.grip, arrow[0] * step, arrow[1] * step);
  tellPart();
}

function cropByPointer(event) {
  const grip = event.target.closest?.("[data-grip]");
  if (!grip || event.button > 0) return;
  event.preventDefault();
  grip.focus({ preventScroll: true });
  const { width, height } = find("#an-canvas").getBoundingClientRect();
  let [x, y] = [event.clientX, event.clientY];
  const move = (moved) => {
    shift(grip.dataset.grip, (moved.clientX - x) / width, (moved.clientY - y) / height);
    [x, y] = [moved.clientX, moved.clientY];
  };
  const end = () => {
    grip.removeEventListener("pointermove", move);
    tellPart();
  };
  grip.setPointerCapture(event.pointerId);
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", end, { once: true });
}

// The part that is kept, in the picture's own resolution as far as that is of use.
async function cut(type) {
  const whole = turned(document.createElement("canvas"), MOST_SIDE), { x, y, w, h } = studio.part;
  const [left, top] = [Math.round(x * whole.width), Math.round(y * whole.height)];
  const part = document.createElement("canvas");
  part.width = Math.max(1, Math.round(w * whole.width));
  part.height = Math.max(1, Math.round(h * whole.height));
  part.getContext("2d").drawImage(whole, -left, -top);
  return new Promise((done) => part.toBlob(done, type === "image/png" ? type : "image/jpeg", 0.95));
}

document.addEventListener("keydown", cropByKey);
document.addEventListener("pointerdown", cropByPointer);
