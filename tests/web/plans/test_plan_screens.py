"""The plan, promotion and notices in a real browser: at a desk's and a telephone's width, without barriers."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from linli.bootstrap import Container
from models import Community, Role
from services.staff import NewStaff, create_staff
from tests.factories.voices import Voice, say

pytestmark = pytest.mark.browser
PASSWORD = "a long enough password"


def voice(house: Container, code: str, **said: object) -> str:
    with house.database.transaction() as session:
        place = session.query(Community).filter_by(code=code).one()
        return say(session, place, house.act(), Voice(**said)).number  # type: ignore[arg-type]  # named by the caller


@pytest.fixture
def planning(page: Page, server: str, house: Container, community: str) -> str:
    """A planner signed in; the address of the desk."""
    with house.database.transaction() as session:
        create_staff(session, NewStaff("planner", "陈启明", PASSWORD, Role.PLANNER, community), datetime.now(UTC))
    page.goto(f"{server}/desk/")
    page.get_by_label("名字").fill("planner")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    return f"{server}/desk"


def check(page: Page, width: int) -> None:
    """No barrier that axe knows, and nothing that must be scrolled sideways."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def confirm(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^确认")).click()
    page.wait_for_url("**#item-*")


@pytest.mark.parametrize("width", [375, 1440])
def test_a_leak_becomes_an_adopted_line_and_each_page_on_the_way_is_free_of_barriers(
    page: Page, house: Container, community: str, planning: str, width: int
) -> None:
    leak = voice(house, community, room="602")
    dispute = voice(house, community, category="N02", text="楼上邻居天天吵架")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{planning}/plans/{community}")
    expect(page.get_by_role("heading", name="方案里还没有项目。")).to_be_visible()
    check(page, width)
    page.goto(f"{planning}/promote?numbers={leak},{dispute}")
    expect(page.locator(".left-out")).to_contain_text("0735-000 0110")
    check(page, width)
    page.get_by_label("工程量").fill("860")
    page.get_by_label("单价(元)").fill("110")
    expect(page.locator("[data-cost]")).to_have_text("9.46 万元")
    page.get_by_label("为什么要做").fill("防水层老化。")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**#item-*")
    item = page.url.split("#item-")[1]
    page.goto(f"{planning}/plans/{community}/items/{item}")
    check(page, width)
    page.get_by_role("link", name="列入", exact=True).click()
    page.get_by_label(re.compile("哪天开工")).fill("2099-12-07")
    page.get_by_role("button", name="先看消息").click()
    expect(page.locator(".phone")).to_contain_text("屋面防水，860平方米，12月7日(周一)开工。")
    expect(page.locator(".phone")).to_contain_text("为什么做：防水层老化。")
    check(page, width)
    confirm(page)
    expect(page.locator(f"#item-{item}")).to_contain_text("1户")
    check(page, width)


@pytest.mark.parametrize("width", [375, 1440])
def test_a_notice_is_written_and_scheduled_on_pages_free_of_barriers(
    page: Page, house: Container, community: str, planning: str, width: int
) -> None:
    voice(house, community, room="602")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{planning}/notices/")
    check(page, width)
    page.get_by_role("button", name="写通知").click()
    page.get_by_text("3栋", exact=True).click()
    page.get_by_label("从", exact=True).fill("2099-11-30T08:00")
    page.get_by_label("到", exact=True).fill("2099-11-30T18:00")
    page.get_by_role("button", name=re.compile("看看样子")).click()
    expect(page.locator(".phone")).to_contain_text("3栋 11月30日 8:00–18:00 停水")
    check(page, width)
    page.get_by_role("button", name=re.compile("安排发送")).click()
    expect(page.locator("table")).to_contain_text("已安排")
    check(page, width)
