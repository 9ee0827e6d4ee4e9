"""Pictures drawn by code, and a model of them trained in seconds: no patient, no file."""

import numpy as np
import torch
from torch import nn
from torch.nn.functional import relu6

from assistant.imaging import adapter
from assistant.imaging.calibration import fit
from assistant.imaging.config import LabelConfig, Measured, ModelConfig, write_config
from assistant.imaging.lite0 import base_weights, pretrained
from assistant.imaging.preparing import resized, tensor
from assistant.records.picture import Modality, Picture, Verdict

SIZE = 128


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


def trained(folder, data_dir, *, count: int = 32, **changes) -> ModelConfig:
    """Train the head and the last maps on drawn chests, and write the model into `folder`."""
    torch.manual_seed(0)
    network, head = pretrained(data_dir), nn.Linear(1280, 2)
    drawn = [chest(seed, ill=seed % 2 == 1)[0] for seed in range(count)]
    truth = torch.arange(count) % 2
    given = {"size": SIZE, "grey": True} | changes
    x = tensor([resized(p, given["size"], given.get("fit", "squash"), True) for p in drawn])
    with torch.inference_mode():  # only what comes after the convolutions learns: it takes a second
        x = relu6(network._bn0(network._conv_stem(x)))
        for block in network._blocks:
            x = block(x)
        x = network._conv_head(x)
    x = x.clone()
    search = torch.optim.AdamW([*network._bn1.parameters(), *head.parameters()], 2e-3)
    for _ in range(40):
        maps = relu6(network._bn1(x))
        scores = head(maps.mean((2, 3)))
        loss = nn.functional.cross_entropy(scores, truth)
        search.zero_grad()
        loss.backward()
        search.step()
    scores = scores.detach()
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


def skin(seed: int):
    """Return a dark spot on skin, shape (110, 110, 3)."""
    dice = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:110, 0:110] - 55
    pixels = np.empty((110, 110, 3))
    pixels[:] = (225, 170, 150)
    away = np.hypot(rows * dice.uniform(0.8, 1.2), columns) + 5 * np.sin(
        np.arctan2(rows, columns) * 3
    )
    pixels[away < dice.uniform(20, 32)] = (110, 60, 45)
    return np.clip(pixels + dice.normal(0, 5, pixels.shape), 0, 255).astype(np.uint8)


def page(seed: int):
    """Return lines of something like letters on white paper, shape (140, 100, 3)."""
    dice = np.random.default_rng(seed)
    pixels = np.full((140, 100, 3), 250, dtype=np.uint8)
    for top in range(10, 130, 9):
        for left in range(8, 90, 4):
            if dice.random() < 0.8:
                high, wide = dice.integers(2, 6), dice.integers(1, 4)
                pixels[top : top + high, left : left + wide] = 20
    return pixels


def stripes(seed: int):
    """Return a pattern that nothing known looks like, shape (120, 120, 3)."""
    dice = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:120, 0:120]
    turn, step = dice.uniform(0, np.pi), dice.uniform(0.15, 0.6)
    wave = np.sin((rows * np.cos(turn) + columns * np.sin(turn)) * step)
    colours = dice.uniform(0, 1, 3)
    return ((wave[..., None] * 0.5 + 0.5) * colours * 255).astype(np.uint8)


def gate_of(network, folder):
    """Fit a gate of three drawn kinds, write it into `folder` and return it."""
    from assistant.imaging.gate import GateConfig, gate_features, save_gate
    from tests.imaging.small_gate import GateOptions, fit_gate

    kinds = (Modality.CHEST_XRAY, Modality.DERMOSCOPY, Modality.NOT_MEDICAL)
    config = GateConfig(version="0", kinds=tuple(k.value for k in kinds), size=96)
    draws = (lambda seed: chest(seed, ill=seed % 2 == 1)[0], skin, page)
    drawn = [draw(seed) for draw in draws for seed in range(14)]
    truth = np.repeat(np.arange(3), 14)
    features = gate_features(network, drawn, config)
    foreign = gate_features(network, [stripes(seed) for seed in range(10)], config)
    options = GateOptions(directions=8, false_refusal=0.0)
    weights = fit_gate(features, truth, foreign, config, options)
    save_gate(weights, folder)
    return weights
