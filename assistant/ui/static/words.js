// The page's words in the chosen language: parts marked data-t, data-label and data-placeholder.
function say(line, slots = {}) {
  const words = props.texts[state.language][line] || "";
  return words.replace(/\{(\w+)\}/g, (whole, name) => slots[name] ?? whole);
}

function speak(language) {
  state.language = language;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = say("title", { product: props.product });
  for (const node of all("[data-t]")) node.textContent = say(node.dataset.t, slotsOf(node));
  for (const node of all("[data-label]")) node.setAttribute("aria-label", say(node.dataset.label));
  for (const node of all("[data-placeholder]")) node.placeholder = say(node.dataset.placeholder);
  for (const option of all("#an-country option")) option.textContent = option.dataset[language];
  for (const button of all("[data-language]"))
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  for (const range of all("[data-heat]")) fade(range);
  nameTalk();
  countLeft();
}

function slotsOf(node) {
  return { number: node.dataset.number, days: node.dataset.days ?? props.days, n: node.dataset.n, mb: node.dataset.mb };
}

function announce(words) {
  const live = find("#an-live");
  live.textContent = "";
  setTimeout(() => (live.textContent = words), 60);
}
