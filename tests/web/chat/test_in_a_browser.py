"""The residents' page in a real Chromium: phone and desktop width, with and without JavaScript, measured by axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # the first sentence of a process loads the lexicon, on a busy machine slowly
ROOF = "三幢二门顶楼，一下雨就漏，墙都发霉了"
WALL = "三幢二门的外墙瓷砖空了"
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
Opener = Callable[..., Page]


@pytest.fixture
def open_page(new_context: Any, server: str, community: str) -> Opener:
    """Open the community's page at this size; errors of its script fail the test."""

    def open_it(width: int = 375, height: int = 812, query: str = "", **fields: Any) -> Page:
        context = new_context(viewport={"width": width, "height": height}, **fields)
        page: Page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(f"{server}/c/{community}{query}")
        return page

    return open_it


def say(page: Page, text: str) -> None:
    page.get_by_label("在这里说").fill(text)
    page.get_by_role("button", name="发送").click()


def findings(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{row['id']}: {[node['html'][:120] for node in row['nodes']]}" for row in found]


@pytest.mark.parametrize("width", [375, 1440])
def test_nobody_is_shut_out_at_any_step(open_page: Opener, width: int) -> None:
    page = open_page(width, 2600)  # tall: nothing half hidden under the head, which axe would call too small
    assert findings(page) == []
    say(page, ROOF)
    expect(page.get_by_role("heading", name="顶层漏雨")).to_be_visible()
    assert findings(page) == []
    say(page, "楼道里有煤气味，闻着头晕")
    expect(page.get_by_role("heading", name=re.compile("先离开再打电话"))).to_be_visible()
    assert findings(page) == []


def test_a_sentence_is_answered_on_the_page_and_the_safety_question_taken_with_one_tap(open_page: Opener) -> None:
    page = open_page()
    say(page, WALL)
    expect(page.locator(".card.understood")).to_contain_text("3栋2单元")
    expect(page.get_by_label("在这里说")).to_have_value("")
    none = page.get_by_role("button", name="都没有")
    box = none.bounding_box()
    assert box is not None
    assert box["height"] >= 60
    none.click()
    expect(page.locator(".bubble.own").last).to_contain_text("都没有")
    expect(none).to_be_disabled()
    expect(page.get_by_role("button", name="现在有危险")).to_be_in_viewport()


def test_it_works_without_javascript(open_page: Opener) -> None:
    page = open_page(java_script_enabled=False)
    page.get_by_role("link", name="漏雨").click()
    expect(page.get_by_label("在这里说")).to_have_value("漏雨了，")
    say(page, WALL)
    expect(page.get_by_role("heading", name="外墙脱落渗水")).to_be_visible()
    page.get_by_role("button", name="都没有").click()
    expect(page.locator(".bubble.own").last).to_contain_text("都没有")


def test_a_quick_button_only_puts_words_into_the_box(open_page: Opener) -> None:
    page = open_page()
    page.get_by_role("link", name="灯不亮").click()
    expect(page.get_by_label("在这里说")).to_have_value("楼道灯不亮，")
    expect(page.get_by_label("在这里说")).to_be_focused()
    expect(page.locator(".turn")).to_have_count(0)


def test_what_is_written_without_net_is_kept_and_sent_by_itself(open_page: Opener) -> None:
    page = open_page()
    page.context.set_offline(True)
    say(page, ROOF)
    expect(page.get_by_text("等网，还没发出")).to_be_visible()
    expect(page.get_by_text("没有网。先存在手机里，有网自动发。")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="顶层漏雨")).to_be_visible(timeout=15000)
    expect(page.locator(".bubble.own")).to_have_count(1)
    expect(page.locator("#offline")).to_be_hidden()


def test_photos_follow_the_words_and_a_broken_one_can_be_left_out(open_page: Opener) -> None:
    from tests.web.chat.test_saying import a_photo

    page = open_page()
    page.locator("#photos").set_input_files(
        [
            {"name": "roof.jpg", "mimeType": "image/jpeg", "buffer": a_photo()},
            {"name": "fake.jpg", "mimeType": "image/jpeg", "buffer": b"MZ this is a program"},
        ]
    )
    expect(page.locator(".photo-line")).to_have_count(2)
    say(page, ROOF)
    expect(page.locator(".picture img")).to_have_count(1, timeout=15000)
    broken = page.locator(".photo-line.is-broken")
    expect(broken).to_contain_text("打不开")
    broken.get_by_role("button", name="不要了").click()
    expect(page.locator(".photo-line")).to_have_count(0)


def test_who_talks_on_has_left_out_the_photo_that_could_not_be_opened(open_page: Opener) -> None:
    page = open_page()
    page.locator("#photos").set_input_files(
        [{"name": "fake.jpg", "mimeType": "image/jpeg", "buffer": b"MZ this is a program"}]
    )
    say(page, ROOF)
    expect(page.locator(".photo-line.is-broken")).to_have_count(1, timeout=15000)
    say(page, "查进度")
    expect(page.locator(".card.status")).to_have_count(1, timeout=15000)
    expect(page.locator(".photo-line")).to_have_count(0)


@pytest.mark.parametrize(("width", "size"), [(320, "standard"), (360, "standard"), (320, "largest")])
def test_nothing_has_to_be_scrolled_sideways(open_page: Opener, width: int, size: str) -> None:
    page = open_page(width, 640)
    page.locator(f".sizes [value={size}]").click()
    if width == 360:
        send = page.get_by_role("button", name="发送").bounding_box()
        assert send is not None
        assert send["y"] + send["height"] <= 640
    say(page, "楼道里有煤气味 " + "W" * 200)
    expect(page.locator(".card.danger")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_page_is_light_and_asks_nobody_else(browser: Browser, server: str, community: str) -> None:
    import gzip

    context = browser.new_context()
    page = context.new_page()
    bodies: dict[str, int] = {}
    page.on("response", lambda response: bodies.update({response.url: len(gzip.compress(response.body()))}))
    page.goto(f"{server}/c/{community}", wait_until="networkidle")
    context.close()
    assert all(address.startswith(server) for address in bodies)
    assert len(bodies) >= 3
    assert sum(bodies.values()) <= 60 * 1024
