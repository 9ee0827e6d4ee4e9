"""What is measured does not hang on what earlier versions left in a data folder."""

from assistant.evaluation.extractors import measured
from assistant.extraction import EXTRACTORS
from assistant.extraction.phrase_vectors import read_vectors, write_vectors
from assistant.models import locate
from assistant.records.terms import Language
from assistant.settings import Settings

TEXT = "My tummy keeps gurgling like mad and my eyes are all gunky and my knee is killing me"


def test_vectors_left_by_another_version_change_no_figure(knowledge, tmp_path):
    """A figure that cannot be measured again elsewhere is no figure."""
    settings = Settings(_env_file=None, data_dir=tmp_path)

    def heard(extractor):
        return extractor.extract(TEXT, language=Language.ENGLISH).heard

    clean = heard(measured("transformer", settings, knowledge))
    assert clean
    network, _ = locate("extraction-en", settings.knowledge_dir / "models")
    _, shipped = locate("phrases-en", settings.knowledge_dir / "models")
    right = read_vectors(shipped / "vectors.safetensors", network.id)
    keys = list(right)
    wrong = {key: right[other] for key, other in zip(keys, keys[1:] + keys[:1], strict=True)}
    write_vectors(tmp_path / f"phrases-en-{network.id}.safetensors", network.id, wrong)

    assert heard(measured("transformer", settings, knowledge)) == clean
    served = EXTRACTORS.create("transformer", knowledge=knowledge, encoder=None, settings=settings)
    assert heard(served) == clean  # what ships goes before what lies there
