"""Vital signs and laboratory values, in the unit that `knowledge/derived.yaml` names."""

# ruff: noqa: E501 - a cue or a grammar is one pattern: broken over lines it cannot be searched for
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from assistant.extraction.quantities import number
from assistant.knowledge.schema import MeasureEntry

_SEP = r"\s*(?:level|levels|reading|count|result|数|值|指数|水平)?\s*(?:of|is|was|:|=|at|on arrival|today|now|shows?|came back|about|around|up to|reached|to|~|are|were|只有|测了?|量了?|查了?|有|是|为|到|在|达到?|高达|约|大概|已经|[,(])*\s*(?:of|at|是|到)?\s*"
_N = r"(?P<n>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?![\d/])"
_UNIT = (
    r"\s*(?P<unit>mg\s?/\s?dl|mg\s?%|g\s?/\s?dl|g\s?/\s?l|mmol\s?/\s?mol|mmol(?:\s?/\s?l)?|[uμ]mol(?:\s?/\s?l)?|meq(?:\s?/\s?l)?|mg\s?/\s?l|ng\s?/\s?ml|[uμ]g\s?/\s?l|"
    r"k\b|×?\s?x?\s?10\s?[\^*e]?\s?9(?:\s?/\s?l)?|/\s?[uμ]l|/\s?mm3|%|thousand|千|万)?"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One value that was read: the measure, its value, and where it stands."""

    measure: str
    value: float
    start: int
    end: int


def _scaled(
    *factors: tuple[str, float], guess: Callable[[float], float] = lambda x: x
) -> Callable[[float, str], float]:
    """Return a converter: a unit's factor, or what a value without unit is taken for."""

    def convert(value: float, unit: str) -> float:
        if not unit:
            return guess(value)
        return next((value * factor for name, factor in factors if unit.startswith(name)), value)

    return convert


def _plain(value: float, unit: str) -> float:
    return value


_COUNTS = (("k", 1.0), ("/", 0.001), ("thousand", 1.0), ("千", 1.0), ("万", 10.0))
# Factors from molar masses: glucose 180.16, creatinine 113.12, bilirubin 584.7, calcium 40.08,
# uric acid 168.1, lactate 90.08 g/mol. A value without a unit is read by its size.
LABS: tuple[tuple[str, str, Callable[[float, str], float]], ...] = (
    (
        "glucose_mmol_l",
        r"(?:blood )?(?:glucose|sugars?|bgl?|bsl|cbg|bm|fingerstick)|(?:空腹|餐后|随机)?血糖",
        _scaled(("mg", 1 / 18.016), guess=lambda x: x / 18.016 if x > 35 else x),
    ),
    ("ketones_mmol_l", r"(?:blood )?ketones?|血酮", _scaled(("mg", 1 / 10.2))),
    (
        "hba1c_percent",
        r"hba1c|a1c|hemoglobin a1c|糖化血红蛋白|糖化",
        _scaled(
            ("mmol", 1 / 10.929), ("%", 1.0), guess=lambda x: x / 10.929 + 2.15 if x > 25 else x
        ),
    ),
    (
        "hemoglobin_g_l",
        r"h[ae]?emoglobin(?! a1c)|hgb|hb(?!a1c)|血红蛋白|血色素",
        _scaled(("g/d", 10.0), ("g /d", 10.0), guess=lambda x: x * 10 if x < 25 else x),
    ),
    (
        "wbc_10e9_l",
        r"wbcs?|wcc|white (?:blood )?cells?|white count|leu[ck]ocytes|白细胞",
        _scaled(*_COUNTS, guess=lambda x: x / 1000 if x > 500 else x),
    ),
    (
        "neutrophils_10e9_l",
        r"neutrophils?|anc|中性粒细胞",
        _scaled(*_COUNTS, guess=lambda x: x / 1000 if x >= 100 else x),
    ),
    (
        "platelets_10e9_l",
        r"platelets?|plts?|血小板",
        _scaled(*_COUNTS, guess=lambda x: x / 1000 if x > 3000 else x),
    ),
    ("crp_mg_l", r"crp|c-?reactive protein|c反应蛋白", _scaled(("mg/d", 10.0))),
    ("esr_mm_h", r"esr|sed rate|血沉", _plain),
    (
        "creatinine_umol_l",
        r"creatinine|creat|cr(?= \d)|肌酐",
        _scaled(("mg", 88.4), guess=lambda x: x * 88.4 if x < 15 else x),
    ),
    ("potassium_mmol_l", r"potassium|k\+?(?=\s*[:=]?\s*\d\.\d)|血?钾", _plain),
    ("sodium_mmol_l", r"sodium|na\+?(?=\s*[:=]?\s*1\d\d)|血?钠", _plain),
    (
        "calcium_mmol_l",
        r"(?:corrected )?calcium|血钙",
        _scaled(("mg", 0.2495), guess=lambda x: x * 0.2495 if x > 5 else x),
    ),
    ("lactate_mmol_l", r"lactate|lactic acid|乳酸", _scaled(("mg", 1 / 9.008))),
    ("inr", r"inr", _plain),
    (
        "bilirubin_umol_l",
        r"(?:total )?bilirubin|总?胆红素",
        _scaled(("mg", 17.1), guess=lambda x: x if x >= 20 else float("nan")),
    ),
    ("alt_u_l", r"alt|sgpt|谷丙转氨酶|转氨酶", _plain),
    ("tsh_miu_l", r"tsh|促甲状腺激素", _plain),
    (
        "uric_acid_umol_l",
        r"uric acid|urate|血?尿酸",
        _scaled(("mg", 59.48), guess=lambda x: x * 59.48 if x < 20 else x),
    ),
    ("ferritin_ug_l", r"ferritin|铁蛋白", _plain),
)
VITALS: tuple[tuple[str, str], ...] = (
    (
        "heart_rate",
        r"heart ?rate|heart ?beat|pulse(?! ox)|hr|p(?=\W{0,2}\d{2,3}\s*(?:次|bpm|/min))|心率|脉搏|心跳",
    ),
    (
        "respiratory_rate",
        r"resp(?:iratory)?\.? ?rate|breathing rate|respirations?|resps?|rr|r(?=\W{0,2}\d{1,2}\s*(?:次|/min))|呼吸频率|呼吸(?=\D{0,4}\d+\s*次)",
    ),
    (
        "spo2",
        r"sp[o0]2|sa[o0]2|[o0]2 ?sats?|sats?|(?:oxygen|[o0]2) ?(?:saturations?|sats?|levels?)|oxygen|pulse ox(?:imetry)?|saturation|saturating|satting|血氧(?:饱和度)?|指脉氧|氧饱和度?|氧饱",
    ),
    ("gcs", r"gcs|glasgow coma (?:scale|score)|格拉斯哥(?:昏迷)?(?:评分)?"),
)
_NAMED = [
    (measure, re.compile(rf"(?<![a-z])(?:{name})(?![a-z]){_SEP}{_N}{_UNIT}", re.I), convert)
    for measure, name, convert in (*LABS, *((m, n, _plain) for m, n in VITALS))
]
_BP = re.compile(
    r"(?P<named>(?<![a-z])(?:bp|blood pressure|b/p|血压)[^\d]{0,16})?(?<![\d./])(?P<s>\d{2,3})\s*(?:/|over|和|，|,|到)\s*(?P<d>\d{2,3})(?![\d/]|\s*/)(?P<unit>\s*mm\s?hg)?",
    re.I,
)
_BP_HIGH = re.compile(
    r"(?:(?:systolic(?: bp| blood pressure)?|sbp)(?: is| of| was|:)?\s*|高压|收缩压)\D{0,4}(?P<n>\d{2,3})(?!\d)",
    re.I,
)
_BP_LOW = re.compile(
    r"(?:(?:diastolic(?: bp| blood pressure)?|dbp)(?: is| of| was|:)?\s*|低压|舒张压)\D{0,4}(?P<n>\d{2,3})(?!\d)",
    re.I,
)
_BP_ONE = re.compile(
    r"(?<![a-z])(?:bp|blood pressure)(?: is| was| of| at|:)*\s*(?P<n>\d{2,3})(?!\d|\s*(?:/|over))",
    re.I,
)
_BPM = re.compile(r"(?<![\d.])(?P<n>\d{2,3})\s*(?:bpm|beats (?:per|a) minute|beats/min)", re.I)
_SATS = re.compile(
    r"(?<![\d.])(?P<n>\d{2,3})\s*%\s*(?:on (?:room air|ra|air|\d+ ?l)|ra\b|room air|o2|oxygen|sats?)",
    re.I,
)
_TEMPERATURE = re.compile(
    r"(?:(?P<name>(?<![a-z])(?:body )?(?:temperature|temps?|fever(?:s|ish)?|tmax|体温|热峰|发烧|发热|高烧|高热|低烧|烧(?:到|至)了?|量了?|烧)|(?-i:\bT))"
    r"(?:\s*(?:of|is|was|:|=|at|up to|reached|to|around|about|over|above|and|low|high|spiked|went|as|a|now|on arrival|到|了|有|是|为|至|在|达到?|都|已经|最高|超过|不到|约|大概|[,(])){0,4}\s*)?"
    r"(?<![\d./])(?P<n>\d{2,3}(?:\.\d+)?|[三四][十]?[零一二三四五六七八九]?(?:点[一二三四五六七八九])?(?=度))\s*(?:(?P<unit>°\s?[CF]|degrees?(?: celsius| fahrenheit| [CF]\b)?|celsius|fahrenheit|[CF]\b|℃|度)(?P<tenth>半|[1-9一二三四五六七八九](?![\d十天个周次]))?)?(?![\d/%])",
    re.I,
)

_LESS = re.compile(r"不到|低于|不足|below|under|less than", re.I)


def readings(text: str, measures: Mapping[str, MeasureEntry]) -> list[Reading]:
    """Return every vital sign and laboratory value that can be true, in text order."""
    found: list[Reading] = []
    for source in (_pressures, _temperatures, _named):
        for reading in source(text):
            entry = measures.get(reading.measure)
            possible = entry is not None and entry.low <= reading.value <= entry.high
            clash = any(
                r.start < reading.end
                and reading.start < r.end
                and r.measure[1:] != reading.measure[1:]
                for r in found
            )
            if possible and not clash:
                found.append(reading)
    return sorted(found, key=lambda r: r.start)


def _named(text: str) -> Iterator[Reading]:
    for measure, pattern, convert in _NAMED:
        for match in pattern.finditer(text):
            unit = re.sub(r"\s", "", (match["unit"] or "").lower())
            value = convert(float(match["n"].replace(",", "")), unit)
            yield Reading(measure, round(value, 3), match.start(), match.end())
    for measure, pattern in (("heart_rate", _BPM), ("spo2", _SATS)):
        for match in pattern.finditer(text):
            yield Reading(measure, float(match["n"]), match.start(), match.end())


def _pressures(text: str) -> Iterator[Reading]:
    for match in _BP.finditer(text):
        upper, lower = float(match["s"]), float(match["d"])
        plain = match["named"] or match["unit"]
        bare = "/" in match.group() and upper >= 70 and lower >= 30
        if upper > lower and (plain or bare):
            yield Reading("sbp", upper, match.start(), match.end())
            yield Reading("dbp", lower, match.start(), match.end())
    for measure, pattern in (("sbp", _BP_HIGH), ("dbp", _BP_LOW), ("sbp", _BP_ONE)):
        for match in pattern.finditer(text):
            yield Reading(measure, float(match["n"]), match.start(), match.end())


def _temperatures(text: str) -> Iterator[Reading]:
    for match in _TEMPERATURE.finditer(text):
        unit = (match["unit"] or "").lower().replace(" ", "")
        value = number(match["n"])
        if value is None or not (match["name"] or unit):
            continue
        tenth = match["tenth"]
        if tenth:
            value += 0.5 if tenth == "半" else (number(tenth) or 0) / 10
        fahrenheit = unit.endswith(("f", "fahrenheit")) or (value >= 90 and not unit.endswith("c"))
        if fahrenheit:
            value = (value - 32) / 1.8
        if _LESS.search(match.group()):
            value -= 0.1  # "below 35" is not 35
        yield Reading("temperature_c", round(value, 1), match.start(), match.end())
