"""`anamnesis consult`: the same consultation as on the page, in a terminal.

Turns go through the same service, so what was said is kept as on the page: `--resume` goes on with
a consultation, `/erase` removes it.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.commands.common import Subparsers, assistant, settings
from assistant.errors import AssistantError, InvalidInputError

if TYPE_CHECKING:
    from assistant.dialogue.phrasing import Phrasing
    from assistant.records.case import Profile
    from assistant.records.dialogue import Reply, Turn
    from assistant.service import ConsultationService

# What the terminal itself says; what the assistant says stands in prompts/.
HINTS = {
    "en": {
        "choose": "Number, or your own words:",
        "several": "Numbers (such as 1,3), or your own words:",
        "say": "Your answer:",
        "help": "Commands: /skip /back /finish /en /zh /picture FILE /report FILE /erase /quit",
        "number": "There is no such number.",
        "command": "There is no such command.",
        "kept": "This consultation is kept. Go on with it: anamnesis consult --resume {id}",
        "erased": "Everything of this consultation was erased.",
        "written": "The report was written to {file}.",
        "speak": "Press Enter and speak, or type.",
        "preparing": "Getting ready to listen…",
        "listening": "Listening…",
        "look": "I am not sure I heard this right ({words}). Press Enter to send it, or type it:",
        "nothing_heard": "No words were caught. Try again, or type.",
        "not_taken": "It was not sent.",
    },
    "zh": {
        "choose": "输入编号，或直接回答：",
        "several": "输入编号（如 1,3），或直接回答：",
        "say": "您的回答：",
        "help": "命令：/skip 跳过 /back 返回 /finish 看结果 /en /zh 切换语言"
        " /picture 文件 发送图片 /report 文件 保存报告 /erase 删除 /quit 退出",
        "number": "没有这个编号。",
        "command": "没有这个命令。",
        "kept": "本次咨询已保存。继续：anamnesis consult --resume {id}",
        "erased": "本次咨询的全部内容已删除。",
        "written": "报告已保存到 {file}。",
        "speak": "按回车开始说话，也可以直接打字。",
        "preparing": "正在准备……",
        "listening": "正在听……",
        "look": "不确定听得对不对（{words}）。按回车发送，或者重新输入：",
        "nothing_heard": "没有听清。请再说一次，或者打字。",
        "not_taken": "没有发送。",
    },
}


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    command = subparsers.add_parser("consult", help="a consultation in the terminal")
    command.add_argument("--age", help="years; fractions for infants")
    command.add_argument("--sex", choices=("female", "male"))
    command.add_argument("--language", choices=("en", "zh"), help="default: the setting's")
    command.add_argument("--country", help="whose emergency numbers, such as GB or CN")
    command.add_argument("--for-somebody-else", action="store_true", help="you speak for a patient")
    command.add_argument("--resume", metavar="ID", help="go on with a consultation that was kept")
    command.add_argument(
        "--voice",
        metavar="FILE",
        nargs="+",
        default=[],
        help='recordings to answer with, or "mic"; then it goes on with what is typed',
    )
    command.add_argument(
        "--picture",
        metavar="FILE",
        nargs="+",
        default=[],
        type=Path,
        help="pictures to begin with (PNG, JPEG, WebP, HEIC, DICOM, zip); then it goes on",
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Talk until the input ends."""
    from assistant.assembly import build_eyes
    from assistant.service import ConsultationService
    from assistant.store import Store

    chosen = settings()
    profile = _profile(args)
    store = Store(chosen.store_url)
    try:
        ready = assistant(chosen)
        service = ConsultationService(ready, store, chosen, build_eyes(chosen))
        begun = service.last_reply(args.resume) if args.resume else service.open(profile)
        terminal = Terminal(service, ready.voice.speaker.phrasing, begun, print)
        lines = _spoken(terminal, args.voice) if args.voice else _lines()
        terminal.talk(chain((f"/picture {file}" for file in args.picture), lines))
    finally:
        store.close()
    return 0


def _profile(args: argparse.Namespace) -> "Profile":
    from assistant.records.case import Profile
    from assistant.records.terms import Language, Sex

    chosen = settings()
    try:
        age = float(args.age) if args.age else None
    except ValueError:
        raise InvalidInputError("--age must be a number of years.") from None
    return Profile(
        age_years=age,
        sex=Sex(args.sex) if args.sex else None,
        language=Language(args.language or chosen.language),
        country=(args.country or chosen.country).upper(),
        for_somebody_else=args.for_somebody_else,
    )


def _lines() -> Iterator[str]:
    """Give the lines that are typed, until the input ends."""
    while line := sys.stdin.readline():
        yield line.strip()


def _spoken(terminal: "Terminal", voice: list[str]) -> Iterator[str]:
    """Give what is said, then the lines that are typed."""
    from assistant.commands.listening import Listener
    from assistant.speech.ears import Ears

    service = terminal.service
    ears = Ears(service.knowledge, settings())
    extractor = service.assistant.spare_extractor
    now = lambda: terminal.reply.consultation  # noqa: E731
    return Listener(ears, extractor, now, terminal.show, terminal.hint).lines(voice, _lines())


@dataclass(slots=True)
class Terminal:
    """Shows replies as lines and reads lines as turns."""

    service: "ConsultationService"
    phrasing: "Phrasing"
    reply: "Reply"
    show: Callable[[str], None]

    def talk(self, lines: Iterator[str]) -> None:
        """Show the last reply, then take turns until `lines` ends or the patient quits."""
        self._show_reply(self.hint("help"))
        for line in lines:
            if line in ("/quit", "/erase"):
                return self._end(erase=line == "/erase")
            if line:
                self._take(line)
        return self._end(erase=False)

    def hint(self, line: str, **slots: object) -> str:
        """Return what the terminal says, in the language of the consultation."""
        return HINTS[self.reply.consultation.profile.language][line].format(**slots)

    def _take(self, line: str) -> None:
        """Take one line: a turn, or a report; a wrong one leaves everything as it was."""
        try:
            if line.startswith("/report"):
                return self._report(line.removeprefix("/report").strip())
            if line.startswith("/picture"):
                self.reply = self._picture(line.removeprefix("/picture").strip())
            else:
                turn = self._turn(line)
                self.reply = self.service.turn(self.reply.consultation.id, turn)
        except AssistantError as error:
            said = getattr(error, "said", None)  # a file that is not taken speaks both languages
            language = self.reply.consultation.profile.language
            return self.show(said(language) if said is not None else str(error))
        return self._show_reply()

    def _picture(self, name: str) -> "Reply":
        """Send a file as a picture."""
        most = settings().max_picture_bytes
        try:
            with Path(name).open("rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            raise InvalidInputError(f"{name} cannot be read: {error.strerror}.") from None
        picture = self.service.eyes.open(data, Path(name).name)
        return self.service.show(self.reply.consultation.id, picture)

    def _turn(self, line: str) -> "Turn":
        from assistant.records.dialogue import Turn, TurnKind
        from assistant.records.terms import Language

        if line.startswith("/"):
            name = line[1:]
            if name in set(Language):
                return Turn(kind=TurnKind.LANGUAGE, language=Language(name))
            if name in (TurnKind.SKIP, TurnKind.BACK, TurnKind.FINISH):
                return Turn(kind=TurnKind(name))
            raise InvalidInputError(f"{self.hint('command')} {self.hint('help')}")
        return self._chosen(line) or Turn(kind=TurnKind.SAY, text=line)

    def _chosen(self, line: str) -> "Turn | None":
        """Return what the numbers in a line choose; None where it is no list of numbers.

        Several choices of one question: what any of them says is there is there.
        """
        from assistant.records.dialogue import QuestionKind, Turn
        from assistant.records.terms import Assertion

        choices, question = self.reply.choices, self.reply.question
        numbers = line.replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
        numbers = [n for n in numbers if n]
        if not choices or not all(n.isdecimal() for n in numbers):
            return None
        if question is not None and question.kind is QuestionKind.SCALE and len(numbers) == 1:
            numbers = [str(int(numbers[0]) + 1)]  # a score is typed as it is: 0 is the first choice
        if any(not 1 <= int(n) <= len(choices) for n in numbers):
            raise InvalidInputError(self.hint("number"))
        picked = [choices[int(n) - 1] for n in numbers]
        merged: dict[str, Assertion] = {}
        for choice in picked:
            for finding, assertion in choice.answers:
                if merged.get(finding) is not Assertion.PRESENT:
                    merged[finding] = assertion
        first = picked[0]
        return Turn(
            kind=first.kind,
            text=first.text or ", ".join(choice.label for choice in picked),
            answers=tuple(merged.items()),
            severity=first.severity,
        )

    def _show_reply(self, footer: str = "") -> None:
        from assistant.records.dialogue import QuestionKind

        for message in self.reply.messages:
            self.show("\n" + message.text.replace("**", ""))
        question = self.reply.question
        if question is not None and question.kind is not QuestionKind.SCALE:
            for number, choice in enumerate(self.reply.choices, start=1):
                self.show(f"  {number}. {choice.label}")
        asks = "several" if self.reply.multiple else "choose" if self.reply.choices else "say"
        self.show(f"\n{footer}" if footer else "")
        self.show(self.hint(asks if question is not None else "say"))

    def _report(self, name: str) -> None:
        from assistant.reporting import render_text

        if not name:
            raise InvalidInputError(self.hint("help"))
        report = self.service.report(self.reply.consultation.id)
        language = self.reply.consultation.profile.language
        text = render_text(report, self.service.knowledge, self.phrasing, language)
        try:
            Path(name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise InvalidInputError(f"{name} cannot be written: {error.strerror}.") from None
        self.show(self.hint("written", file=name))

    def _end(self, erase: bool) -> None:
        identity = self.reply.consultation.id
        if erase:
            self.service.erase(identity)
        self.show(self.hint("erased") if erase else self.hint("kept", id=identity))
