"""The desk in a real browser: at a desk's and a telephone's width, by mouse, by keys, without barriers."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from linli.bootstrap import Container
from tests.factories.complaints import say
from tests.web.desk.conftest import PASSWORD

pytestmark = pytest.mark.browser
LEAK = "三幢二门顶楼，一下雨就漏，墙都发霉了"


@pytest.fixture
def at_the_desk(page: Page, server: str, staff) -> str:
    staff("limin")
    page.goto(f"{server}/desk/")
    page.get_by_label("名字").fill("limin")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    return server


@pytest.mark.parametrize("width", [375, 1440])
def test_every_page_is_free_of_barriers_and_never_scrolls_sideways(
    page: Page, house: Container, community: str, at_the_desk: str, width: int
) -> None:
    number = say(house, community, LEAK)[0]
    say(house, community, "五栋三单元楼道里煤气味好大，闻着头晕", who="r2")
    page.set_viewport_size({"width": width, "height": 900})
    paths = (
        "/desk/", "/desk/?q=nowhere", f"/desk/complaints/{number}", "/desk/file", f"/desk/complaints/{number}/close",
        "/desk/calls", "/desk/chats", "/desk/topics", "/desk/outbox", "/desk/settings",
        f"/desk/communities/{community}", "/desk/complaints/YX-2026-009999",
    )  # fmt: skip
    for path in paths:
        page.goto(at_the_desk + path)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_complaint_is_taken_in_and_corrected_by_keys_alone(
    page: Page, house: Container, community: str, at_the_desk: str
) -> None:
    say(house, community, LEAK)
    say(house, community, "六栋一单元顶楼下雨漏水，天花板滴水", who="r2")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{at_the_desk}/desk/")
    expect(page.locator("#preview blockquote")).to_contain_text("六栋一单元")
    page.keyboard.press("j")
    expect(page.locator("#preview blockquote")).to_contain_text("三幢二门")
    page.keyboard.press("Enter")
    expect(page.locator(".verbatim")).to_contain_text("三幢二门")
    page.keyboard.press("a")
    expect(page.locator(".flash")).to_contain_text("已受理")
    page.keyboard.press("2")
    expect(page.locator(".flash")).to_contain_text("类别改成了")


def test_what_is_typed_for_someone_is_understood_while_typing(page: Page, community: str, at_the_desk: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{at_the_desk}/desk/file")
    page.keyboard.type("5栋1单元楼道灯不亮")
    expect(page.locator("#understood")).to_contain_text("5栋1单元")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".filed")).to_contain_text("记下了，编号")
