"""What the tests of foreign models share: settings with a file of details, small pictures."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from assistant.records.picture import Picture
from assistant.settings import Settings


@pytest.fixture
def picture() -> Picture:
    dice = np.random.default_rng(7)
    pixels = dice.integers(0, 256, (40, 56, 3), dtype=np.uint8)
    return Picture(pixels=pixels, format="png")


@pytest.fixture
def chosen(tmp_path):
    """Return a function that makes settings whose file holds one entry for one task."""

    def make(task: str, entry: dict[str, object], **more: object) -> Settings:
        file = Path(tmp_path / "models.yaml")
        plain = {k: str(v) if isinstance(v, Path) else v for k, v in entry.items()}
        file.write_text(yaml.safe_dump({task: plain}), encoding="utf-8")
        given = {"data_dir": tmp_path / "data", "image_models_file": file, **more}
        return Settings(_env_file=None, **given)

    return make
