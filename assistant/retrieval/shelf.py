"""Everything that can be quoted or found: our own passages, and the library where there is one."""

import logging
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from assistant.encoding import Encoder
from assistant.errors import AssistantError
from assistant.records.diagnosis import Passage
from assistant.retrieval import Query, Retriever
from assistant.retrieval.english import EnglishNames
from assistant.retrieval.fusion import fused
from assistant.retrieval.library import Filter
from assistant.retrieval.library.searching import Hit, Library, Looking, Reranker
from assistant.retrieval.matters import Matters
from assistant.retrieval.quoting import highlights

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Searches both at once."""

    own: Retriever
    library: Library | None
    english: EnglishNames
    matters: Matters | None = None  # what a query may be about
    reranker: Reranker | None = None

    def find(self, query: Query, n: int = 5, wanted: Filter | None = None) -> tuple[Passage, ...]:
        """Return up to n passages, best first, with the words asked for marked.

        Our own are left out where `wanted` names other sources or a time; what is not trusted is
        there only where `wanted` does not ask for trust.
        """
        wanted = wanted or Filter()
        own = self.own.retrieve(query, 2 * n) if _may_be_ours(wanted) else ()
        others = self._others(query, 2 * n, wanted)
        by_id = {f"{p.corpus}/{p.id}": p for p in (*own, *others)}
        ranked = fused([[f"{p.corpus}/{p.id}" for p in one] for one in (own, others)])
        found = [replace(by_id[name], score=round(score, 4)) for name, score in ranked[:n]]
        return tuple(replace(p, highlights=highlights(query.text, p.text)) for p in found)

    def _others(self, query: Query, n: int, wanted: Filter) -> tuple[Passage, ...]:
        if self.library is None or query.conditions:
            return ()
        text = self.english.of(query.text)
        # What it is about is read in the words of the query, which may be Chinese.
        about = None if self.matters is None else partial(self.matters.of, query.text)
        looking = Looking(wanted=wanted, about=about, reranker=self.reranker)
        return tuple(_passage(hit) for hit in self.library.search(text, n, looking))


def _may_be_ours(wanted: Filter) -> bool:
    """Our own texts are written for patients, and carry no date."""
    return (
        (wanted.corpora is None or "own" in wanted.corpora)
        and wanted.sources is None
        and wanted.since is None
        and wanted.audience in (None, "patient")
    )


def _passage(hit: Hit) -> Passage:
    kept = hit.kept
    return Passage(
        id=kept.id,
        title=kept.title,
        text=kept.text,
        sources=(kept.source,) if kept.source else (),
        score=hit.score,
        corpus=kept.corpus,
        trusted=hit.trusted,
        url=kept.url if kept.url.startswith(("https://", "http://")) else "",
        date=kept.date,
        licence=kept.licence,
    )


def open_library(folder: Path, encoder: Encoder | None, device: str) -> Library | None:
    """Open the index in `folder`; None where there is none or, with a warning, an unusable one."""
    if encoder is None or not (folder / "manifest.json").is_file():
        return None
    try:
        return Library(folder, encoder, device)
    except AssistantError as error:
        log.warning("%s", error)
        return None
