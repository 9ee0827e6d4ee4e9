"""What is sent is what was seen: turned, then cropped."""

import numpy as np
import pytest

from assistant.errors import InvalidRecordError
from assistant.imaging.arranging import Arrangement, arranged
from assistant.records.picture import Modality, Picture

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def half_white(width=40, height=20):
    """Return a picture whose left half is white."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = 255
    return Picture(pixels=pixels, format="png", declared=Modality.CHEST_CT, notes=("lossy",))


def test_a_turn_is_clockwise():
    """The left edge comes to the top; what is known of the picture stays with it."""
    turned = arranged(half_white(), Arrangement(turns=1))
    assert turned.pixels.shape == (40, 20, 3)
    assert tuple(turned.pixels[0, 10]) == WHITE
    assert tuple(turned.pixels[-1, 10]) == BLACK
    assert (turned.declared, turned.notes) == (Modality.CHEST_CT, ("lossy",))


def test_the_part_is_cut_after_the_turn():
    cut = arranged(half_white(), Arrangement(turns=2, part=(0.5, 0.0, 0.5, 1.0)))
    assert cut.pixels.shape == (20, 20, 3)
    assert cut.pixels.min() == 255


def test_nothing_changes_where_nothing_was_arranged():
    picture = half_white()
    assert np.array_equal(arranged(picture, Arrangement()).pixels, picture.pixels)


def test_what_a_browser_loses_in_turning_is_no_error():
    """1 - 0.3 - 0.7 is a little less than nothing there."""
    cut = arranged(half_white(), Arrangement(part=(-5.6e-17, 0.0, 1 + 1e-15, 1.0)))
    assert cut.pixels.shape == (20, 40, 3)


@pytest.mark.parametrize("part", [(0.99, 0.99, 0.01, 0.01), (0.9, 0.9, 1.0, 1.0)])
def test_a_part_that_is_tiny_or_leaves_the_picture_still_has_pixels(part):
    """A slip of the finger must not send nothing."""
    cut = arranged(half_white(200, 100), Arrangement(part=part))
    assert min(cut.pixels.shape[:2]) >= 8
    assert max(cut.pixels.shape[:2]) <= 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"turns": 4},
        {"turns": -1},
        {"part": (1.0, 0.0, 0.5, 0.5)},
        {"part": (0.0, 0.0, 0.0, 0.5)},
        {"part": (float("nan"), 0.0, 0.5, 0.5)},
        {"part": (0.0, -0.1, 0.5, 0.5)},
    ],
)
def test_no_other_arrangement_can_be_made(wrong):
    with pytest.raises(InvalidRecordError):
        Arrangement(**wrong)
