// The first screen: consent, then who it is about.
function step(n) {
  for (const form of all("#an-start form")) show(form, form.dataset.step === String(n));
  document.body.dataset.step = n;
  window.scrollTo(0, 0);
  find("#an-start-slot").scrollTop = 0;
  find(n === 2 ? "#an-who" : "#an-hello").focus({ preventScroll: true });
}

function backToStart(done) {
  keep(KEPT, "");
  closeEar();
  hush();
  if (inStudio()) closeStudio();
  Object.assign(state, { consultation: "", level: "", queue: [], failed: null });
  delete document.body.dataset.level;
  for (const form of all("#an-start form")) form.reset();
  countryChosen();
  sexChosen();
  find("#an-text").value = "";
  screen("start");
  step(1);
  if (done.kind === "erase") announce(say("erased"));
}

function countryChosen() {
  const chosen = number();
  const words = find("#an-start-call span");
  words.dataset.number = chosen;
  words.textContent = say("call", { number: chosen });
  find("#an-start-call").href = `tel:${chosen}`;
}

function sexChosen() {
  const form = find("#an-person-form");
  const { age, unit } = { age: ageIn(form), unit: form.elements.unit.value };
  const years = unit === "months" ? age / 12 : age;
  show(find("#an-pregnant"), form.elements.sex.value === "female" && years >= 10 && years <= 60);
}

function ageIn(form) {
  const written = form.elements.age.value.trim().replace(",", ".").normalize("NFKC");
  return /^\d{1,4}(\.\d+)?$/.test(written) ? Number(written) : NaN;
}

function wrong(selector, field, isWrong) {
  show(find(selector), isWrong);
  field.setAttribute("aria-invalid", String(isWrong));
  return isWrong;
}

function consented(form) {
  if (wrong("#an-consent-error", form.elements.consent, !form.elements.consent.checked))
    return form.elements.consent.focus();
  step(2);
}

function begin(form) {
  const { elements } = form, age = ageIn(form), unit = elements.unit.value;
  const tooOld = !(age >= 0 && age <= (unit === "months" ? 1500 : 125));
  const noSex = !elements.sex.value;
  const ageWrong = wrong("#an-age-error", elements.age, tooOld);
  show(find("#an-sex-error"), noSex);
  if (ageWrong) return elements.age.focus();
  if (noSex) return elements.sex[0].focus();
  const asked = !find("#an-pregnant").hidden && elements.pregnant.value;
  act("begin", {
    person: {
      other: elements.other.value === "1",
      consent: find("#an-consent").checked,
      age,
      unit,
      sex: elements.sex.value === "unsaid" ? null : elements.sex.value,
      pregnant: asked || null,
      country: find("#an-country").value,
      conditions: elements.conditions.value,
      medicines: elements.medicines.value,
      allergies: elements.allergies.value,
    },
  });
}
