"""A partner's form on the partner's own site, which is another origin: four ways, on a phone and a desk, with scripts and without."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from service.web.form_token import QUICKEST
from tests.browser.arrivals import program
from tests.browser.conftest import PATIENCE_MS
from tests.browser.look import DESK, faults, keep_picture
from tests.browser.partner_site import PARTNER, Site, site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, FrameLocator, Page

pytestmark = pytest.mark.browser
SIZES = {"phone": {"width": 360, "height": 740}, "desk": DESK}
WAYS = ("link", "script", "frame", "fields")
SLOWER_THAN_A_ROBOT_MS = QUICKEST.total_seconds() * 1000 + 300
RECORDER = "<script>window.posts = []; addEventListener('message', (event) => posts.push([event.origin, event.data]));</script>"


@dataclass(frozen=True)
class Partner:
    """address: of our pages; own_site: the partner's, which its form names; codes: what its page gives to copy, by way."""

    address: str
    own_site: Site
    codes: dict[str, str]
    ask: Callable[[str], Any]


@pytest.fixture(scope="module")
def partner(chromium: Browser) -> Iterator[Partner]:
    with tempfile.TemporaryDirectory(prefix="doorstep-browser-") as name:
        Path(name).chmod(0o711)
        with program(Path(name), "tests.browser.partner_site") as ask, site() as own_site:
            address = ask("afresh")
            ask(f"name {own_site.origin}")
            page = partners_page(chromium, address, ask)
            codes = {way: page.input_value(f"#way-{way}") for way in WAYS}
            page.context.close()
            yield Partner(address, own_site, codes, ask)


def partners_page(browser: Browser, address: str, ask: Callable[[str], Any], *, size: str = "desk", scripts: bool = True) -> Page:
    page = visitor(browser, size, scripts=scripts, bypass_csp=scripts)
    page.goto(ask("sign-in"))
    page.locator("main form button").first.click()
    page.goto(f"{address}/partner/{PARTNER}/forms/riverton?lang=en")
    return page


def visitor(browser: Browser, size: str, *, scripts: bool = True, bypass_csp: bool = False) -> Page:
    """Somebody whose browser speaks English. The policy of our pages holds, unless the checker has to come in."""
    context = browser.new_context(
        viewport={"width": SIZES[size]["width"], "height": SIZES[size]["height"]},
        locale="en-US", java_script_enabled=scripts, bypass_csp=bypass_csp, permissions=["clipboard-read", "clipboard-write"],
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def at_the_partners(page: Page, own_site: Site, body: str) -> None:
    own_site.body = body
    page.goto(own_site.origin)


def to_the_form(page: Page, partner: Partner, way: str, email: str, *, scripts: bool) -> Page | FrameLocator:
    """From the partner's page by one of the ways to where the form stands."""
    at_the_partners(page, partner.own_site, f'<a href="{partner.codes[way]}">Sign up</a>' if way == "link" else partner.codes[way])
    if way == "frame" or (way == "script" and scripts):
        return page.frame_locator("iframe")
    if way == "fields":
        page.get_by_label("Your e-mail").fill(email)
        page.get_by_label("Your ZIP code").fill("10001")
        page.get_by_role("button", name="Go on").click()
    else:
        page.locator("main a").click()
    return page


def sign_up(page: Page, form: Page | FrameLocator, email: str, *, typed: bool) -> None:
    if typed:  # on the partner's page already
        expect(form.locator("[name=email]")).to_have_value(email)
        expect(form.locator("[name=zip]")).to_have_value("10001")
    else:
        form.locator("[name=email]").fill(email)
        form.locator("[name=zip]").fill("10001")
    form.locator("[name=consent][value=digest]").check()
    page.wait_for_timeout(SLOWER_THAN_A_ROBOT_MS)
    form.get_by_role("button", name="Sign up").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("way", WAYS)
def test_a_neighbor_signs_up_from_the_partners_site(
    chromium: Browser, partner: Partner, way: str, size: str, scripts: bool, pictures: Path | None
) -> None:
    page = visitor(chromium, size, scripts=scripts)
    email = f"{way}-{size}-{scripts}@residents.example.org".lower()
    form = to_the_form(page, partner, way, email, scripts=scripts)
    is_framed = form is not page
    sign_up(page, form, email, typed=way == "fields")
    expect(form.locator("h1", has_text="Please look at your mail")).to_be_visible()
    keep_picture(page, pictures, f"embed-thanks-{way}-{size}-{'scripts' if scripts else 'plain'}")
    assert page.url.startswith(partner.own_site.origin if is_framed else partner.address)
    assert partner.ask("sources")[-1] == ("embedded" if is_framed else "form")
    expect(form.locator("header.site")).to_have_count(0 if is_framed else 1)
    page.context.close()


def the_frame(page: Page) -> Frame:
    page.frame_locator("iframe").locator("h1").wait_for()
    [frame] = [frame for frame in page.frames if frame is not page.main_frame]
    return frame


def expect_no_scrollbar(page: Page) -> None:
    """Its height follows within moments: asked again until it has."""
    for _ in range(100):
        sizes = the_frame(page).evaluate(
            "[document.documentElement.scrollHeight, innerHeight, document.documentElement.scrollWidth, innerWidth]"
        )
        if sizes[0] <= sizes[1] and sizes[2] <= sizes[3]:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the frame scrolls: {sizes}")


def in_view(page: Page, form: FrameLocator, selector: str) -> bool:
    """Whether the window of the partner's page shows the upper edge of it."""
    box = form.locator(selector).bounding_box()
    assert box
    assert page.viewport_size
    return -5 <= box["y"] < page.viewport_size["height"] - 20


def expect_in_view(page: Page, form: FrameLocator, selector: str) -> None:
    for _ in range(100):
        if in_view(page, form, selector):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{selector} is out of sight: {form.locator(selector).bounding_box()}")


@pytest.mark.parametrize("size", list(SIZES))
def test_the_scripts_frame_is_as_tall_as_what_it_holds_and_shows_what_came_back(
    chromium: Browser, partner: Partner, size: str, pictures: Path | None
) -> None:
    page = visitor(chromium, size)
    at_the_partners(page, partner.own_site, f"{'<p>Much to read.</p>' * 30}{partner.codes['script']}")
    form = page.frame_locator("iframe")
    page.locator("iframe").scroll_into_view_if_needed()  # a browser lays no frame out anew that nobody sees
    expect_no_scrollbar(page)
    keep_picture(page, pictures, f"embed-form-{size}")
    form_px = page.locator("iframe").evaluate("frame => frame.clientHeight")
    assert page.locator("iframe").get_attribute("title") == "Meet your neighbors"
    form.locator("details summary").first.click()
    expect_no_scrollbar(page)
    form.locator("[name=zip]").fill("10001")
    form.get_by_role("button", name="Sign up").click()
    form.locator("#error-summary").wait_for()
    expect_no_scrollbar(page)
    expect_in_view(page, form, "#error-summary")
    keep_picture(page, pictures, f"embed-faults-{size}")
    form.locator("#error-summary a").last.click()
    expect(form.locator("#consent")).to_be_focused()
    expect_in_view(page, form, "#consent")
    form.get_by_role("button", name="Show me examples").click()
    form.locator("#examples").get_by_role("button", name="Look again").wait_for()
    expect_no_scrollbar(page)
    expect_in_view(page, form, "#examples h2")
    form.locator("[name=email]").fill(f"tall-{size}@residents.example.org")
    form.locator("[name=consent][value=digest]").check()
    page.wait_for_timeout(SLOWER_THAN_A_ROBOT_MS)
    form.get_by_role("button", name="Sign up").click()
    expect(form.locator("h1", has_text="Please look at your mail")).to_be_visible()
    expect_in_view(page, form, "h1")
    expect_no_scrollbar(page)
    assert page.locator("iframe").evaluate("frame => frame.clientHeight") < form_px / 2
    page.context.close()


def test_the_frame_posts_its_height_and_nothing_else_and_only_a_sane_height_of_its_own_is_taken(
    chromium: Browser, partner: Partner
) -> None:
    page = visitor(chromium, "phone")
    answering = "addEventListener(`message`, () => parent.postMessage({[`doorstep-height`]: 4321}, `*`))"
    other = f"<iframe srcdoc='<script>{answering}</script>'></iframe>"
    at_the_partners(page, partner.own_site, f"{RECORDER}<div>{partner.codes['script']}</div>{other}")
    form = page.frame_locator("div iframe")
    sign_up(page, form, "heights@residents.example.org", typed=False)
    expect(form.locator("h1", has_text="Please look at your mail")).to_be_visible()
    page.wait_for_timeout(500)
    posts = page.evaluate("posts")
    assert len(posts) >= 2
    assert all(
        origin == partner.address and list(data) == ["doorstep-height"] and type(data["doorstep-height"]) is int for origin, data in posts
    )
    height = page.locator("div iframe").evaluate("frame => frame.style.height")
    [ours] = [frame for frame in page.frames if frame.url.startswith(partner.address)]
    for value in ("1e9", "5", "-300", "NaN", "Infinity", "'700'", "[700]", "{}", "null"):
        ours.evaluate(f"parent.postMessage({{'doorstep-height': {value}}}, '*')")
    ours.evaluate("parent.postMessage(700, '*'); parent.postMessage(null, '*')")
    page.evaluate(
        "postMessage({'doorstep-height': 4321}, '*'); document.querySelector('iframe[srcdoc]').contentWindow.postMessage('go', '*')"
    )
    page.wait_for_timeout(500)
    assert len(page.evaluate("posts")) == len(posts) + 13
    assert page.locator("div iframe").evaluate("frame => frame.style.height") == height
    ours.evaluate("parent.postMessage({'doorstep-height': 701.5}, '*')")
    expect(page.locator("div iframe")).to_have_css("height", "702px")
    page.context.close()


def test_a_site_that_the_form_does_not_name_cannot_frame_it_and_gets_a_link(chromium: Browser, partner: Partner) -> None:
    page = visitor(chromium, "desk")
    with site() as stranger:
        at_the_partners(page, stranger, partner.codes["frame"])
        page.wait_for_timeout(1000)
        [frame] = [frame for frame in page.frames if frame is not page.main_frame]
        assert frame.url.startswith("chrome-error:")
        at_the_partners(page, stranger, partner.codes["script"])
        expect(page.locator("main > a")).to_have_text("Meet your neighbors")
        expect(page.locator("iframe")).to_have_count(0)
        page.locator("main > a").click()
        expect(page.locator("[name=email]")).to_be_visible()
    page.context.close()


def test_the_language_of_the_tag_is_the_frames_and_stays(chromium: Browser, partner: Partner) -> None:
    page = visitor(chromium, "phone")
    at_the_partners(page, partner.own_site, partner.codes["script"].replace(".js", ".js?lang=ar"))
    form = page.frame_locator("iframe")
    expect(form.locator("html")).to_have_attribute("dir", "rtl")
    expect_no_scrollbar(page)
    form.locator("main form button.primary").last.click()
    form.locator("#error-summary").wait_for()
    expect(form.locator("html")).to_have_attribute("lang", "ar")
    expect_no_scrollbar(page)
    form.get_by_role("link", name="Español").click()
    expect(form.locator("html")).to_have_attribute("lang", "es")
    expect(form.locator("header.site")).to_have_count(0)
    page.context.close()


def test_what_leaves_the_form_opens_beside_the_partners_page(chromium: Browser, partner: Partner) -> None:
    page = visitor(chromium, "desk")
    at_the_partners(page, partner.own_site, partner.codes["frame"])
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Privacy").click()
    expect(opened.value.locator("header.site")).to_be_visible()
    assert page.url.startswith(partner.own_site.origin)
    page.context.close()


def test_each_button_copies_what_its_box_holds(chromium: Browser, partner: Partner) -> None:
    page = partners_page(chromium, partner.address, partner.ask)
    for way in WAYS:
        page.locator(f"[data-copies=way-{way}]").click()
        expect(page.locator(f"#way-{way}-copied")).to_have_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()") == partner.codes[way]
    page.context.close()
    plain = partners_page(chromium, partner.address, partner.ask, scripts=False)
    expect(plain.get_by_role("button", name="Copy")).to_have_count(0)
    assert plain.input_value("#way-script") == partner.codes["script"]
    plain.context.close()


@pytest.mark.parametrize("size", list(SIZES))
def test_axe_finds_nothing_on_the_partners_page_nor_inside_a_frame(
    chromium: Browser, partner: Partner, size: str, pictures: Path | None
) -> None:
    page = partners_page(chromium, partner.address, partner.ask, size=size)
    faults_of_pages = {"partner": faults(page)}
    keep_picture(page, pictures, f"embed-partner-{size}")
    for language in ("en", "es", "ar"):
        page.goto(f"{partner.address}/partner/{PARTNER}/forms/riverton?lang={language}")
        faults_of_pages[f"partner-{language}"] = faults(page)
        keep_picture(page, pictures, f"embed-partner-{size}-{language}")
        page.goto(f"{partner.address}/f/riverton?embed=1&lang={language}")
        faults_of_pages[f"form-{language}"] = faults(page)
        page.locator("main form button.primary").last.click()
        page.locator("#error-summary").wait_for()
        faults_of_pages[f"answers-{language}"] = faults(page)
        keep_picture(page, pictures, f"embed-answers-{size}-{language}")
    page.goto(f"{partner.address}/f/riverton/thanks?embed=1&lang=en")
    faults_of_pages["thanks"] = faults(page)
    at_the_partners(page, partner.own_site, partner.codes["fields"])
    faults_of_pages["fields"] = faults(page)
    keep_picture(page, pictures, f"embed-fields-{size}")
    page.context.close()
    assert not {name: wrong for name, wrong in faults_of_pages.items() if wrong}
