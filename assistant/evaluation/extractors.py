"""The extractor that is measured: the one that was named, as it is made on a fresh machine."""

from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.assembly import build_encoder
from assistant.extraction import EXTRACTORS, Extractor
from assistant.knowledge import Knowledge
from assistant.settings import Settings


def measured(name: str, settings: Settings, knowledge: Knowledge) -> Extractor:
    """Return the extractor called `name`, never a spare one; raises where a part is missing.

    Phrase vectors that earlier versions left in the data folder are not used: they would change
    figures from one machine to the next.
    """
    if name == "lexicon":
        return EXTRACTORS.create(name, knowledge=knowledge)
    with TemporaryDirectory() as fresh:
        return EXTRACTORS.create(
            name,
            knowledge=knowledge,
            encoder=build_encoder(settings),
            settings=settings.model_copy(update={"data_dir": Path(fresh)}),
        )
