"""Plays a written conversation through the terminal channel and writes it down as it went.

A conversation is Markdown: a resident's line is ``**r1** 09-14 09:12　words``; ``[words]`` presses a button and
``(photo)`` in front adds a photo. What the house answers stands below it as a quotation, with buttons and events.
"""

from __future__ import annotations

import io
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from bot.channels.console import Console, as_json
from linli.bootstrap import Container

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "conversations"
LINE = re.compile(r"^\*\*(?P<who>\w+)\*\* (?P<at>\d\d-\d\d \d\d:\d\d(?::\d\d)?)　(?P<said>.*)$")


@dataclass
class Talk:
    """Residents of one community talking; remembers the buttons each was shown."""

    house: Container
    community: str
    folder: Path

    def __post_init__(self) -> None:
        self.console = Console(
            self.house.reception, self.house.photos, self.house.clock, self.house.settings.zone, self.community
        )
        self.buttons: dict[str, dict[str, str]] = {}

    def say(self, said: str, *, at: datetime | str, who: str = "r1") -> dict[str, Any]:
        """One turn; ``[label]`` presses the button shown last under this label, the red one always."""
        given: dict[str, Any] = {"resident": who, "at": at if isinstance(at, str) else at.isoformat()}
        if said.startswith("(photo)"):
            given["photos"] = [str(self.photo())]
            said = said.removeprefix("(photo)").strip()
        if said.startswith("["):
            label = said.strip("[]")
            given["button"] = self.buttons.get(who, {}).get(label, "danger" if label == "现在有危险" else label)
        else:
            given["text"] = said
        answer = as_json(self.console.hear(given))
        shown = {button["label"]: button["value"] for reply in answer["replies"] for button in reply["buttons"]}
        self.buttons.setdefault(who, {}).update(shown)
        return answer

    def photo(self) -> Path:
        """A photo as a phone makes it."""
        path = self.folder / "photo.jpg"
        if not path.exists():
            out = io.BytesIO()
            Image.new("RGB", (640, 480), (120, 130, 110)).save(out, "JPEG")
            path.write_bytes(out.getvalue())
        return path


def played(text: str, talk: Talk) -> str:
    """The same conversation with what the house answers now."""
    lines: list[str] = []
    for line in text.splitlines():
        found = LINE.match(line)
        if found is None:
            if not line.startswith((">", "*→")):
                lines.append(line)
            continue
        at = datetime.fromisoformat(f"2026-{found['at']}").replace(tzinfo=talk.house.settings.zone)
        answer = talk.say(found["said"], at=at, who=found["who"])
        lines += [line, "", *_answered(answer)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _answered(answer: dict[str, Any]) -> list[str]:
    lines = []
    for reply in answer["replies"]:
        buttons = " ".join(f"`{button['label']}`" for button in reply["buttons"])
        lines += [f"> {reply['text']}", *([">", f"> {buttons}"] if buttons else []), ">"]
    lines.pop()
    if answer["events"]:
        lines += ["", f"*→ {', '.join(answer['events'])}*"]
    return [*lines, ""]


def rewrite() -> None:
    """Write every conversation as it goes now; read the difference before you commit it."""
    import tempfile

    from linli.bootstrap import build
    from models import Base
    from settings import load_settings
    from tests.factories.places import make_community, put_on_call

    for path in sorted(FOLDER.glob("*.md")):
        if path.name == "README.md":
            continue
        folder = tempfile.mkdtemp()
        house = build(load_settings({"LINLI_DATA_DIR": folder}))
        Base.metadata.create_all(house.database.engine)
        with house.database.transaction() as session:
            community = make_community(session, gas_hotline="0735-000 0220", property_phone="0735-000 0330")
            put_on_call(session, community)
            code = community.code
        path.write_text(played(path.read_text("utf-8"), Talk(house, code, Path(folder))), encoding="utf-8")
        house.database.close()


if __name__ == "__main__":
    rewrite()
    sys.exit(0)
