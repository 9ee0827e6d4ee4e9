"""`anamnesis consult --picture`: pictures first, then what is typed."""

from assistant.commands.consult import Terminal
from assistant.records.case import Profile
from assistant.records.terms import Language
from tests.pictures.spots import png, spot


def talk(service, lines, language=Language.ENGLISH):
    shown = []
    begun = service.open(Profile(age_years=52, language=language))
    phrasing = service.assistant.voice.speaker.phrasing
    terminal = Terminal(service, phrasing, begun, shown.append)
    terminal.talk(iter(lines))
    return terminal.reply, "\n".join(shown)


def test_a_picture_is_sent_from_the_terminal(service, tmp_path):
    file = tmp_path / "my spot.png"
    file.write_bytes(png(spot(1)))

    reply, shown = talk(service, [f"/picture {file}", "my mole has changed"])

    assert len(reply.consultation.readings) == 1
    assert reply.consultation.turns == 2
    assert "melanoma" in shown


def test_a_file_that_is_no_picture_is_said_and_loses_nothing(service, tmp_path):
    file = tmp_path / "notes.png"
    file.write_text("only words")

    reply, shown = talk(service, [f"/picture {file}"], Language.CHINESE)

    assert reply.consultation.turns == 0
    assert "图片" in shown


def test_a_missing_file_is_said(service, tmp_path):
    reply, shown = talk(service, [f"/picture {tmp_path / 'none.png'}"])

    assert reply.consultation.turns == 0
    assert "cannot be read" in shown
