"""Teaching in a real browser: a word with its preview and undo by keys, and every page without barriers."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from linli.bootstrap import Container
from models import Community, Role
from services import corrections
from services.staff import NewStaff, create_staff
from tests.factories.complaints import say
from tests.factories.voices import Voice
from tests.factories.voices import say as file_voice
from tests.services.test_model_versions import make
from tests.web.desk.conftest import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def teaching(page: Page, server: str, house: Container, community: str) -> str:
    """An administrator signed in, some complaints about lamps; the address of the desk."""
    with house.database.transaction() as session:
        create_staff(session, NewStaff("admin", "管理员", PASSWORD, Role.ADMINISTRATOR, None), datetime.now(UTC))
    for index in range(5):
        say(house, community, f"{index + 1}栋{index % 3 + 1}单元楼道灯不亮，晚上看不见", who=f"r{index}")
    say(house, community, "三栋二单元顶楼，一下雨就漏", who="leak")
    with house.database.transaction() as session:
        place = session.scalars(select(Community).where(Community.code == community)).one()
        act = house.act("staff:admin", staff_id=1)
        for text in ("陀螺场地坏了一块", "打陀螺没地方", "陀螺抽得响"):
            file_voice(session, place, act, Voice(category="N12", text=text))
        known = file_voice(session, place, act, Voice(category="N12", text="文化墙掉漆了"))
        corrections.decide(session, known, "C09", act)
    page.goto(f"{server}/desk/")
    page.get_by_label("名字").fill("admin")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    return f"{server}/desk"


def check(page: Page, width: int) -> None:
    """No barrier that axe knows, and nothing that must be scrolled sideways."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    folder = os.environ.get("LINLI_TEST_PICTURES")
    if folder:
        name = page.url.split("/desk/")[1].split("?")[0].replace("/", "-") or "inbox"
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("width", [375, 1440])
def test_a_word_is_taught_with_its_preview_and_taken_back_on_pages_free_of_barriers(
    page: Page, teaching: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{teaching}/lexicon?q=楼道灯")
    check(page, width)
    page.get_by_role("link", name="楼道灯", exact=True).click()
    page.get_by_label("说的是").select_option("B03")
    page.get_by_label("分量", exact=True).select_option("6")
    page.get_by_label("从哪一类挪走").select_option("A13")
    page.get_by_label("例子：这句应该认出来").fill("楼道灯不亮")
    page.get_by_label("反例：这句不该认成这一类").fill("文化墙")
    check(page, width)
    page.get_by_label("为什么改").fill("灯归照明")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#moves")).to_contain_text("会动 5 件过去的诉求")
    check(page, width)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".flash")).to_contain_text("“楼道灯”存好了")
    check(page, width)
    expect(page.locator(".calls .card").first).to_contain_text("灯归照明")
    if width > 900:
        page.keyboard.press("u")
    else:
        page.get_by_role("button", name="撤销").first.click()
    expect(page.locator(".flash")).to_contain_text("撤销了")
    expect(page.locator(".calls .card").first).to_contain_text("撤销了")


@pytest.mark.parametrize("width", [375, 1440])
def test_the_queue_goes_by_three_keys_and_its_neighbours_are_free_of_barriers(
    page: Page, house: Container, teaching: str, width: int
) -> None:
    make(house, weight=0.125)
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("lexicon/shelf", "lexicon/history", "model", "lexicon/word"):
        page.goto(f"{teaching}/{path}")
        check(page, width)
    page.goto(f"{teaching}/lexicon/queue")
    check(page, width)
    first = page.locator(".pane-head a").inner_text()
    page.keyboard.press("j")
    expect(page.locator(".pane-head a")).not_to_have_text(first)
    second = page.locator(".pane-head a").inner_text()
    page.keyboard.press("1")
    expect(page.locator(".flash")).to_contain_text(f"{second} 记下了")
    page.keyboard.press("u")
    expect(page.locator(".flash")).to_contain_text("撤销了")
