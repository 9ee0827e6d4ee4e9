"""XML corpora: MedQuAD, MedlinePlus health topics, PubMed."""

import gzip
import io
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError, XMLParser

from assistant.errors import InvalidInputError
from assistant.retrieval.library import Document, Section

if TYPE_CHECKING:
    from assistant.retrieval.library.readers import Reading

_ROOTS = {
    "Document": "medquad", "doc": "medquad", "DiseaseFile": "medquad",
    "health-topics": "medlineplus", "PubmedArticleSet": "pubmed", "PubmedArticle": "pubmed",
}  # fmt: skip
_FIRST_TAG = re.compile(rb"<([A-Za-z][\w-]*)")


def kind(content: bytes) -> str | None:
    """Return which reader knows this XML, by its first element."""
    head = content[:4096] if not content.startswith(b"\x1f\x8b") else _plain(content)[:4096]
    found = _FIRST_TAG.search(head)
    return _ROOTS.get(found[1].decode()) if found else None


def medquad(file: str, content: bytes, reading: "Reading") -> Iterator[Document]:
    """One document a file, one section a question with its answer; two schemas exist.

    A passage is `<Source>_<file stem>-<pid>`: document ids alone repeat.
    """
    root = _root(content)
    source = root.get("source") or root.get("corpus") or reading.source
    identity = f"{source}_{PurePosixPath(file).stem}"
    focus = _first(root, ("Focus", "doctitle-focus"))
    sections: list[Section] = []
    for pair in (p for p in root.iter() if p.tag in ("QAPair", "pair")):
        asked = " ".join(_first(pair, ("Question", "question")).split())
        sections.append(
            Section(
                id=f"{identity}-{pair.get('pid', str(len(sections) + 1))}",
                path=(focus, asked) if reading.questions else (focus,),
                text=_first(pair, ("Answer", "answer")),
            )
        )
    yield Document(
        id=identity,
        sections=tuple(sections),
        source=source,
        url=root.get("url", ""),
        licence=reading.licence or "CC BY 4.0",
        language=reading.language,
        audience=reading.audience,
    )


def medlineplus(_: str, content: bytes, reading: "Reading") -> Iterator[Document]:
    """One document a health topic of the MedlinePlus XML file."""
    languages = {"English": "en", "Chinese": "zh", "Spanish": "es"}
    for topic in _root(content).iter("health-topic"):
        title = topic.get("title", "")
        also = [e.text for e in topic.iter("also-called") if e.text]
        heading = f"{title} ({', '.join(also)})" if also else title
        yield Document(
            id=f"MedlinePlus_{topic.get('id', title)}",
            sections=(Section(path=(heading,), text=topic.findtext("full-summary") or ""),),
            source=reading.source or "MedlinePlus",
            url=topic.get("url", ""),
            date=_american(topic.get("date-created", "")),
            licence=reading.licence or "public domain (US government)",
            language=languages.get(topic.get("language", "English"), reading.language),
            audience="patient",
        )


def pubmed(_: str, content: bytes, reading: "Reading") -> Iterator[Document]:
    """One document an abstract; structured abstracts keep their parts."""
    root = _root(content)
    for article in [root] if root.tag == "PubmedArticle" else root.iter("PubmedArticle"):
        number = article.findtext(".//PMID") or ""
        title = _words(article.find(".//ArticleTitle"))
        parts = [
            Section(path=tuple(filter(None, (title, e.get("Label", "")))), text=_words(e))
            for e in article.iter("AbstractText")
        ]
        date = article.find(".//PubDate")
        year = (
            (date.findtext("Year") or date.findtext("MedlineDate") or "")
            if date is not None
            else ""
        )
        yield Document(
            id=f"PMID_{number}",
            sections=tuple(parts),
            source=article.findtext(".//Journal/Title") or reading.source or "PubMed",
            url=f"https://pubmed.ncbi.nlm.nih.gov/{number}/",
            date=year[:4],
            licence=reading.licence,
            language="en",
            audience="professional",
        )


def _root(content: bytes) -> Element:
    """Parse XML in which nothing is declared: no entity can grow, none can name a file."""
    plain = _plain(content) if content.startswith(b"\x1f\x8b") else content
    if b"<!ENTITY" in plain:
        raise InvalidInputError("it declares XML entities, which are not read")
    parser = XMLParser()  # noqa: S314  # entities are refused above; expat resolves none outside
    try:
        parser.feed(plain)
        root: Element = parser.close()
    except ParseError as error:
        raise InvalidInputError(f"it is not well-formed XML (line {error.position[0]})") from None
    return root


def _plain(content: bytes) -> bytes:
    limit = 1 << 30
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        try:
            plain = packed.read(limit + 1)
        except (OSError, EOFError):
            raise InvalidInputError("it is a damaged gzip file") from None
    if len(plain) > limit:
        raise InvalidInputError("it unpacks to more than 1 GB: split it")
    return plain


def _first(element: Element, names: tuple[str, ...]) -> str:
    return next((_words(e) for e in element.iter() if e.tag in names), "")


def _words(element: Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


def _american(date: str) -> str:
    """Return 12/31/2024 as 2024-12-31."""
    parts = date.split("/")
    return f"{parts[2]}-{parts[0]}-{parts[1]}" if len(parts) == 3 else date
