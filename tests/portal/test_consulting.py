"""A consultation over REST, from opening to erasing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.records.terms import Urgency

CONSULTATIONS = "/api/v1/consultations"


def first_choice(reply):
    """Return the turn that pressing the second-last button of a reply makes, or "no" in words."""
    choices = reply["choices"]
    if not choices:
        return {"kind": "say", "text": "no"}
    chosen = choices[1] if len(choices) == 3 else choices[-2]
    return {k: v for k, v in chosen.items() if k != "label"}


@pytest.mark.parametrize(
    ("language", "complaint"),
    [
        ("en", "I have had a runny nose and a sore throat for two days."),
        ("zh", "我流鼻涕、嗓子疼，已经两天了。"),
    ],
)
def test_a_whole_consultation(client, language, complaint):
    """Opening, telling, answering by buttons, advice, the report in three forms, erasing."""
    answer = client.post(CONSULTATIONS, json={"age_years": 30, "language": language})
    assert answer.status_code == 201
    path = answer.headers["Location"]
    body = answer.json()
    assert path.endswith(body["id"])
    assert body["reply"]["triage"] is None
    turn, turns = {"kind": "say", "text": complaint}, 0
    while True:
        answer = client.post(f"{path}/turns", json={**turn, "key": f"t{turns}"})
        assert answer.status_code == 200, answer.text
        reply, turns = answer.json()["reply"], turns + 1
        if reply["finished"]:
            break
        assert turns < 30
        turn = first_choice(reply)
    assert reply["triage"]["level"] in [u.value for u in Urgency]
    assert reply["differential"][0]["name"]
    assert {"runny_nose", "sore_throat"} <= {f["concept"] for f in reply["findings"]}
    looked = client.get(path).json()
    assert looked["turns"] == turns
    assert looked["reply"] == reply
    assert looked["messages"][0]["text"] == body["reply"]["messages"][0]["text"]
    assert complaint in [m["text"] for m in looked["messages"] if m["role"] == "patient"]
    report = client.get(f"{path}/report").json()
    assert report["said"][0] == complaint
    assert report["triage"]["level"] == reply["triage"]["level"]
    page = client.get(f"{path}/report", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert complaint.rstrip(".。") in page.text
    text = client.get(f"{path}/report", headers={"Accept": "text/plain;q=0.9, image/png"})
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert complaint.rstrip(".。") in text.text
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_an_emergency_is_told_in_the_first_reply(client):
    """Nobody with a crushing chest pain should be asked a quiz first."""
    opened = client.post(CONSULTATIONS, json={"age_years": 58, "sex": "male"}).json()
    said = {"kind": "say", "text": "I have crushing chest pain and I am sweating."}
    answer = client.post(f"{CONSULTATIONS}/{opened['id']}/turns", json=said).json()
    triage = answer["reply"]["triage"]
    assert triage["level"] == "emergency_ambulance"
    assert triage["red_flags"]
    assert triage["reasons"][0]["text"]


def test_the_level_stays_when_the_patient_takes_it_back_in_passing(client):
    opened = client.post(CONSULTATIONS, json={"age_years": 58, "sex": "male"}).json()
    path = f"{CONSULTATIONS}/{opened['id']}/turns"
    for text in ("I have crushing chest pain and I am sweating.", "It is nothing, no chest pain"):
        answer = client.post(path, json={"kind": "say", "text": text}).json()
    assert answer["reply"]["triage"]["level"] == "emergency_ambulance"


def test_a_double_click_counts_once(client, opened):
    turn = {"kind": "say", "text": "I have a headache", "key": "one"}
    answers = [client.post(f"{opened}/turns", json=turn).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert client.get(opened).json()["turns"] == 1


def test_of_two_answers_at_the_same_time_at_most_one_counts_without_the_other_seen(client, opened):
    texts = ["I have a headache", "I have a cough", "I have a fever", "I feel dizzy"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda t: client.post(f"{opened}/turns", json={"kind": "say", "text": t}), texts
            )
        )
    taken = [text for text, a in zip(texts, answers, strict=True) if a.status_code == 200]
    assert {a.status_code for a in answers} <= {200, 409}
    assert taken
    said = client.get(f"{opened}/report").json()["said"]
    assert sorted(said) == sorted(taken)


def test_the_language_can_change_at_any_time(client, opened):
    client.post(f"{opened}/turns", json={"kind": "say", "text": "I have a headache"})
    answer = client.post(f"{opened}/turns", json={"kind": "language", "language": "zh"}).json()
    assert "头痛" in [f["name"] for f in answer["reply"]["findings"]]
    spoken = client.get(f"{opened}/report", params={"language": "en"}).json()
    assert "Headache" in [f["name"] for f in spoken["findings"]]


def test_a_correction_changes_what_was_understood(client, opened):
    client.post(f"{opened}/turns", json={"kind": "say", "text": "I have a headache and a cough"})
    turn = {"kind": "correct", "answers": {"cough": "absent"}}
    reply = client.post(f"{opened}/turns", json=turn).json()["reply"]
    assert ("cough", "absent") in [(f["concept"], f["assertion"]) for f in reply["findings"]]


def test_what_is_taken_back_leaves_the_findings_and_stays_on_record(client, opened):
    """A report as data shows what was said and taken back; the words have their place."""
    said = "I have a headache and a cough"
    client.post(f"{opened}/turns", json={"kind": "say", "text": said})
    turn = {"kind": "correct", "withdrawn": {"cough": "remove"}}
    reply = client.post(f"{opened}/turns", json=turn).json()["reply"]
    (headache,) = reply["findings"]
    assert said[headache["start"] : headache["end"]] == headache["evidence"]
    report = client.get(f"{opened}/report").json()
    assert [f["concept"] for f in report["retracted"]] == ["cough"]
    assert "cough" not in [f["concept"] for f in report["findings"]]


def test_the_server_is_alive_and_ready(client):
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json()["status"] == "ok"


def test_ambiguous_words_are_asked_about_with_choices(client, opened):
    """A client sees which words, what they may mean, and what to send back."""
    told = {"kind": "say", "text": "I have swelling"}
    reply = client.post(f"{opened}/turns", json={**told, "key": "a"}).json()["reply"]
    question = reply["question"]
    assert (question["kind"], question["reason"], question["words"]) == (
        "clarify", "clarify", "swelling",
    )  # fmt: skip
    meanings = {f["id"] for f in question["findings"]}
    assert {"leg_swelling", "facial_swelling"} <= meanings
    assert {f["concept"]: f["assertion"] for f in reply["findings"]} == dict.fromkeys(
        meanings, "possible"
    )
    first = reply["findings"][0]
    assert {n["id"] for n in first["ambiguous_with"]} == meanings - {first["concept"]}
    leg = next(c for c in reply["choices"] if c["answers"] == {"leg_swelling": "present"})
    turn = {k: v for k, v in leg.items() if k != "label"} | {"key": "b"}
    reply = client.post(f"{opened}/turns", json=turn).json()["reply"]
    assert [(f["concept"], f["assertion"], f["evidence"]) for f in reply["findings"]] == [
        ("leg_swelling", "present", "swelling")
    ]
    report = client.get(f"{opened}/report").json()
    assert {f["concept"] for f in report["findings"]} == {"leg_swelling"}
