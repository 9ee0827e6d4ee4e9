"""A person before the page: does what people do, by what they see."""

import re

from playwright.sync_api import Page, expect

_OUR_OWN = re.compile(r"^(http://127\.0\.0\.1:\d+/|data:|blob:)")


class Patient:
    """Drives one tab, and notes errors, refused policies and requests to other machines."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.complaints = page, []
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._listen)
        page.on("request", self._watch)
        page.goto(address)
        self.expect_screen("start")

    def _listen(self, message) -> None:
        left = message.text.startswith("AbortError")  # Gradio's line where a page is left
        if message.type == "error" and not left:
            self.complaints.append(f"console: {message.text}")

    def _watch(self, request) -> None:
        if not _OUR_OWN.match(request.url):
            self.complaints.append(f"asked another machine: {request.url}")

    def expect_screen(self, name: str) -> None:
        """Wait for the first screen ("start") or the talk ("talk")."""
        self.page.wait_for_selector(f"body[data-screen={name}]", timeout=20_000)

    def settle(self) -> None:
        """Wait until the reply is complete."""
        self.page.wait_for_selector("body:not([data-busy])", timeout=20_000)

    def begin(self, *, age: str, sex: str, other: bool = False, notes: str = "") -> None:
        """Consent, say who it is about, and begin."""
        page = self.page
        page.locator("#an-consent").check()
        page.locator("#an-consent-form button[type=submit]").click()
        form = page.locator("#an-person-form")
        if other:
            form.locator("label", has=page.locator('[name=other][value="1"]')).click()
        form.locator("#an-age").fill(age)
        form.locator("label", has=page.locator(f"[name=sex][value={sex}]")).click()
        if notes:
            form.locator("details summary").click()
            form.locator("[name=conditions]").fill(notes)
        form.locator("button[type=submit]").click()
        self.expect_screen("talk")
        self.settle()

    def say(self, text: str) -> None:
        """Write a message and send it with Enter."""
        before, field = self.turns, self.page.locator("#an-text")
        field.fill(text)
        field.press("Enter")
        self.wait_for_turn_after(before)

    def press(self, selector: str) -> None:
        """Press something that makes a turn."""
        before = self.turns
        self.page.locator(selector).first.click()
        self.wait_for_turn_after(before)

    def wait_for_turn_after(self, before: int) -> None:
        self.page.wait_for_function(
            "n => !document.body.dataset.busy && +document.body.dataset.turns > n", arg=before
        )

    @property
    def turns(self) -> int:
        """Number of turns that the page shows."""
        return int(self.page.locator("body").get_attribute("data-turns") or 0)

    @property
    def kind(self) -> str:
        """Kind of the question that waits for an answer, "none" at the end."""
        return self.page.locator("#an-dock").get_attribute("class").split()[-1]

    def deny(self) -> None:
        """Answer the question: no, none of these, mild, two days."""
        choose = {
            "yes_no": ".an-answer >> nth=1",
            "scale": ".an-scale button >> nth=2",
            "duration": ".an-answer >> nth=1",
            "choose_many": ".an-many .an-answers .an-answer >> nth=0",
            "choose_one": ".an-answer >> nth=-2",
            "clarify": ".an-answer >> nth=0",
        }
        self.press(f"#an-dock {choose[self.kind]}")

    def answer_to_the_end(self, most: int = 20) -> int:
        """Answer until there is no question; return how many were asked."""
        for asked in range(most):
            if self.kind == "none":
                return asked
            self.deny()
        raise AssertionError(f"still asking after {most} questions")

    def expect_in(self, selector: str, text: str | re.Pattern[str]) -> None:
        """Wait until a part of the page shows a text."""
        expect(self.page.locator(selector).first).to_contain_text(text)


class InFrame(Patient):
    """The same person before the page in a portal's iframe."""

    def __init__(self, page: Page, portal: str) -> None:
        page.goto(portal)
        self.page, self.complaints = page.wait_for_selector("iframe").content_frame(), []
        self.expect_screen("start")
