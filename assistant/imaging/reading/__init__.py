"""From a file's bytes to pictures: one frame at a time, upright, windowed, without a name.

No byte of a file is decoded in this process: a child of ours does it, with a limit on memory and
time (`workshop.py`). What comes back is pixels and a few technical facts; what is kept of a series
are its frames and those facts, never the header that names a person.

>>> series = open_series(data, "scan.zip")  # or PictureError, which says why
>>> picture = series.frame(series.start)  # a Picture
>>> series.presets          # (Preset(id="lung", window=(-600.0, 1500.0)), …)
>>> series.frame(12, window=(-600.0, 1500.0))
"""

from assistant.imaging.reading.errors import PictureError
from assistant.imaging.reading.limits import Limits
from assistant.imaging.reading.opening import open_series, read_picture
from assistant.imaging.reading.series import Series
from assistant.imaging.reading.windows import Preset

__all__ = ["Limits", "PictureError", "Preset", "Series", "open_series", "read_picture"]
