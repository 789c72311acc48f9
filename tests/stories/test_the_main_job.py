"""The story of the product: an office's own sheet, a sentence on a phone, a line in the plan, an answer in the chat."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook
from playwright.sync_api import Browser, Page

from tests.servers.linli_process import LINLI, LinliProcess

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
PASSWORD = "a long enough password"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def environ(data_dir: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    if request.config.getoption("--database") == "postgres":
        pytest.skip("the story is told on embedded defaults")
    return mine | {"LINLI_DATA_DIR": str(data_dir)}


@pytest.fixture
def running(environ: dict[str, str], data_dir: Path, tmp_path: Path) -> Iterator[LinliProcess]:
    """``linli serve`` over the office's own sheet and one planner."""
    sheet = tmp_path / "buildings.xlsx"
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["小区编码", "小区", "楼栋", "别名", "单元数", "层数", "每层户数", "建成年份", "建筑面积(㎡)"])
    page.append(["AL-001", "安陵小区", "3栋", "三幢;老百货宿舍", 4, 6, 2, 1996, 2580.5])
    page.append(["AL-001", "安陵小区", "5栋", "", 3, 6, 2, 1998, 1935])
    book.save(sheet)
    linli(environ, "import", "buildings", str(sheet))
    linli(
        environ,
        *("staff", "add", "chen", "--role", "planner", "--community", "AL-001", "--password-stdin"),
        typed=PASSWORD,
    )
    process = LinliProcess(data_dir)
    process.wait_ready(60)
    yield process
    assert process.end() == 0, process.output


def linli(environ: dict[str, str], *words: str, typed: str = "") -> str:
    done = subprocess.run(
        [str(LINLI), *words], env=environ, input=typed, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def say(phone: Page, text: str) -> None:
    phone.get_by_role("textbox").first.fill(text)
    before = phone.locator(".turn, article, [data-message]").count()
    phone.get_by_role("button", name="发送", exact=True).click()
    phone.wait_for_function("n => document.body.innerText.length > n", arg=before)


def sign_in(desk: Page, address: str) -> None:
    desk.goto(f"{address}/desk/")
    desk.locator("input[name=username]").fill("chen")
    desk.locator("input[name=password]").fill(PASSWORD)
    desk.keyboard.press("Enter")
    desk.get_by_text("待受理").first.wait_for()


def promote(desk: Page, address: str, number: str, *, title: str, quantity: str, unit: str, cost: str) -> None:
    desk.goto(f"{address}/desk/complaints/{number}")
    desk.keyboard.press("a")
    desk.get_by_text("已受理").first.wait_for()
    desk.keyboard.press("p")
    desk.wait_for_url("**/desk/promote*")
    for name, value in {"title": title, "quantity": quantity, "unit": unit, "unit_cost": cost}.items():
        desk.locator(f"[name={name}]").fill(value)
    desk.keyboard.press("Control+Enter")
    desk.wait_for_url("**/desk/plans/*")


def decide(desk: Page, address: str, title: str, action: str, reason: str = "") -> None:
    desk.goto(f"{address}/desk/plans/AL-001")
    desk.locator("tr", has_text=title).get_by_role("link", name=action).or_(
        desk.locator("tr", has_text=title).get_by_role("button", name=action)
    ).first.click()
    if reason:
        desk.locator("[name=reason]").fill(reason)
        desk.locator("button[name=preview]").click()
    desk.locator("button[name=confirmed]").click()
    desk.wait_for_load_state()


def test_a_sentence_becomes_a_line_of_the_plan_and_its_end_is_read_in_the_chat(
    running: LinliProcess, browser: Browser, environ: dict[str, str], tmp_path: Path
) -> None:
    phone = browser.new_context(viewport={"width": 375, "height": 812}, locale="zh-CN").new_page()
    phone.goto(f"{running.address}/c/AL-001?b=3&u=2")
    say(phone, "三幢二门顶楼，一下雨就漏，墙都发霉了")
    phone.get_by_text("顶层漏雨").first.wait_for()
    leak = numbers(phone)[-1]
    say(phone, "都没有")
    say(phone, "院子里能不能装个充电桩，电动车没地方充电，3栋2单元")
    phone.wait_for_function("n => new Set(document.body.innerText.match(/LL-\\d{4}-\\d{6}/g)).size > n", arg=1)
    charging = next(number for number in numbers(phone) if number != leak)

    desk = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
    sign_in(desk, running.address)
    assert "一下雨就漏" in desk.inner_text("body")
    promote(desk, running.address, leak, title="屋面防水翻修", quantity="430", unit="平方米", cost="110")
    promote(desk, running.address, charging, title="电动车充电桩", quantity="6", unit="套", cost="3000")
    decide(desk, running.address, "屋面防水翻修", "列入")
    decide(desk, running.address, "电动车充电桩", "不列入", "院子里电容量不够，等电网改造后再装。")

    word = tmp_path / "plan.docx"
    linli(environ, "export", "plan", "AL-001", "-o", str(word))
    document = Document(str(word))
    text = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert "屋面防水翻修" in text
    assert "电容量不够" in text

    say(phone, charging)
    phone.get_by_text(re.compile("电容量不够")).first.wait_for()
    say(phone, leak)
    phone.get_by_text(re.compile("第1项")).first.wait_for()

    desk.goto(f"{running.address}/desk/outbox")
    assert "电容量不够" in desk.inner_text("body"), "outside live mode what is sent unasked is held and shown"


def numbers(phone: Page) -> list[str]:
    return list(dict.fromkeys(re.findall(r"LL-\d{4}-\d{6}", phone.inner_text("body"))))


def test_numbers_of_a_sheet_without_a_county_begin_with_ll(running: LinliProcess, environ: dict[str, str]) -> None:
    said = linli(environ, "chat", "--community", "AL-001", "--json", typed='{"text": "5栋1单元楼道灯坏了"}\n')
    assert re.search(r'"complaints": \["LL-\d{4}-000001"\]', said)
