"""Putting the assistant together from the settings."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from assistant.consultation import Assistant
from assistant.diagnosis import Belief
from assistant.dialogue.phrasing import Phrasing
from assistant.dialogue.questioner import Questioner
from assistant.dialogue.speaking import Speaker
from assistant.encoding import ENCODERS, Encoder
from assistant.errors import ModelFileError
from assistant.extraction import EXTRACTORS, Extractor
from assistant.knowledge import Knowledge
from assistant.records.diagnosis import Passage
from assistant.records.extraction import Extraction, Heard
from assistant.records.terms import Language
from assistant.retrieval import RETRIEVERS, Query, Retriever
from assistant.retrieval.dense import DenseMatch
from assistant.retrieval.english import EnglishNames
from assistant.retrieval.library.searching import Reranker
from assistant.retrieval.matters import Matters
from assistant.retrieval.shelf import Shelf, open_library
from assistant.retrieval.words import WordMatch
from assistant.settings import Settings
from assistant.triage import load_desk
from assistant.triage.head import Numbers
from assistant.turn.answering import Answerer
from assistant.turn.attempt import attempt
from assistant.turn.deciding import Decider
from assistant.turn.judging import Judge
from assistant.turn.voicing import Voice
from assistant.turn.whole import Pools, WholeCase

if TYPE_CHECKING:
    from assistant.imaging.eyes import Eyes

log = logging.getLogger(__name__)


def build_assistant(
    settings: Settings, progress: Callable[[str], None] = lambda _: None
) -> Assistant:
    """Return the assistant that the settings ask for; `progress` is told what is being built.

    A part whose files are damaged or missing does not keep the rest from starting: the assistant
    starts without it, logs that, and every reply says what is missing.
    """
    progress("knowledge")
    knowledge = Knowledge.load(settings.knowledge_dir, settings.data_dir)
    phrasing = Phrasing(settings.prompts_dir, knowledge)
    progress("encoder")
    encoder = attempt("encoder", lambda: build_encoder(settings))
    progress("extraction")
    spare = EXTRACTORS.create("lexicon", knowledge=knowledge)
    extractor = _extractor(settings, knowledge, encoder, spare)
    progress("passages")
    retriever = _retriever(settings, knowledge, encoder)
    belief = Belief(knowledge)
    meaning = _matcher(settings, knowledge, encoder)
    words = WordMatch(knowledge, settings.data_dir) if settings.word_match else None
    judge = Judge(
        knowledge=knowledge,
        belief=belief,
        text_match=meaning,
        word_match=words,
        desk=attempt("triage", lambda: load_desk(settings.knowledge_dir / "models")),
        whole=_whole(settings, extractor),
    )
    return Assistant(
        knowledge=knowledge,
        extractor=extractor,
        spare_extractor=spare,
        judge=judge,
        answerer=attempt(
            "retrieval",
            lambda: _answerer(settings, knowledge, encoder, retriever, (meaning, words)),
        ),
        decider=Decider(
            judge=judge,
            questioner=Questioner(knowledge, belief.table),
            retriever=retriever,
            max_questions=settings.max_questions,
        ),
        voice=Voice(
            knowledge=knowledge,
            speaker=Speaker(knowledge, phrasing),
            max_questions=settings.max_questions,
            versions=_versions(knowledge, encoder),
        ),
    )


class Unavailable:
    """Stands where a part could not be built: using it fails, so that every reply says so."""

    def __init__(self, part: str) -> None:
        self._part = part

    def extract(self, text: str, **_: object) -> Extraction:
        """Fail; the consultation goes on with the spare extractor."""
        raise ModelFileError(self._part, "could not be loaded; see `anamnesis doctor`.")

    def asserted(self, text: str, *_: object) -> Heard:
        """Fail, as `extract` does."""
        raise ModelFileError(self._part, "could not be loaded; see `anamnesis doctor`.")

    def pooled(self, text: str, language: Language) -> Numbers:
        """Fail; the level is then what the other parts say."""
        raise ModelFileError(self._part, "could not be loaded; see `anamnesis doctor`.")

    def retrieve(self, query: Query, n: int = 3) -> tuple[Passage, ...]:
        """Fail; the consultation goes on without passages."""
        raise ModelFileError(self._part, "could not be loaded; see `anamnesis doctor`.")


def build_eyes(settings: Settings) -> "Eyes | None":
    """Return what looks at pictures; None where it is off. Nothing heavy is loaded yet."""
    if not settings.imaging:
        return None
    from assistant.imaging.eyes import Eyes  # `assess` does without
    from assistant.imaging.looking import build_looker
    from assistant.imaging.reading import Limits

    looker = build_looker(settings)  # says at once where a setting names no model
    limits = Limits(most_bytes=settings.max_picture_bytes)
    return Eyes(lambda: looker, limits, settings.image_seats)


def build_encoder(settings: Settings) -> Encoder | None:
    """Return the encoder that the settings name; None for "none"."""
    if settings.encoder == "none":
        return None
    return ENCODERS.create(
        settings.encoder,
        models=settings.knowledge_dir / "models",
        path=settings.encoder_path,
        threads=settings.threads,
        allow_network=settings.allow_network,
    )


def _matcher(
    settings: Settings, knowledge: Knowledge, encoder: Encoder | None
) -> DenseMatch | None:
    if encoder is None or not settings.dense_match:
        return None
    return attempt(
        "retrieval",
        lambda: DenseMatch(
            knowledge, encoder, settings.data_dir, models=settings.knowledge_dir / "models"
        ),
    )


def _extractor(
    settings: Settings, knowledge: Knowledge, encoder: Encoder | None, spare: Extractor
) -> Extractor:
    if settings.extractor == "lexicon":
        return spare
    built = attempt(
        "extraction",
        lambda: EXTRACTORS.create(
            settings.extractor,
            knowledge=knowledge,
            encoder=encoder,
            settings=settings,
            lexical=spare,
        ),
    )
    return built or Unavailable("extraction-en")


def _whole(settings: Settings, extractor: Extractor | Pools) -> WholeCase | None:
    """Return the reader of whole cases; None where it is off or no network reads the text."""
    if settings.triage_head == "off" or settings.extractor == "lexicon":
        return None
    return WholeCase(cast(Pools, extractor), settings.knowledge_dir / "models")


def _retriever(
    settings: Settings, knowledge: Knowledge, encoder: Encoder | None
) -> Retriever | None:
    name = settings.index if settings.index == "none" or encoder is not None else "none"
    built = attempt(
        "retrieval",
        lambda: RETRIEVERS.create(
            name,
            knowledge=knowledge,
            encoder=encoder,
            data_dir=settings.data_dir,
            models=settings.knowledge_dir / "models",
        ),
    )
    return built or Unavailable("passages")


def build_matters(
    settings: Settings,
    knowledge: Knowledge,
    encoder: Encoder,
    matches: tuple[DenseMatch | None, WordMatch | None] | None = None,
) -> Matters:
    """Return what tells a search which conditions a text may be about; `matches` that stand."""
    meaning, words = matches or (
        _matcher(settings, knowledge, encoder),
        WordMatch(knowledge, settings.data_dir) if settings.word_match else None,
    )
    models = settings.knowledge_dir / "models"
    return Matters(knowledge, encoder, settings.data_dir, meaning, words, models=models)


def build_reranker(settings: Settings) -> Reranker | None:
    """Return the cross-encoder that the settings name, or None."""
    if settings.reranker_path is None:
        return None
    from assistant.retrieval.cross_encoder import CrossEncoder  # imported only when chosen

    return CrossEncoder(settings.reranker_path, threads=settings.threads)


def _answerer(
    settings: Settings,
    knowledge: Knowledge,
    encoder: Encoder | None,
    own: Retriever | None,
    matches: tuple[DenseMatch | None, WordMatch | None],
) -> Answerer | None:
    if own is None:
        return None
    library = open_library(settings.data_dir / "library", encoder, settings.index_device)
    shelf = Shelf(
        own=own,
        library=library,
        english=EnglishNames(knowledge),
        matters=build_matters(settings, knowledge, encoder, matches)
        if library is not None and encoder is not None
        else None,
        reranker=build_reranker(settings) if library is not None else None,
    )
    return Answerer(knowledge, shelf, encoder)


def _versions(knowledge: Knowledge, encoder: Encoder | None) -> tuple[tuple[str, str], ...]:
    return (
        ("knowledge", knowledge.bundle.digest[:12]),
        ("encoder", encoder.id if encoder is not None else "none"),
    )
