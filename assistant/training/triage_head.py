"""Training of the triage head: `anamnesis train triage [--language en|zh]`.

The network that reads patients' words stays as it is; over its pooled states of a whole text, a
multinomial logistic layer is fitted to the level that the assistant's own policy gives. Its
regularisation is chosen by cross-validation over conditions, its chances are calibrated on the same
folds (temperature scaling, Guo et al., ICML 2017), and its threshold is the lowest at which it
raises over-triage by at most half a point, on our vignettes and on simulated cases it never saw.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from assistant.assessing import assess, read_request
from assistant.consultation import Assistant
from assistant.errors import InvalidInputError
from assistant.evaluation.gold import read_cases
from assistant.evaluation.metrics import wilson
from assistant.evaluation.triage_metrics import Care, care_of
from assistant.extraction.tagger import Tagger
from assistant.records.terms import Language
from assistant.training.manifest import update_manifest
from assistant.training.triage_cases import Simulator, Told, red_flag_cases, written_cases
from assistant.triage.head import LEVELS, Head, load_head, name_of

SIMULATED = {Language.ENGLISH: 1500, Language.CHINESE: 700}
WRITTEN = {Language.ENGLISH: 1600, Language.CHINESE: 1300}
STRENGTHS = (1e-4, 1e-3, 3e-3, 1e-2)  # of the data against small weights (scikit-learn's C)
FOLDS, SEED = 5, 11
WATCHED = 200  # held-out simulated cases that the whole assistant reads for the threshold
SPENT = 0.005  # by which over-triage may rise, on each of the two sets
LOWEST = 0.5  # a threshold below is not "sure"
Array = NDArray[np.float64]
Rated = tuple[dict[str, object], Care]  # a row of the public contract, and its true class


@dataclass(frozen=True, slots=True)
class Judged:
    """Cases with a truth, as the assistant rates them without the head, and the head's chance."""

    truth: NDArray[np.int64]  # Care
    advised: NDArray[np.int64]  # Care, without the head
    chance: Array  # of an emergency, by the head

    def over(self, threshold: float) -> float:
        """Return the share of cases that the head wrongly makes an emergency at a threshold.

        One that was rated too high before counts too: for its patient it gets worse.
        """
        emergency = int(Care.EMERGENCY)
        new = (self.chance >= threshold) & (self.advised < emergency)
        return float((new & (self.truth < emergency)).mean())

    def found(self, threshold: float) -> tuple[int, int]:
        """Return how many of the missed emergencies the head finds, and how many are missed."""
        missed = (self.truth == int(Care.EMERGENCY)) & (self.advised < int(Care.EMERGENCY))
        return int((missed & (self.chance >= threshold)).sum()), int(missed.sum())


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted head and what was seen of it on the way."""

    head: Head
    strength: float
    log_loss: dict[float, float]  # by strength, cross-validated


def training_cases(assistant: Assistant, language: Language) -> list[Told]:
    """Return the cases of a language: red flags, utterances of ours, and simulated patients."""
    knowledge, belief = assistant.knowledge, assistant.judge.belief
    return [
        *red_flag_cases(knowledge, language),
        *written_cases(knowledge, belief, language, WRITTEN[language], SEED),
        *Simulator(knowledge, belief, language, SEED).cases(SIMULATED[language]),
    ]


def fit(x: NDArray[np.float32], levels: NDArray[np.int64], groups: Sequence[str]) -> Fit:
    """Return the head fitted with the best strength, calibrated, with a threshold of 1 (never)."""
    scores = {c: _out_of_sample(x, levels, groups, c) for c in STRENGTHS}
    losses = {c: _log_loss(found, levels, 1.0) for c, found in scores.items()}
    best = min(losses, key=lambda c: losses[c])
    grid = np.geomspace(0.3, 5.0, 120)
    temperature = min(grid, key=lambda t: _log_loss(scores[best], levels, float(t)))
    model = _model(best).fit(x, levels)
    scaler, regression = model[0], model[-1]
    weights = np.zeros((len(LEVELS), x.shape[1]))
    intercept = np.full(len(LEVELS), -30.0)  # of a level that no case has
    weights[regression.classes_], intercept[regression.classes_] = (
        regression.coef_,
        regression.intercept_,
    )
    head = Head(
        mean=np.asarray(scaler.mean_), scale=np.asarray(scaler.scale_), weights=weights,
        intercept=intercept, temperature=float(temperature), threshold=1.0,
    )  # fmt: skip
    return Fit(head, best, losses)


def threshold_for(sets: Sequence[Judged]) -> float:
    """Return the lowest threshold at which no set's over-triage rises by more than `SPENT`."""
    chances = np.concatenate([s.chance for s in sets])
    steps = sorted({LOWEST, *(round(float(c) + 1e-4, 4) for c in chances if c >= LOWEST)})
    fits = [t for t in steps if all(s.over(t) <= SPENT for s in sets)]
    return min(fits, default=1.0)


def judged(assistant: Assistant, rows: Sequence[Rated], chance: Array, most: int) -> Judged:
    """Assess rows of the public contract without a head, beside the head's chances."""
    judge = replace(assistant.judge, whole=None)
    plain = replace(assistant, judge=judge, decider=replace(assistant.decider, judge=judge))
    advised = []
    for row, _ in rows:
        found = assess(plain, read_request(row, assistant.knowledge, most))
        advised.append(int(care_of(found.judgement.triage.level)))
    return Judged(np.array([int(care) for _, care in rows]), np.array(advised), chance)


def train_head(
    assistant: Assistant, language: Language, models: Path, vignettes: Path, most: int
) -> Path:
    """Make the cases, read them, train, and return the folder with weights and card.

    `most` characters are read of a text. Raises InvalidInputError where `vignettes` holds no cases.
    """
    cases = training_cases(assistant, language)
    tagger = Tagger(f"extraction-{language.value}", models, threads=1)
    own = _vignettes(vignettes, language)
    return train_on(assistant, language, models, cases, own, tagger.pooled, most)


def train_on(
    assistant: Assistant,
    language: Language,
    models: Path,
    cases: Sequence[Told],
    own: Sequence[Rated],
    pooled: Callable[[Sequence[str]], NDArray[np.float32]],
    most: int,
) -> Path:
    """Fit, choose the threshold on `own` vignettes and held-out cases, write; return the folder."""
    x = pooled([case.text for case in cases])
    levels = np.array([case.level.rank for case in cases])
    out = np.array([case.held_out for case in cases])
    fitted = fit(x[~out], levels[~out], [case.group for case in cases if not case.held_out])
    held = [i for i, c in enumerate(cases) if c.held_out and c.kind == "simulated"][:WATCHED]
    simulated = [
        ({**cases[i].row, "text": cases[i].text, "language": language.value},
         care_of(cases[i].level))
        for i in held
    ]  # fmt: skip
    sets = {}
    for name, rows in (("own vignettes", own), ("held-out simulated", simulated)):
        # One by one, as they are served: in 8 bits, what else is in a batch changes a little.
        alone = np.concatenate([pooled([str(row["text"])]) for row, _ in rows])
        sets[name] = judged(assistant, rows, fitted.head.emergencies(alone), most)
    threshold = round(threshold_for(list(sets.values())), 4)
    head = replace(fitted.head, threshold=threshold)
    folder = models / name_of(language)
    write_head(head, folder)
    card = _card(language, cases, x, levels, out, replace(fitted, head=head), sets,
                 assistant.knowledge.bundle.digest)  # fmt: skip
    (folder / "README.md").write_text(card, encoding="utf-8")
    update_manifest(models, folder)
    load_head(models, language)  # what was written can be read
    return folder


def write_head(head: Head, folder: Path) -> None:
    """Write the weights of a head."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {
            "mean": head.mean.astype(np.float32),
            "scale": head.scale.astype(np.float32),
            "weights": head.weights.astype(np.float32),
            "intercept": head.intercept.astype(np.float32),
            "temperature_threshold": np.array([head.temperature, head.threshold]),
        },
        folder / "weights.safetensors",
    )
    (folder / "weights.safetensors").chmod(0o644)


def _model(strength: float) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=400))


def _out_of_sample(
    x: NDArray[np.float32], levels: NDArray[np.int64], groups: Sequence[str], strength: float
) -> Array:
    """Return the log chances (cases, levels) by models that have not seen a case's condition."""
    found = np.full((len(x), len(LEVELS)), -30.0)
    for train, test in GroupKFold(FOLDS).split(x, levels, groups):
        model = _model(strength).fit(x[train], levels[train])
        found[np.ix_(test, model[-1].classes_)] = model.predict_log_proba(x[test])
    return found


def _log_loss(scores: Array, levels: NDArray[np.int64], temperature: float) -> float:
    scaled = scores / temperature
    scaled = scaled - scaled.max(-1, keepdims=True)
    total = np.log(np.exp(scaled).sum(-1))
    return float((total - scaled[np.arange(len(levels)), levels]).mean())


def _vignettes(folder: Path, language: Language) -> list[Rated]:
    texts = [f.read_text(encoding="utf-8").strip() for f in sorted(folder.glob("*.jsonl"))]
    cases = [g for g in read_cases("\n".join(texts), None) if g.care is not None]
    own = [g for g in cases if g.request["language"] == language.value]
    if not own:
        raise InvalidInputError(f"{folder} holds no vignettes in {language.value} with a level.")
    return [(dict(g.request), g.care) for g in own if g.care is not None]


def calibration_error(chances: Array, emergency: NDArray[np.bool_]) -> float:
    """Return the expected calibration error in ten bins (Guo et al., ICML 2017).

    >>> calibration_error(np.array([0.05, 0.95]), np.array([False, True]))
    0.05
    """
    bins = np.minimum((chances * 10).astype(int), 9)
    inside = [bins == b for b in np.unique(bins)]
    gaps = [abs(chances[i].mean() - emergency[i].mean()) * i.sum() for i in inside]
    return round(float(sum(gaps) / len(chances)), 4)


def _card(
    language: Language, cases: Sequence[Told], x: NDArray[np.float32], levels: NDArray[np.int64],
    out: NDArray[np.bool_], fitted: Fit, sets: dict[str, Judged], knowledge: str,
) -> str:  # fmt: skip
    head = fitted.head
    rows = []
    sick = np.array([case.level.is_emergency for case in cases])
    kinds = np.array([case.kind for case in cases])
    for kind in ("red_flag", "written", "simulated"):
        here = out & (kinds == kind)
        chances = head.chances(x[here])
        chance = head.emergencies(x[here])
        sure = chance >= head.threshold
        rows.append(
            f"| {kind} | {int(here.sum())} | {(chances.argmax(-1) == levels[here]).mean():.3f} "
            f"| {_auc(chance, sick[here])} | {calibration_error(chance, sick[here]):.3f} "
            f"| {_share(int((sure & sick[here]).sum()), int(sick[here].sum()))} "
            f"| {_share(int((sure & ~sick[here]).sum()), int((~sick[here]).sum()))} |"
        )
    spent = [
        f"| {name} | {len(s.truth)} | {s.found(head.threshold)[0]} of {s.found(head.threshold)[1]} "
        f"| {100 * s.over(head.threshold):+.2f} points |"
        for name, s in sets.items()
    ]
    counted = {k: int((kinds == k).sum()) for k in ("red_flag", "written", "simulated")}
    text = Path(__file__).with_name("card_head.md").read_text(encoding="utf-8")
    return Template(text).substitute(
        name=name_of(language), language={"en": "English", "zh": "Chinese"}[language.value],
        network=f"extraction-{language.value}", knowledge=knowledge[:12], seed=SEED, folds=FOLDS,
        cases=len(cases), trained=int((~out).sum()), held=int(out.sum()), every=5,
        strength=f"{fitted.strength:g}", temperature=f"{head.temperature:.2f}",
        losses=", ".join(f"{loss:.3f} at {c:g}" for c, loss in fitted.log_loss.items()),
        threshold=f"{head.threshold:.4f}", table="\n".join(rows), spent="\n".join(spent), **counted,
    )  # fmt: skip


def _auc(chance: Array, sick: NDArray[np.bool_]) -> str:
    from sklearn.metrics import roc_auc_score

    return f"{roc_auc_score(sick, chance):.3f}" if 0 < sick.sum() < len(sick) else "–"


def _share(k: int, n: int) -> str:
    if n == 0:
        return "–"
    share = wilson(k, n)
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}] ({k}/{n})"
