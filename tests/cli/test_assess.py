"""`anamnesis assess` keeps the public contract, also for rows that nobody should send."""

import json

import pytest

from assistant.records.terms import Urgency

CHEST = "Crushing chest pain for an hour, I am sweating and it goes into my left arm"

# A bad row, its id where it has one, and a word of what is said of it.
BAD_ROWS = (
    ('{"id": "x", "text": "cough"', None, "not JSON"),
    ("[]", None, "JSON object"),
    ("null", None, "JSON object"),
    ('"cough"', None, "JSON object"),
    ({"id": "x"}, "x", "text"),
    ({"id": "x", "text": "  "}, "x", "text"),
    ({"id": "x", "text": 12}, "x", "text"),
    ({"id": "x", "text": "a" * 4001}, "x", "4000 characters"),
    ({"id": "x", "text": "cough", "age": -1}, "x", "age"),
    ({"id": "x", "text": "cough", "age": 400}, "x", "age"),
    ({"id": "x", "text": "cough", "age": "old"}, "x", "age"),
    ({"id": "x", "text": "cough", "age": True}, "x", "age"),
    ('{"id": "x", "text": "cough", "age": NaN}', "x", "age"),
    ('{"id": "x", "text": "cough", "age": 1e999}', "x", "age"),
    ({"id": "x", "text": "cough", "sex": "unclear"}, "x", "sex"),
    ({"id": "x", "text": "cough", "language": "fr"}, "x", "language"),
    ({"id": "x", "text": "cough", "vitals": [1]}, "x", "vitals"),
    ({"id": "x", "text": "cough", "vitals": {"heart_rate": "fast"}}, "x", "heart_rate"),
    ({"id": "x", "text": "cough", "vitals": {"spo2": 700}}, "x", "spo2"),
    ({"id": "x", "text": "cough", "vitals": {"pulse": 80}}, "x", "heart_rate"),
    ({"id": "x", "text": "cough", "vitals": {"mental": "sleepy"}}, "x", "alert"),
    ({"id": {"deep": 1}, "text": ""}, None, "text"),
    ('{"id": "x", "text": "half \\ud83d"}', "x", "Unicode"),
    ('{"id": "x", "text": "\udcff"}', None, "UTF-8"),
    ("[" * 100_000, None, "deeply"),
    ('{"id": "x", "text": "cough", "age": ' + "9" * 5000 + "}", None, "number"),
)


@pytest.fixture
def batch(anamnesis, tmp_path):
    """Return a function that assesses lines and gives the rows that came out."""

    def run(*lines):
        source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        text = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        source.write_bytes("\n".join(text).encode("utf-8", errors="surrogateescape"))
        status, out, err = anamnesis("assess", "--batch", source, "--out", target)
        assert status == 0, err
        assert out == ""
        return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]

    return run


def test_one_text_gives_the_whole_contract(anamnesis):
    status, out, _ = anamnesis("assess", "--age", "58", "--sex", "male", CHEST)
    row = json.loads(out)
    assert status == 0
    assert row["triage"]["level"] == "emergency_ambulance"
    assert row["triage"]["red_flags"]
    assert all(isinstance(reason, str) and reason for reason in row["triage"]["reasons"])
    assert 1 <= len(row["differential"]) <= 10
    first = row["differential"][0]
    assert set(first) == {"id", "name", "synonyms", "icd10", "probability"}
    assert first["id"] == "acute_coronary_syndrome"
    assert first["icd10"].startswith("I2")
    assert any("\u4e00" <= letter <= "\u9fff" for name in first["synonyms"] for letter in name)
    beliefs = [c["probability"] for c in row["differential"]]
    assert beliefs == sorted(beliefs, reverse=True)
    assert sum(beliefs) <= 1.001
    found = {f["concept"]: f for f in row["findings"]}
    pain = found["chest_pain_crushing"]
    assert (pain["assertion"], pain["experiencer"], pain["time"]) == ("present", "patient", "now")
    assert pain["evidence"] in CHEST
    assert pain["name"]
    assert row["seconds"] > 0
    assert row["missing"] == []


def test_chinese_text_is_answered_in_chinese(anamnesis):
    _, out, _ = anamnesis("assess", "我今年30岁，女，发烧39度，嗓子疼两天了，没有咳嗽")
    row = json.loads(out)
    assert row["language"] == "zh"
    assert (row["age"], row["sex"]) == (30, "female")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in row["differential"][0]["name"])
    assert {f["concept"]: f["assertion"] for f in row["findings"]}["cough"] == "absent"
    assert row["measurements"][0] == row["measurements"][0] | {
        "measure": "temperature_c",
        "value": 39.0,
    }


def test_age_and_sex_that_were_given_outweigh_the_text(anamnesis):
    _, out, _ = anamnesis("assess", "--age", "41", "--sex", "female", "25 year old male, cough")
    row = json.loads(out)
    assert (row["age"], row["sex"]) == (41, "female")


def test_text_from_stdin(anamnesis, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("runny nose and sneezing"))
    status, out, _ = anamnesis("assess", "-")
    assert status == 0
    assert json.loads(out)["differential"]


def test_rows_come_out_in_their_order_with_their_ids(batch):
    rows = batch({"id": "b", "text": "cough"}, {"id": 7, "text": "头疼"}, {"text": "rash"})
    assert [row["id"] for row in rows] == ["b", 7, 3]
    assert all(Urgency(row["triage"]["level"]) for row in rows)


def test_bad_row_says_what_is_wrong_and_the_batch_goes_on(batch):
    """Each kind of bad row once, and a good one after each, in one batch."""
    good = {"id": "good", "text": "cough"}
    rows = batch(*(line for bad, *_ in BAD_ROWS for line in (bad, good)))
    for number, (_, identity, said) in enumerate(BAD_ROWS):
        refused, taken = rows[2 * number : 2 * number + 2]
        assert refused.keys() == {"id", "error"}, said
        # A row without an id is called by its number in the file.
        assert refused["id"] == (2 * number + 1 if identity is None else identity)
        assert said in refused["error"]
        assert taken["id"] == "good"
        assert taken["differential"]


def test_no_error_repeats_the_patients_words(batch):
    rows = batch('{"id": "x", "text": "my secret fever"', {"id": "y", "text": "s", "age": "secret"})
    assert "secret" not in json.dumps(rows)


def test_vitals_may_be_numbers_strings_or_missing(batch):
    plain = {"id": "a", "text": "cough", "vitals": {"heart_rate": 128, "spo2": 89.0}}
    words = {"id": "b", "text": "cough", "vitals": {"heart_rate": " 128 ", "spo2": "89"}}
    holes = words["vitals"] | {"sbp": None, "dbp": "??", "pain_score": "#VALUE!", "mental": "n/a"}
    first, *others = batch(plain, words, {"id": "c", "text": "cough", "vitals": holes})
    for row in others:
        assert row["triage"] == first["triage"]
        assert row["differential"] == first["differential"]


def test_level_of_consciousness_counts(batch):
    rows = batch(
        *(
            {"id": level, "text": "found at home", "age": 70, "vitals": {"mental": level}}
            for level in ("alert", "verbal", "pain", "unresponsive")
        )
    )
    levels = [Urgency(row["triage"]["level"]) for row in rows]
    assert levels == sorted(levels)
    assert levels[-1] is Urgency.EMERGENCY_AMBULANCE
    told = [{f["concept"]: f["assertion"] for f in row["findings"]} for row in rows]
    assert told[0]["altered_mental_status"] == "absent"
    assert told[1]["altered_mental_status"] == "present"
    assert told[3]["unresponsive"] == "present"


def test_blank_lines_and_a_byte_order_mark_are_no_rows(batch):
    assert len(batch("\ufeff" + json.dumps({"id": 1, "text": "cough"}), "", "  ")) == 1


def test_empty_batch_gives_an_empty_file(batch):
    assert batch() == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["cough", "--out", "x.jsonl"],
        ["cough", "--batch", "x.jsonl", "--out", "y.jsonl"],
        ["--batch", "none.jsonl", "--out", "y.jsonl"],
        ["--batch", "none.jsonl"],
        ["   "],
        ["a" * 4001],
        ["cough", "--age", "-2"],
        ["cough", "--age", "young"],
        ["cough", "--sex", "other"],
        ["cough", "--language", "fr"],
    ],
)
def test_wrong_call_ends_with_status_2_and_one_line(anamnesis, arguments):
    status, out, err = anamnesis("assess", *arguments)
    assert status == 2
    assert out == ""
    assert "anamnesis" in err
    assert "Traceback" not in err


def test_batch_never_overwrites_its_own_input(anamnesis, tmp_path):
    source = tmp_path / "rows.jsonl"
    source.write_text('{"id": 1, "text": "cough"}', encoding="utf-8")
    assert anamnesis("assess", "--batch", source, "--out", source)[0] == 2
    assert source.read_text(encoding="utf-8") == '{"id": 1, "text": "cough"}'


def test_input_that_cannot_be_read_leaves_an_earlier_result_alone(anamnesis, tmp_path):
    target = tmp_path / "out.jsonl"
    target.write_text("earlier", encoding="utf-8")
    status, _, _ = anamnesis("assess", "--batch", tmp_path / "none.jsonl", "--out", target)
    assert status == 2
    assert target.read_text(encoding="utf-8") == "earlier"


def test_same_text_gives_the_same_answer(batch):
    one, two = batch({"id": 1, "text": CHEST}, {"id": 1, "text": CHEST})
    assert one | {"seconds": 0} == two | {"seconds": 0}
