"""How loading, belief and the choice of a question grow with the number of conditions.

    python -m benchmarks.knowledge_scale [--sizes 100,400,750,5000] [--rounds 40]

Sizes below ours take every n-th condition; those above it add copies whose probabilities are
shaken by a seed, named synthetic in their ids. For each size: bytes of the compiled file, seconds
to load it (median of 5, arrays included), and milliseconds for one belief update and the choice of
the next question (median and 95th percentile over simulated patients, one thread).
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from assistant.diagnosis import Belief
from assistant.dialogue.questioner import Questioner, State
from assistant.evaluation.typical import sampled_case
from assistant.knowledge import Knowledge, facts_of
from assistant.knowledge.schema import Bundle, ConditionEntry
from assistant.paths import shipped
from assistant.records.terms import Urgency

TOLD = 4  # findings that each simulated patient has told when the question is chosen


def shaken(entry: ConditionEntry, random: Random) -> ConditionEntry:
    """Return a condition with every probability moved a little."""
    findings = {
        f: min(0.99, max(0.001, p * random.uniform(0.6, 1.5))) for f, p in entry.findings.items()
    }
    return entry.model_copy(update={"findings": findings})


def of_size(bundle: Bundle, size: int) -> Bundle:
    """Return a bundle with `size` conditions."""
    ids = sorted(bundle.conditions)
    if size <= len(ids):
        chosen = {ids[i * len(ids) // size]: None for i in range(size)}
        conditions = {c: bundle.conditions[c] for c in chosen}
    else:
        random = Random(5)
        conditions = dict(bundle.conditions)
        for number in range(size - len(ids)):
            source = ids[number % len(ids)]
            conditions[f"synthetic_{number}"] = shaken(bundle.conditions[source], random)
    return bundle.model_copy(update={"conditions": conditions})


def load_seconds(compiled: Path, rounds: int = 5) -> float:
    """Return the median time from the compiled file to arrays that can be used."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        knowledge = Knowledge(Bundle.model_validate_json(compiled.read_bytes()))
        _ = knowledge.likelihood, knowledge.incidence
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def turn_milliseconds(knowledge: Knowledge, rounds: int) -> list[float]:
    """Return how long the belief and the next question took for each simulated patient."""
    belief = Belief(knowledge)
    questioner = Questioner(knowledge, belief.table)
    random = Random(11)
    times = []
    for _ in range(rounds + 3):  # the first three warm up and are not counted
        condition = random.choice(knowledge.condition_ids)
        whole = sampled_case(condition, knowledge, random)
        told = tuple(replace(f, duration_days=3.0, severity=4) for f in whole.findings[:TOLD])
        case = replace(whole, findings=told)  # since when and how bad are known: the costly path
        facts = facts_of(case, knowledge)
        started = time.perf_counter()
        posterior = belief.posterior(facts, case.profile)
        state = State(case, facts, posterior.probabilities, Urgency.SELF_CARE, ())
        questioner.next_question(state)
        times.append(1000 * (time.perf_counter() - started))
    return times[3:]


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100,400,750,0,5000", help="0 is what ships")
    parser.add_argument("--rounds", type=int, default=40)
    args = parser.parse_args()
    bundle = Knowledge.load(shipped("knowledge")).bundle
    print("conditions  findings     MB  load s  turn ms  p95 ms")
    for size in (int(s) or len(bundle.conditions) for s in args.sizes.split(",")):
        part = of_size(bundle, size)
        with tempfile.TemporaryDirectory() as folder:
            compiled = Path(folder) / "knowledge.json"
            compiled.write_bytes(part.model_dump_json(exclude_defaults=True).encode())
            megabytes, seconds = compiled.stat().st_size / 1e6, load_seconds(compiled)
        times = sorted(turn_milliseconds(Knowledge(part), args.rounds))
        p95 = times[int(0.95 * (len(times) - 1))]
        print(
            f"{size:>10} {len(part.findings):>9} {megabytes:>6.1f} {seconds:>7.3f} "
            f"{statistics.median(times):>8.2f} {p95:>7.2f}"
        )


if __name__ == "__main__":
    main()
