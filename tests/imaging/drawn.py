"""Pictures drawn by code, and a model of them trained in seconds: no patient, no file."""

import numpy as np
import torch
from torch import nn

from assistant.imaging import adapter
from assistant.imaging.calibration import fit
from assistant.imaging.config import LabelConfig, Measured, ModelConfig, write_config
from assistant.imaging.lite0 import base_weights, pretrained
from assistant.imaging.preparing import resized, tensor
from assistant.records.picture import Modality, Picture, Verdict

SIZE = 96


def chest(seed: int, ill: bool, high: int = 120, wide: int = 150):
    """Return something like lungs on dark, and the box (top, left, bottom, right) of a bright spot.

    The spot is what "ill" means; without it the box is None.
    """
    dice = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:high, 0:wide]
    grey = np.full((high, wide), 30.0) + dice.normal(0, 6, (high, wide))
    for middle in (0.3, 0.7):
        lung = ((rows - high / 2) / (high * 0.38)) ** 2 + (
            (columns - middle * wide) / (wide * 0.15)
        ) ** 2
        grey[lung < 1] += 70
    box = None
    if ill:
        top, left = dice.uniform(0.3, 0.6) * high, dice.choice([0.3, 0.7]) * wide
        spot = np.exp(-((rows - top) ** 2 + (columns - left) ** 2) / (2 * (high * 0.07) ** 2))
        grey += 150 * spot
        far = high * 0.14
        box = (top - far, left - far, top + far, left + far)
    pixels = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2)
    return pixels, box


def picture(pixels) -> Picture:
    return Picture(pixels=pixels, format="png")


def measured(value: float, n: int = 60) -> Measured:
    return Measured(value=value, n=n, interval=(value * 0.8, min(value * 1.2, 1.0)))


def label(name: str, **changes) -> LabelConfig:
    worth = {
        Verdict.LIKELY: measured(8.0),
        Verdict.UNSURE: measured(1.1),
        Verdict.UNLIKELY: measured(0.1),
    }
    given = {
        "threshold": 0.5,
        "band": (0.3, 0.7),
        "sensitivity": measured(0.9),
        "specificity": measured(0.85),
        "likelihood_ratios": worth,
        "prevalence": 0.5,
    }
    return LabelConfig(id=name, **(given | changes))


def trained(folder, data_dir, *, count: int = 60, **changes) -> ModelConfig:
    """Train the head and the last maps on drawn chests, and write the model into `folder`."""
    torch.manual_seed(0)
    network, head = pretrained(data_dir), nn.Linear(1280, 2)
    drawn = [chest(seed, ill=seed % 2 == 1)[0] for seed in range(count)]
    truth = torch.arange(count) % 2
    given = {"size": SIZE, "grey": True} | changes
    x = tensor([resized(p, given["size"], given.get("fit", "squash"), True) for p in drawn])
    learned = [*network._conv_head.parameters(), *head.parameters()]
    search = torch.optim.AdamW(learned, 2e-3)
    for step in range(30):
        some = torch.arange(step * 20, step * 20 + 20) % count
        loss = nn.functional.cross_entropy(head(network(x[some])), truth[some])
        search.zero_grad()
        loss.backward()
        search.step()
    with torch.inference_mode():
        scores = head(network(x))
    found = fit(scores.numpy() * 0.2, truth.numpy())  # far from perfect on purpose
    config = ModelConfig(
        task="pneumonia",
        modality=Modality.CHEST_XRAY,
        version="0",
        labels=(label("normal"), label("pneumonia")),
        temperature=found.temperature * 5,
        **given,
    )
    adapter.save_adapter(network, base_weights(data_dir), folder / adapter.ADAPTER)
    adapter.save_head(head, folder / adapter.HEAD)
    write_config(config, folder)
    return config
