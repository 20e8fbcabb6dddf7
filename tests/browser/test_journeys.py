"""What a resident does, in a real browser against the whole program: sign up, confirm, answer, take a break, stop, look for help."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from playwright.sync_api import expect

from service.web.form_token import QUICKEST
from tests.browser.look import PHONE, SIZES, faults, keep_picture, opened
from tests.browser.readme_pictures import WEEKLY, take
from tests.browser.town import Town, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
RESIDENTS = 12
FIELDS_MOST, REQUIRED_MOST = 12, 3
SLOWER_THAN_A_ROBOT_MS = QUICKEST.total_seconds() * 1000 + 300


@pytest.fixture(scope="module")
def town(chromium: Browser) -> Iterator[Town]:
    # Not below pytest's own folders, which another run closes to the database's user.
    with tempfile.TemporaryDirectory(prefix="doorstep-browser-") as name:
        Path(name).chmod(0o711)
        with running(Path(name), residents=RESIDENTS) as town:
            yield town


def plain(browser: Browser, address: str) -> Page:
    """A phone with scripts turned off."""
    return opened(browser, address, language="en", dark=False, size=PHONE, scripts=False)


def tab_to(page: Page, selector: str) -> None:
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    pytest.fail(f"the Tab key never reaches {selector}")


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words).press("Enter")


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_the_form_asks_little(chromium: Browser, town: Town) -> None:
    page = plain(chromium, town.address + town.form)
    fields = page.locator("main :is(input, select, textarea):not([type=hidden]):not([name=website])")
    names = {field.get_attribute("name") for field in fields.all()}
    required = {field.get_attribute("name") for field in page.locator("main [required]").all()}
    page.context.close()
    assert len(names) <= FIELDS_MOST, names
    assert len(required) <= REQUIRED_MOST, required


def test_signing_up_and_confirming_need_no_mouse_and_no_scripts(chromium: Browser, town: Town, pictures: Path | None) -> None:
    earlier_links = set(town.links("confirm"))
    page = plain(chromium, town.address + town.form)
    tab_to(page, "[name=email]")
    page.keyboard.type("ottilie@residents.example.org")
    tab_to(page, "[name=zip]")
    page.keyboard.type("43604")
    tab_to(page, "[name=words]")
    page.keyboard.type("I like cooking and walking my dog.")
    tab_to(page, "[name=consent][value=digest]")
    page.keyboard.press("Space")
    page.wait_for_timeout(SLOWER_THAN_A_ROBOT_MS)
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/thanks/*")
    keep_picture(page, pictures, "journey-thanks")
    [link] = town.wait_for_links("confirm", more_than=earlier_links)
    for _ in range(2):  # looking changes nothing
        page.goto(f"{link}?lang=en")
        assert heading(page) == "Confirm your sign-up"
    keep_picture(page, pictures, "journey-confirm")
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("You are in")
    page.goto(link)
    assert heading(page) == "You are in"
    page.context.close()


def test_a_form_that_comes_back_keeps_what_was_typed(chromium: Browser, town: Town, pictures: Path | None) -> None:
    page = plain(chromium, town.address + town.form)
    page.fill("[name=email]", "")
    page.fill("[name=zip]", "43604")
    page.fill("[name=words]", "Chess & <b>tea</b>")
    page.get_by_text("When you are free").click()
    page.check("[name=available] >> nth=4")
    page.select_option("[name=travel]", "car")
    page.check("[name=needs] >> nth=2")
    page.wait_for_timeout(SLOWER_THAN_A_ROBOT_MS)
    press(page, "Sign up")
    page.wait_for_selector("#error-summary")
    keep_picture(page, pictures, "journey-fault")
    assert page.input_value("[name=zip]") == "43604"
    assert page.input_value("[name=words]") == "Chess & <b>tea</b>"
    assert page.input_value("[name=travel]") == "car"
    assert page.is_checked("[name=available] >> nth=4")
    assert page.is_checked("[name=needs] >> nth=2")
    assert not page.is_checked("[name=consent][value=digest]")
    wrong = [link.get_attribute("href") for link in page.locator("#error-summary a").all()]
    assert wrong == ["#email", "#consent"]
    page.context.close()


def answerable(page: Page, town: Town) -> str:
    """A link of this week's letters whose date is still to come, in English: residents of the sample read three languages."""
    for link in town.links("r"):
        page.goto(f"{link}?lang=en")
        if page.get_by_role("button", name="Yes, I'd like to go").count():
            return f"{link}?lang=en"
    pytest.fail("no letter offers anything that is still to come")


def test_a_yes_is_one_press_and_can_be_taken_back(chromium: Browser, town: Town, pictures: Path | None) -> None:
    page = plain(chromium, town.address + "/help")
    link = answerable(page, town)
    keep_picture(page, pictures, "journey-answer")
    press(page, "Yes, I'd like to go")
    page.wait_for_selector(".notice.good")
    keep_picture(page, pictures, "journey-seat")
    page.goto(link)
    press(page, "I can't come after all")
    expect(page.get_by_role("button", name="I can't come after all")).to_have_count(0)
    expect(page.get_by_role("button", name="Not for me")).to_have_count(1)
    page.context.close()


def in_database(town: Town, statement: str, *values: object) -> None:
    """In a thread: the browser's own loop runs in this one."""

    async def execute() -> None:
        admin = await asyncpg.connect(json.loads((town.mailbox.parent / "addresses.json").read_text())["admin_url"])
        await admin.execute(statement, *values)
        await admin.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, execute()).result()


@pytest.mark.parametrize("size", list(SIZES))
def test_who_finds_it_full_waits_is_offered_a_seat_and_takes_it(chromium: Browser, town: Town, size: str, pictures: Path | None) -> None:
    page = opened(chromium, town.address + "/help", language="en", dark=False, size=SIZES[size], scripts=False)
    link, offers = answerable(page, town), set(town.links("o"))
    in_database(town, "UPDATE seats SET capacity = taken + 8, taken = taken + 8, own_capacity = true")
    page.goto(link)
    press(page, "Yes, I'd like to go")
    expect(page.get_by_text("You are number 1 in line.")).to_be_visible()
    keep_picture(page, pictures, f"journey-waiting-{size}")
    in_database(town, "UPDATE seats SET capacity = taken + 8")
    # Receipts of other seats may come meanwhile, and have such links too.
    [offer] = town.wait_for_links("o", more_than=offers, subject_words="A seat is free")
    page.goto(f"{town.address}{town.letter_of('A seat is free')}")
    keep_picture(page, pictures, f"letter-offer-{size}")
    page.goto(f"{offer}?lang=en")
    keep_picture(page, pictures, f"journey-offered-{size}")
    press(page, "Yes, I'd like to go")
    expect(page.get_by_text("You have a seat.")).to_be_visible()
    assert page.url.startswith(offer)
    page.context.close()


def test_a_break_and_a_stop_are_one_press_and_a_mistake_is_undone(chromium: Browser, town: Town, pictures: Path | None) -> None:
    page = plain(chromium, town.links("u")[-1])
    assert heading(page) == "Your letters"
    keep_picture(page, pictures, "journey-stop")
    press(page, "A break of four weeks")
    page.wait_for_selector(".notice.good")
    press(page, "Stop all letters")
    expect(page.locator("h1")).to_have_text("You will get no more letters")
    press(page, "That was a mistake")
    expect(page.locator("h1")).to_have_text("Your letters")
    page.context.close()


def public_pages(page: Page, town: Town) -> dict[str, str]:
    digest = town.letter_of(WEEKLY)
    return {
        "form": town.form,
        "thanks": f"{town.form}/thanks",
        "confirm": town.links("confirm")[0].removeprefix(town.address),
        "answer": answerable(page, town).removeprefix(town.address),
        "stop": town.links("u")[0].removeprefix(town.address),
        "mailbox": "/mailbox",
        "letter": digest,
        "digest": f"{digest}/html",
        "help": "/help",
        "privacy": "/privacy",
        "accessibility": "/accessibility",
        "missing": "/nowhere",
    }


@pytest.mark.parametrize(("language", "dark_width"), [("en", "desk"), ("es", "phone"), ("ar", "desk")])
def test_axe_finds_nothing_on_any_page_and_no_request_leaves_the_origin(
    chromium: Browser, town: Town, pictures: Path | None, language: str, dark_width: str
) -> None:
    """Every page in every language at every width; light and dark with each language, and with each width."""
    finder = plain(chromium, town.address + "/help")
    faults_of_pages, asked = {}, set()
    for name, path in public_pages(finder, town).items():
        for width, size in SIZES.items():
            dark = width == dark_width
            page = opened(chromium, town.address + "/help", language=language, dark=dark, size=size)
            page.on("request", lambda request: asked.add(request.url))
            answer = page.goto(f"{town.address}{path}?lang={language}")
            assert answer
            assert answer.status == (404 if name == "missing" else 200), path
            title = f"{name}-{width}-{'dark' if dark else 'light'}-{language}"
            keep_picture(page, pictures, title)
            if wrong := faults(page, letter=name == "digest"):
                faults_of_pages[title] = wrong
            page.context.close()
    finder.context.close()
    assert not faults_of_pages, "\n".join(f"{title}: {wrong}" for title, wrong in faults_of_pages.items())
    assert not [url for url in asked if not url.startswith((town.address, "data:", "about:"))]


@pytest.mark.parametrize("language", ["en", "es", "ar"])
@pytest.mark.parametrize("pressed", ["yes", "no"])
def test_the_question_and_its_answer_are_seen_without_scrolling(
    chromium: Browser, town: Town, pressed: str, language: str, pictures: Path | None
) -> None:
    """The button of the letter opens a page that still has to be answered: on a small phone too, the real button is seen at once."""
    page = plain(chromium, town.address + "/help")
    link = answerable(page, town).replace("?lang=en", f"?lang={language}&answer={pressed}")
    for width, height in ((320, 568), (360, 640), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(link)
        buttons = page.locator(".answers button")
        assert buttons.nth(0).evaluate("button => button.form.elements.answer.value") == pressed
        box = buttons.nth(0).bounding_box()
        assert box
        assert 0 < box["y"] < box["y"] + box["height"] <= height
        title = page.locator(".glance .what").bounding_box()
        assert title
        assert title["y"] + title["height"] <= box["y"]
        if width == 320:
            keep_picture(page, pictures, f"journey-question-{language}-{pressed}")
    page.evaluate("document.querySelector('.what').textContent = 'A very long title of a group that likes to say all '.repeat(4)")
    box = page.locator(".answers button").nth(0).bounding_box()
    assert box
    assert box["y"] + box["height"] <= 844
    page.context.close()


def test_the_pictures_of_the_readme_can_be_taken_anew(chromium: Browser, town: Town, tmp_path: Path) -> None:
    form, mail = take(chromium, town, tmp_path)
    assert form.stat().st_size > 20_000
    assert mail.stat().st_size > 20_000
    assert form.read_bytes() != mail.read_bytes()
