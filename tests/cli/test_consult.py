"""A consultation in the terminal: numbers press buttons, words are words, nothing is lost."""

import io

import pytest


@pytest.fixture
def consult(anamnesis, monkeypatch):
    """Return a function that types lines into `anamnesis consult`."""

    def run(lines, *arguments):
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
        return anamnesis("consult", *arguments)

    return run


def test_emergency_is_said_in_the_first_reply(consult):
    status, out, _ = consult(
        ["crushing chest pain and I am sweating", "/quit"], "--age", "60", "--sex", "male"
    )
    assert status == 0
    assert "999" in out
    assert "anamnesis consult --resume" in out


def test_whole_talk_by_numbers_ends_in_advice(consult):
    lines = ["runny nose and sneezing since yesterday", *["2"] * 14, "/quit"]
    status, out, _ = consult(lines, "--age", "30", "--sex", "female")
    assert status == 0
    assert "  1. " in out
    assert "Common cold" in out


def test_chinese_talk(consult):
    _, out, _ = consult(["我头疼两天了", "/finish", "/quit"], "--language", "zh", "--country", "CN")
    assert "120" in out
    assert "输入编号" in out


def test_talk_is_taken_up_again(consult):
    _, out, _ = consult(["I have a cough"], "--age", "30")
    identity = out.rsplit("--resume ", 1)[1].strip()
    status, again, _ = consult(["/finish", "/quit"], "--resume", identity)
    assert status == 0
    assert again.strip()


def test_erased_talk_is_gone(consult):
    _, out, _ = consult(["I have a cough"], "--age", "30")
    identity = out.rsplit("--resume ", 1)[1].strip()
    consult(["/erase"], "--resume", identity)
    status, _, err = consult(["/quit"], "--resume", identity)
    assert status == 2
    assert "no such consultation" in err


def test_report_is_written(consult, tmp_path):
    target = tmp_path / "report.txt"
    _, out, _ = consult(["I have a cough", "/finish", f"/report {target}", "/quit"], "--age", "30")
    assert str(target) in out
    assert "cough" in target.read_text(encoding="utf-8").lower()


def test_wrong_number_command_and_file_change_nothing(consult):
    lines = ["I have a cough", "/dance", "/report", "/report /no/such/folder/x", "/skip", "99,98"]
    status, out, _ = consult([*lines, "/finish", "/quit"], "--age", "30")
    assert status == 0
    assert "There is no such command" in out
    assert "cannot be written" in out


def test_language_is_switched_in_the_middle(consult):
    _, out, _ = consult(["I have a headache", "/zh", "/quit"], "--age", "30")
    assert "输入编号" in out
