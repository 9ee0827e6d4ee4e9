"""What the network is shown."""

import numpy as np
import pytest

from assistant.imaging.preparing import coarse, resized, tensor


def _wide():
    pixels = np.zeros((40, 80, 3), dtype=np.uint8)
    pixels[:, :40] = (200, 100, 50)
    return pixels


@pytest.mark.parametrize("fit", ["squash", "pad"])
def test_it_is_a_square(fit):
    assert resized(_wide(), 64, fit).shape == (64, 64, 3)


def test_pad_keeps_proportions_and_is_black_beside():
    square = resized(_wide(), 80, "pad")
    assert square[:19].max() == 0
    assert square[40, 10].tolist() == [200, 100, 50]


def test_grey_takes_the_colour_out_once_and_for_all():
    once = resized(_wide(), 64, grey=True)
    assert (once == once[..., :1]).all()
    assert (resized(once, 64, grey=True) == once).all()


def test_square_of_the_right_size_stays_as_it_is():
    """The steadiness test changes squares: preparing them twice must change nothing."""
    square = resized(_wide(), 64)
    assert (resized(square, 64) == square).all()


def test_resolution_is_no_clue():
    """The same view at two resolutions is nearly the same after the small size."""
    rows, columns = np.mgrid[0:512, 0:512] / 512
    smooth = (127 + 100 * np.sin(9 * rows) * np.cos(7 * columns)).astype(np.uint8)
    large = np.repeat(smooth[..., None], 3, 2)
    small = resized(large, 64)
    gap = np.abs(coarse(large, 64, 128).astype(int) - coarse(small, 64, 128).astype(int))
    assert gap.max() <= 2


def test_numbers_lie_about_zero():
    x = tensor([np.full((8, 8, 3), 127, dtype=np.uint8), np.full((8, 8, 3), 255, dtype=np.uint8)])
    assert x.shape == (2, 3, 8, 8)
    assert float(x[0].max()) == 0
    assert float(x[1].max()) == 1


def test_picture_that_cannot_be_written_to_is_fine():
    """Pictures come from another process as read-only memory."""
    pixels = np.frombuffer(_wide().tobytes(), np.uint8).reshape(40, 80, 3)
    assert tensor([resized(pixels, 40)]).shape == (1, 3, 40, 40)
