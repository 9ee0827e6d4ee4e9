"""Window and level: which grey values are shown, by the kind of scan.

A window (centre, width) shows values from centre − width / 2 to centre + width / 2. The presets of
CT are those in common clinical use, in Hounsfield units. Elsewhere a scanner's numbers have no unit
that means the same in two hospitals, so only "as stored" and robust percentiles are offered.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One named window; its name in both languages is `picture.window.<id>` in `prompts/`."""

    id: str
    window: tuple[float, float]  # centre, width


HOUNSFIELD = (
    Preset(id="lung", window=(-600.0, 1500.0)),
    Preset(id="mediastinum", window=(40.0, 400.0)),
    Preset(id="abdomen", window=(50.0, 350.0)),
    Preset(id="brain", window=(40.0, 80.0)),
    Preset(id="stroke", window=(35.0, 35.0)),
    Preset(id="bone", window=(400.0, 1800.0)),
)


def presets(modality: str, default: tuple[float, float] | None) -> tuple[Preset, ...]:
    """Return what may be chosen for a DICOM modality code ("CT"); none where grey is fixed."""
    if default is None:
        return ()
    own = Preset(id="stored", window=default)
    return (own, *HOUNSFIELD) if modality == "CT" else (own,)
