"""How long a patient waits: whole consultations through the real service, each turn timed.

    python -m benchmarks.turn_latency            # what the settings choose (default: everything)
    ANAMNESIS_ENCODER=none ANAMNESIS_EXTRACTOR=lexicon ANAMNESIS_INDEX=none \\
        python -m benchmarks.turn_latency        # without neural parts

One process, one turn at a time, a fresh SQLite file on the disk of the temporary folder. A turn is
timed from the call of the service to its reply: limits, the commit that keeps the turn, reading,
belief, triage, the next question, the commit that keeps the reply. Two consultations run before
the clock starts; HTTP and the page are not in it. Half of the answers are typed, half pressed;
whoever has had 20 turns asks for the advice. Peak RSS is that of the process, models and knowledge
included.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.assembly import build_assistant
from assistant.records.case import Profile
from assistant.records.dialogue import Reply, Turn, TurnKind
from assistant.records.terms import Language, Sex
from assistant.service import ConsultationService
from assistant.settings import Settings
from assistant.store import Store

WARM_UP = 2
PATIENCE = 20  # turns after which the patient asks for the advice
# Age, sex and what is said first; the language is that of the words.
OPENINGS: tuple[tuple[float, str, str], ...] = (
    (58, "male", "I have crushing chest pain and I am sweating."),
    (34, "female", "I've had a runny nose and a sore throat for two days, no fever."),
    (27, "female", "It burns when I pee and I have to go all the time since yesterday."),
    (71, "male", "My left arm went weak this morning and my speech was slurred."),
    (45, "male", "Lower back pain after lifting boxes, it goes down my right leg."),
    (3, "male", "My son has had a high fever for three days and a rash on his belly."),
    (22, "female", "Throbbing headache on one side with nausea, light makes it worse."),
    (66, "female", "I get short of breath climbing stairs and my ankles are swollen."),
    (19, "male", "Sudden sharp pain in my right side when I breathe in."),
    (31, "female", "Pain around my belly button that moved to the lower right, I feel sick."),
    (52, "male", "Burning behind the breastbone after meals, worse when I lie down."),
    (40, "female", "I feel tired all the time, I am cold and I have gained weight."),
    (16, "male", "I twisted my ankle playing football and it is swollen, I can hardly walk."),
    (29, "female", "The room spins when I turn over in bed, for about a minute."),
    (63, "male", "I saw blood in my urine twice this week, it does not hurt."),
    (0.5, "female", "My baby has a cough and breathes fast, she is not feeding well."),
    (48, "female", "Severe pain in the upper right of my belly after fatty food, with vomiting."),
    (25, "male", "I can't sleep, I worry about everything and my heart races."),
    (37, "male", "Red itchy patches on my elbows and knees for months."),
    (80, "female", "I fell yesterday and now my hip hurts, I cannot put weight on it."),
    (55, "female", "T 39.2, HR 118, productive cough for 4 days, denies chest pain."),
    (33, "female", "My eye is red and sticky since this morning."),
    (28, "male", "Diarrhoea and vomiting since last night after eating out, no blood."),
    (60, "male", "Very thirsty, passing a lot of water, and I have lost 6 kg."),
    (43, "female", "I found a lump in my breast, it does not hurt."),
    (20, "female", "I have been thinking about killing myself."),
    (35, "female", "Itchy hives all over after eating peanuts and my lips are swelling."),
    (50, "male", "My big toe is red, hot and terribly painful since the night."),
    (30, "male", "我发烧三天了，体温39度，还咳嗽有黄痰。"),
    (62, "male", "胸口压着疼，出冷汗，喘不上气。"),
    (26, "female", "小便疼，老想上厕所，没有发烧。"),
    (41, "female", "头疼得厉害，恶心想吐，怕光。"),
    (68, "male", "右边手脚突然没力气，说话也不清楚。"),
    (7, "female", "孩子肚子疼，吐了两次，没拉肚子。"),
    (54, "female", "腰疼半年了，早上起来更厉害。"),
    (38, "male", "饭后胃胀、反酸，两个星期了。"),
)
TYPED = {
    Language.ENGLISH: ("no", "yes, a little, since yesterday", "not sure", "no, nothing like that"),
    Language.CHINESE: ("没有", "有一点，昨天开始的", "不清楚", "没有这种情况"),
}


@dataclass(frozen=True, slots=True)
class Timed:
    """One turn."""

    kind: str  # "first", "typed" or "pressed"
    milliseconds: float  # of the clock
    cpu: float  # milliseconds of CPU time, all threads: what it costs on a busy machine as well
    missing: tuple[str, ...]  # components that failed


def consult(service: ConsultationService, opening: tuple[float, str, str]) -> Iterator[Timed]:
    """Run one consultation to its advice; give the time of each turn."""
    age, sex, words = opening
    language = Language.ENGLISH if words.isascii() else Language.CHINESE
    profile = Profile(age_years=age, sex=Sex(sex), language=language)
    reply = service.open(profile)
    turn, kind = Turn(kind=TurnKind.SAY, text=words), "first"
    for number in range(PATIENCE + 1):
        began, worked = time.perf_counter(), time.process_time()
        reply = service.turn(reply.consultation.id, turn)
        clock, cpu = time.perf_counter() - began, time.process_time() - worked
        yield Timed(kind, clock * 1000, cpu * 1000, reply.missing)
        if reply.consultation.advice is not None:
            return
        turn, kind = _answer(reply, number)
    raise RuntimeError("a patient asked for the advice and got none")


def _answer(reply: Reply, number: int) -> tuple[Turn, str]:
    """Type every other answer; press one of the buttons otherwise, mostly a "no"."""
    if number == PATIENCE - 1:
        return Turn(kind=TurnKind.FINISH), "pressed"
    if number % 2 or not reply.choices:
        typed = TYPED[reply.consultation.profile.language]
        return Turn(kind=TurnKind.SAY, text=typed[number // 2 % len(typed)]), "typed"
    choice = reply.choices[1 if number % 4 else -2]
    turn = Turn(
        kind=choice.kind,
        text=choice.text or choice.label,
        answers=choice.answers,
        severity=choice.severity,
    )
    return turn, "pressed"


def measure(settings: Settings, folder: Path) -> tuple[list[Timed], float]:
    """Return every turn's time, and the seconds it took to build the assistant."""
    began = time.perf_counter()
    assistant = build_assistant(settings)
    seconds = time.perf_counter() - began
    service = ConsultationService(assistant, Store(f"sqlite:///{folder / 'bench.db'}"), settings)
    for opening in OPENINGS[:WARM_UP]:
        list(consult(service, opening))
    times = [timed for opening in OPENINGS for timed in consult(service, opening)]
    service.close()
    return times, seconds


def row(name: str, times: list[Timed]) -> dict[str, object]:
    """Return n, and median, 95th percentile and maximum in milliseconds."""
    clock, cpu = [t.milliseconds for t in times], [t.cpu for t in times]
    return {
        "turns": name,
        "n": len(times),
        "p50_ms": round(statistics.median(clock), 1),
        "p95_ms": round(_p95(clock), 1),
        "max_ms": round(max(clock), 1),
        "cpu_p50_ms": round(statistics.median(cpu), 1),
        "cpu_p95_ms": round(_p95(cpu), 1),
    }


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def main() -> None:
    """Print the table, and one line of JSON."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        times, seconds = measure(settings, Path(folder))
    rows = [row("text (first and typed)", [t for t in times if t.kind != "pressed"])]
    rows += [row(kind, [t for t in times if t.kind == kind]) for kind in ("first", "pressed")]
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    columns = [c for c in rows[0] if c != "turns"]
    print(f"{'turns':24}" + "".join(f"{column:>12}" for column in columns))
    for r in rows:
        print(f"{r['turns']:24}" + "".join(f"{r[column]:>12}" for column in columns))
    print(
        f"peak RSS {rss:.0f} MB; assistant built in {seconds:.1f} s; load {os.getloadavg()[0]:.1f}"
    )
    failed = sorted({part for t in times for part in t.missing})
    print(f"components that failed: {', '.join(failed) or 'none'}")
    line = {
        "benchmark": "turn_latency",
        "consultations": len(OPENINGS),
        "rows": rows,
        "peak_rss_mb": round(rss),
        "build_seconds": round(seconds, 1),
        "parts": [settings.encoder, settings.extractor, settings.index],
        "threads": settings.threads,
        "failed": failed,
        "load": round(os.getloadavg()[0], 1),
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
