// A picture in the talk: where the program looked lies over it, and a slider fades that in and out.
const fades = {}; // by picture, so that a talk drawn anew looks as it did
const FIRST = 45; // percent shown at first

function dressPictures() {
  for (const figure of all("#an-chat figure.an-seen")) if (!figure.querySelector(".an-seen-frame")) dress(figure);
}

function dress(figure) {
  const picture = find("img", figure), number = figure.id.replace("an-seen-", "");
  const frame = document.createElement("div"), heat = new Image();
  frame.className = "an-seen-frame";
  picture.replaceWith(frame);
  frame.append(picture);
  if (figure.classList.contains("an-silent")) return; // what the model saw is not shown, nor where it looked
  heat.className = "an-seen-heat";
  heat.alt = "";
  heat.onload = () => offerFade(figure, frame, heat, number);
  heat.src = `api/v1/consultations/${state.consultation}/pictures/${number}/heatmap`;
}

// Only where the model can say where it looked is there a heatmap, and a slider for it.
function offerFade(figure, frame, heat, number) {
  if (find("[data-heat]", figure)) return;
  frame.append(heat);
  const slide = document.createElement("div"), id = `an-heat-${number}`;
  slide.className = "an-slide";
  slide.innerHTML = `<label for="${id}" data-t="pic_heat"></label><output for="${id}"></output>
    <input type="range" id="${id}" min="0" max="100" step="5" data-heat="${number}" aria-describedby="${id}-hint">
    <p class="an-hint" id="${id}-hint" data-t="pic_heat_hint"></p>`;
  for (const part of all("[data-t]", slide)) part.textContent = say(part.dataset.t);
  frame.after(slide);
  const range = find("input", slide);
  range.value = fades[number] ?? FIRST;
  fade(range);
}

function fade(range) {
  const words = say("pic_heat_now", { n: range.value });
  fades[range.dataset.heat] = range.value;
  range.setAttribute("aria-valuetext", words);
  find("output", range.parentElement).textContent = words;
  find(".an-seen-heat", range.closest("figure")).style.opacity = range.value / 100;
}
