"""`anamnesis index build`, `add`, `remove`, `list`: our own passages, and other people's texts."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.commands.common import Status, Subparsers, assistant, settings
from assistant.errors import InvalidInputError

if TYPE_CHECKING:
    from assistant.encoding import Encoder
    from assistant.settings import Settings

_KEPT = (
    "passages-*.safetensors",
    "descriptions-*.safetensors",
    "names-*.safetensors",
    "knowledge-*.json",
)
_FORMATS = ("auto", "medquad", "medlineplus", "pubmed", "jsonl", "markdown", "html", "pdf")


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("index", help="indexes of medical texts")
    what = command.add_subparsers(dest="what", metavar="what", required=True)
    build = what.add_parser("build", help="build what is not built yet; a second call is quick")
    build.add_argument("--again", action="store_true", help="throw away what is kept, build anew")
    build.set_defaults(run=run)
    added = what.add_parser(
        "add",
        help="add or update a corpus: MedQuAD, MedlinePlus, PubMed, Markdown, HTML, PDF, JSONL",
        description="Reads files, folders and archives. Given again, it encodes only what is new "
        "or was changed, and goes on where a run was broken off.",
    )
    added.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    added.add_argument("--corpus", help="name of the corpus (default: of the first path)")
    added.add_argument("--format", choices=_FORMATS, default="auto")
    added.add_argument(
        "--trust",
        choices=("trusted", "search"),
        default="search",
        help="trusted: may be quoted in answers (default search: is only found by a search)",
    )
    added.add_argument("--keep-missing", action="store_true", help="remove nothing")
    added.add_argument("--source", default="", help="publisher, where the files name none")
    added.add_argument("--licence", default="", help="where the files name none")
    added.add_argument("--language", default="en", help="where the files name none (default en)")
    added.add_argument("--audience", choices=("patient", "professional"), default="patient")
    added.add_argument(
        "--without-questions", action="store_true", help="MedQuAD without its own questions"
    )
    added.set_defaults(run=run_add)
    removed = what.add_parser("remove", help="remove a corpus")
    removed.add_argument("corpus", metavar="NAME")
    removed.set_defaults(run=run_remove)
    listed = what.add_parser("list", help="list the corpora of an index")
    listed.set_defaults(run=run_list)
    for each in (added, removed, listed):
        each.add_argument("--index", type=Path, metavar="DIR", help="default: in the data folder")


def run(args: argparse.Namespace) -> int:
    """Build the compiled knowledge and the vectors, and list what is kept."""
    chosen = settings()
    if args.again:
        for pattern in _KEPT:
            for file in chosen.data_dir.glob(pattern):
                file.unlink()
    started = time.perf_counter()
    assistant(chosen)
    print(f"ready after {time.perf_counter() - started:.1f} s, kept in {chosen.data_dir}:")
    for pattern in _KEPT:
        for file in sorted(chosen.data_dir.glob(pattern)):
            print(f"  {file.name}  {file.stat().st_size / 1e6:.1f} MB")
    return 0


def run_add(args: argparse.Namespace) -> int:
    """Add or update a corpus, with a line of progress on standard error."""
    from assistant.retrieval.library import Trust
    from assistant.retrieval.library.adding import add_corpus
    from assistant.retrieval.library.folder import IndexFolder
    from assistant.retrieval.library.readers import Reading, documents

    chosen = settings()
    missing = [path for path in args.paths if not path.exists()]
    if missing:
        raise InvalidInputError(f"{missing[0]} does not exist.")
    reading = Reading(
        source=args.source,
        licence=args.licence,
        language=args.language,
        audience=args.audience,
        questions=not args.without_questions,
    )
    skipped: list[tuple[str, str]] = []
    name = args.corpus or args.paths[0].name.split(".")[0]
    started = time.perf_counter()
    index = IndexFolder(folder_of(args, chosen), encoder_of(chosen), write=True)
    read = (
        document
        for path in args.paths
        for document in documents(path, args.format, reading, lambda *one: skipped.append(one))
    )
    with Status() as status:
        done = add_corpus(
            index,
            name,
            read,
            trust=Trust(args.trust),
            reader=args.format,
            keep_missing=args.keep_missing,
            progress=lambda seen, made: status.show(_line(seen, made, started)),
        )
    for file, why in skipped[:20]:
        print(f"left out: {file}: {why}", file=sys.stderr)
    print(
        f"{name}: {done.documents} documents new or changed, {done.unchanged} unchanged, "
        f"{done.removed} removed; {done.passages} passages encoded, {done.doubles} doubles; "
        f"{len(skipped)} files left out; {time.perf_counter() - started:.1f} s"
    )
    return 0


def run_remove(args: argparse.Namespace) -> int:
    """Remove a corpus."""
    from assistant.retrieval.library.folder import IndexFolder

    chosen = settings()
    index = IndexFolder(folder_of(args, chosen), encoder_of(chosen), write=True)
    if args.corpus not in [name for name, _, _ in index.catalogue.corpora()]:
        raise InvalidInputError(f"There is no corpus {args.corpus!r}; see `anamnesis index list`.")
    print(f"{args.corpus}: {index.catalogue.remove(args.corpus)} documents removed")
    index.words.update(index.catalogue)
    return 0


def run_list(args: argparse.Namespace) -> int:
    """List corpora with their trust and size."""
    from assistant.retrieval.library.folder import IndexFolder

    chosen = settings()
    index = IndexFolder(folder_of(args, chosen), encoder_of(chosen))
    for name, trust, count in index.catalogue.corpora():
        print(f"{name:24} {trust.value:8} {count} passages")
    print(f"{index.folder}: {index.size() / 1e6:.1f} MB, encoder {index.encoder.id}")
    return 0


def folder_of(args: argparse.Namespace, chosen: "Settings") -> Path:
    """Return the folder of the index that is meant."""
    return Path(args.index) if args.index is not None else chosen.data_dir / "library"


def encoder_of(chosen: "Settings") -> "Encoder":
    """Return the encoder of the settings; InvalidInputError where it is none."""
    from assistant.assembly import build_encoder

    encoder = build_encoder(chosen)
    if encoder is None:
        raise InvalidInputError("An index needs an encoder: set ANAMNESIS_ENCODER=minilm-int8.")
    return encoder


def _line(seen: int, made: int, started: float) -> str:
    rate = made / max(time.perf_counter() - started, 1e-9)
    return f"{seen} documents read, {made} passages encoded ({rate:.0f}/s)"
