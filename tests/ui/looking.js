// What the tests look at in the page: sizes, names and contrast.
var controls = (kinds) =>
  [...document.querySelectorAll(`#an-shell :is(${kinds})`)].filter((e) => e.checkVisibility());

var smallTargets = () =>
  controls("button, a, summary, select, textarea")
    .filter((e) => !e.matches(".an-skip") && !e.closest(".icon-button-wrapper"))
    .map((e) => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
    .map(([e, box]) => `${e.outerHTML.slice(0, 90)} ${box.width}x${box.height}`);

var namelessControls = () =>
  controls("button, a, input, select, textarea")
    .filter((e) => e.type !== "hidden")
    .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
    .map((e) => e.outerHTML.slice(0, 120));

var rgba = (colour) => {
  const parts = colour.match(/[\d.]+/g).map(Number);
  return parts.length < 4 ? [...parts, 1] : parts;
};
var linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
// WCAG 2.2: relative luminance
var luminance = ([r, g, b]) =>
  [r, g, b].reduce((sum, v, i) => sum + linear(v / 255) * [0.2126, 0.7152, 0.0722][i], 0);

var above = (e) => (e ? [e, ...above(e.parentElement)] : []);
var ground = (e) =>
  above(e).map((x) => rgba(getComputedStyle(x).backgroundColor)).find((c) => c[3] > 0.99)
  || [255, 255, 255, 1];
var opacity = (e) => above(e).reduce((o, x) => o * getComputedStyle(x).opacity, 1);

var contrast = (e) => {
  const back = ground(e), o = opacity(e);
  const ink = rgba(getComputedStyle(e).color).map((v, i) => v * o + back[i] * (1 - o));
  const [a, b] = [luminance(ink), luminance(back)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
};
var hasWords = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());

var faintTexts = () =>
  controls("*")
    .filter((e) => hasWords(e) && !e.closest(".an-hidden, .an-skip, svg, option"))
    .filter((e) => contrast(e) < 4.5)
    .map((e) => `${contrast(e).toFixed(2)} ${e.textContent.trim().slice(0, 40)}`);
