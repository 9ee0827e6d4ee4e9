"""The network that reads what people say: an encoder with our adapter, on onnxruntime.

Each word piece gets a tag (begin, inside, outside) and, where a mention is, more answers: what is
said of it, whose it is, when it was, and which words tell more of it. Answers of a mention are
averaged over its pieces; so are its states, from which its linking vector is made. Weights are
32 bits: in 8 bits a text's answers depend on the texts that it is read with (docs/extraction.md).
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
from safetensors.numpy import load_file
from tokenizers import Encoding

from assistant.errors import ModelFileError
from assistant.extraction.bases import Base, adapted, load_base
from assistant.extraction.combining import Combiner
from assistant.extraction.heads import HEADS
from assistant.extraction.windows import readable
from assistant.minilm_graph import states_graph
from assistant.minilm_int8 import batches
from assistant.models import locate, sha256

Numbers = NDArray[np.float32]
# Likelihoods that a word tells more of a mention: alone, beside such a word, between two (seen to
# give whole phrases on a few sentences typed in; no gold set marks these words).
TOLD, TOLD_WEAK, TOLD_BETWEEN = 0.6, 0.35, 0.05
_PAUSE = re.compile(r"[,.;:!?，。；：！？、]")
_LIST = re.compile(r"\s*(?:[,，、/;；]|\b(?:and|or)\b|以及|[和或及跟还])\s*", re.I)
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tagged:
    """One mention that the network sees, with the likelihood of each answer."""

    start: int
    end: int
    confidence: float  # mean probability of being in a mention
    assertion: dict[str, float]
    experiencer: dict[str, float]
    time: dict[str, float]
    vector: Numbers  # for linking: unit length


@dataclass(frozen=True, slots=True)
class Detail:
    """Words that tell more of a mention."""

    start: int
    end: int
    kind: str  # one of HEADS["attribute"] but "none"


@dataclass(frozen=True, slots=True)
class Read:
    """What the network says of one text."""

    mentions: tuple[Tagged, ...]  # what it sees itself
    given: tuple[Tagged, ...]  # its answers for the spans that it was asked about
    details: tuple[Detail, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One text with the spans that answers are wanted for."""

    text: str
    spans: tuple[Span, ...]
    code: Encoding


class Tagger:
    """The trained network; built once, then only read. Calls from several threads share batches."""

    def __init__(
        self,
        name: str,
        models: Path,
        *,
        threads: int = 2,
        path: Path | None = None,
        allow_network: bool = False,
        peak: int | None = None,
        adapter: Path | None = None,
    ) -> None:
        """`name`: of what was trained, in `models`; `path`: of its encoder, where not the usual.

        `peak`: as `states_graph` has it. `adapter`: a folder that `anamnesis train extraction`
        wrote, used instead of the shipped one of that name; no list vouches for its files.

        Raises ModelFileError where something is missing, changed or of another version.
        """
        self.id, adapter = _adapter(name, models, adapter)
        config = json.loads((adapter / "config.json").read_text(encoding="utf-8"))
        if config["heads"] != {head: list(answers) for head, answers in HEADS.items()}:
            raise ModelFileError(name, "its heads are not those of this version.")
        self.pieces = int(config["pieces"])
        base = load_base(config["base"], models, path=path, allow_network=allow_network)
        weights = adapted(
            base.weights, load_file(adapter / "adapter.safetensors"), config["scale"],
            config.get("layers"),
        )  # fmt: skip
        heads = load_file(adapter / "heads.safetensors")
        self._link = heads["link.weight"]
        self._heads = {n: (heads[f"heads.{n}.weight"].T, heads[f"heads.{n}.bias"]) for n in HEADS}
        self._words, self._padding = base.words, base.padding
        self._chinese = base.chinese
        self._places = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._tokenizer = _tokenizer(base, self.pieces)
        self._session = _session(states_graph(weights, peak), threads)
        self._combiner = Combiner(self._run)

    def read(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]] | None = None
    ) -> list[Read]:
        """Return what is seen in each text, and the answers for given spans of each text.

        Raises FloatingPointError where the network answers with anything but finite numbers.
        """
        codes = self._tokenizer.encode_batch(list(texts))
        wanted = spans if spans is not None else [()] * len(texts)
        asked = [_Asked(t, tuple(s), c) for t, s, c in zip(texts, wanted, codes, strict=True)]
        return self._combiner(asked)

    def pooled(self, texts: Sequence[str]) -> Numbers:
        """Return mean and maximum of the states over all windows of each text, (texts, 768).

        Only windows that the network's encoder can read are: the English one has no Chinese
        characters. A text without any gives zeros. Raises FloatingPointError as `read` does.
        """
        found = np.zeros((len(texts), 2 * self._link.shape[1]), dtype=np.float32)
        owners: list[int] = []
        pieces: list[str] = []
        for row, text in enumerate(texts):
            mine = readable(text, chinese=self._chinese)
            owners += [row] * len(mine)
            pieces += mine
        codes = self._tokenizer.encode_batch(pieces)
        states: list[list[Numbers]] = [[] for _ in texts]
        for rows in batches([len(code.ids) for code in codes]):
            batch = self._states([codes[row] for row in rows])
            if not np.isfinite(batch).all():
                raise FloatingPointError("the network's answer is not a number")
            for row, own in zip(rows, batch, strict=True):
                states[owners[row]].append(own[: len(codes[row].ids)])
        for row, parts in enumerate(states):
            if parts:
                whole = np.concatenate(parts)
                found[row] = np.concatenate([whole.mean(0), whole.max(0)])
        return found

    def _run(self, asked: Sequence[_Asked]) -> list[Read]:
        found: list[Read | None] = [None] * len(asked)
        for rows in batches([len(a.code.ids) for a in asked]):
            states = self._states([asked[row].code for row in rows])
            if not np.isfinite(states).all():
                raise FloatingPointError("the network's answer is not a number")
            for row, own in zip(rows, states, strict=True):
                found[row] = self._answers(asked[row], own)
        return [read for read in found if read is not None]

    def _states(self, codes: Sequence[Encoding]) -> Numbers:
        longest = max(len(code.ids) for code in codes)
        ids = np.full((len(codes), longest), self._padding, dtype=np.int64)
        mask = np.zeros((len(codes), longest), dtype=np.int32)
        for row, code in enumerate(codes):
            ids[row, : len(code.ids)] = code.ids
            mask[row, : len(code.ids)] = 1
        words = self._words(ids.reshape(-1)).reshape(*ids.shape, -1)
        given = {"embedded": words + self._places[:longest], "mask": mask}
        (states,) = self._session.run(["states"], given)
        return np.asarray(states, dtype=np.float32)

    def _answers(self, asked: _Asked, states: Numbers) -> Read:
        own = states[: len(asked.code.ids)]
        likely = {name: _softmax(own @ w + b) for name, (w, b) in self._heads.items()}
        if not all(np.isfinite(values).all() for values in likely.values()):
            raise FloatingPointError("an answer of the network is not a number")
        places = asked.code.offsets
        runs = mention_runs(likely["mention"].argmax(-1).tolist(), asked.text, places)
        runs = beside_given(runs, asked.text, places, asked.spans)
        seen = [self._tagged(asked.text, likely, own, places, run) for run in runs]
        given = [
            self._tagged(asked.text, likely, own, places, _pieces_of(places, span), span)
            for span in asked.spans
        ]
        return Read(tuple(seen), tuple(given), _details(likely["attribute"], asked.text, places))

    def _tagged(
        self,
        text: str,
        likely: dict[str, Numbers],
        states: Numbers,
        places: Sequence[Span],
        pieces: list[int],
        span: Span | None = None,
    ) -> Tagged:
        if not pieces:  # beyond the length that the network reads: it has no opinion
            even = {name: {a: 1 / len(v) for a in v} for name, v in HEADS.items()}
            start, end = span or (0, 0)
            none = np.zeros(len(self._link), dtype=np.float32)
            return Tagged(
                start, end, 0.0, even["assertion"], even["experiencer"], even["time"], none
            )
        mean = {name: values[pieces].mean(0).tolist() for name, values in likely.items()}
        named = {name: dict(zip(HEADS[name], mean[name], strict=True)) for name in HEADS}
        vector = self._link @ states[pieces].mean(0)
        start, end = span or trimmed(text, places[pieces[0]][0], places[pieces[-1]][1])
        return Tagged(
            start=start,
            end=end,
            confidence=1.0 - named["mention"]["outside"],
            assertion=named["assertion"],
            experiencer=named["experiencer"],
            time=named["time"],
            vector=vector / max(float(np.linalg.norm(vector)), 1e-9),
        )


def _adapter(name: str, models: Path, folder: Path | None) -> tuple[str, Path]:
    """Return the name with the digits of its weights, and the folder that holds them."""
    if folder is None:
        model, shipped = locate(name, models)
        return model.id, shipped
    for file in ("config.json", "adapter.safetensors", "heads.safetensors"):
        if not (folder / file).is_file():
            raise ModelFileError(name, f"{file} is missing in the folder that was named.")
    return f"{name}-{sha256(folder / 'adapter.safetensors')[:12]}", folder


def _tokenizer(base: Base, pieces: int):  # type: ignore[no-untyped-def]
    base.tokenizer.enable_truncation(pieces)
    base.tokenizer.no_padding()
    return base.tokenizer


def _session(graph: bytes, threads: int) -> InferenceSession:
    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3  # errors
    return InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _softmax(values: Numbers) -> Numbers:
    raised = np.exp(values - values.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True), dtype=np.float32)


def begins_word(text: str, start: int) -> bool:
    """Whether a piece at `start` begins a word; each Chinese character is one by itself.

    >>> begins_word("headaches", 4), begins_word("my head", 2), begins_word("头疼", 1)
    (False, True, True)
    """
    if start == 0 or start >= len(text):
        return True
    here, before = text[start], text[start - 1]
    return not (here.isascii() and before.isascii() and here.isalnum() and before.isalnum())


def mention_runs(tags: Sequence[int], text: str, places: Sequence[Span]) -> list[list[int]]:
    """Return the pieces of each mention; the first piece of a word decides for the whole of it."""
    runs: list[list[int]] = []
    open_run = False
    for i, (start, end) in enumerate(places):
        if start == end:
            open_run = False
        elif not begins_word(text, start):
            if open_run:
                runs[-1].append(i)
        elif tags[i] == 0:
            open_run = False
        elif open_run and tags[i] != 1:
            runs[-1].append(i)
        else:
            runs.append([i])
            open_run = True
    return runs


def beside_given(
    runs: Sequence[list[int]], text: str, places: Sequence[Span], given: Sequence[Span]
) -> list[list[int]]:
    """Return the runs, those that reach over a given span cut into the items of their list.

    In "mood swings and tearfulness" the network may see one mention where the lexicon knows the
    first half: the other half is then a mention by itself.
    """
    kept: list[list[int]] = []
    for run in runs:
        start, end = places[run[0]][0], places[run[-1]][1]
        if not any(a < end and start < b for a, b in given):
            kept.append(run)
            continue
        marks = [m.span() for m in _LIST.finditer(text, start, end)]
        edges = [start, *(at for mark in marks for at in mark), end]
        for low, high in zip(edges[::2], edges[1::2], strict=True):
            item = [i for i in run if 2 * low < sum(places[i]) < 2 * high]
            if item:
                kept.append(item)
    return kept


def _details(likely: Numbers, text: str, places: Sequence[Span]) -> tuple[Detail, ...]:
    """Return the runs of words that tell more, each of the kind that its pieces say most.

    A word counts by its strongest piece. Runs may hold a weaker word between two of theirs ("on
    and off"), reach over no mark of punctuation, and need one strong word.
    """
    words: list[tuple[int, int, list[int]]] = []
    for i, (start, end) in enumerate(places):
        if start == end:
            continue
        if words and not begins_word(text, start) and words[-1][1] == start:
            words[-1] = (words[-1][0], end, [*words[-1][2], i])
        else:
            words.append((start, end, [i]))
    strong = [float(1 - likely[pieces, 0].min()) for _, _, pieces in words]
    runs: list[list[int]] = []
    for n, strength in enumerate(strong):
        if strength < TOLD_WEAK:
            continue
        before = runs[-1][-1] if runs else -9
        between = strong[before + 1 : n]
        if (
            n - before <= 2
            and all(s >= TOLD_BETWEEN for s in between)
            and not _PAUSE.search(text[words[before][1] : words[n][0]])
        ):
            runs[-1] += range(before + 1, n + 1)
        else:
            runs.append([n])
    found = []
    for run in (_whole(each, text, words) for each in runs):
        if max(strong[n] for n in run) >= TOLD:
            pieces = [i for n in run for i in words[n][2]]
            kind = HEADS["attribute"][1 + int(likely[pieces, 1:].sum(0).argmax())]
            found.append(Detail(*trimmed(text, words[run[0]][0], words[run[-1]][1]), kind))
    return tuple(found)


def _whole(run: list[int], text: str, words: Sequence[tuple[int, int, list[int]]]) -> list[int]:
    """Return a run with the word that its first or last word cannot do without."""
    low, high = run[0], run[-1]
    if low and text[slice(*words[low][:2])].lower() in ("and", "or"):
        low -= 1
    if high + 1 < len(words) and text[slice(*words[high][:2])].lower() in ("a", "an", "the", "for"):
        high += 1
    return list(range(low, high + 1))


def trimmed(text: str, start: int, end: int) -> Span:
    """Return the span without white space at its ends."""
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())


def _pieces_of(places: Sequence[Span], span: Span) -> list[int]:
    first, last = span
    return [
        i
        for i, (start, end) in enumerate(places)
        if start < last and first < end and (end - start == 1 or start + 1 < last or first == start)
    ]
