"""A relative's illness as the patient's own risk: a mother's diabetes is one in the family."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_CANCERS: Final = ("hx_cancer", "hx_cancer_metastatic")


def in_family_as(concept: str, words: str) -> str:
    """Return the finding "in the family" for a relative's illness, told in `words`.

    An illness that has none there stays what it is.

    >>> in_family_as("hx_diabetes", "diabetes"), in_family_as("hx_cancer", "breast cancer")
    ('family_diabetes', 'family_cancer_breast_ovarian')
    >>> in_family_as("cough", "cough")
    'cough'
    """
    table = _table()
    if concept in _CANCERS:
        for family, pattern in table["cancers"].items():
            if re.search(pattern, words, re.I):
                return str(family)
    return str(table["plain"].get(concept, concept))


@cache
def _table() -> dict[str, Any]:
    file = Path(__file__).with_name("families.yaml")
    table: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return table
