"""What files nothing: greetings, thanks, praise, advertisements, commands, orders to the machine."""

from __future__ import annotations

import re

from bot.dialogue import reading, status
from bot.dialogue.turn import Turn

_DONE = re.compile(r"修好|好了|解决了|弄好|满意|不错|挺好")
_NOT_DONE = re.compile(r"没|不(?!错)|又|还是|白|差")
_URGES = re.compile(r"催|快点|怎么还(?:没|不)|还没(?:来|人|动静|修|处理)|没人(?:来|管)")


def run_command(turn: Turn, name: str) -> None:
    """/start, /help, /status, /stop; any other command is answered with what can be done."""
    if name == "start":
        turn.say("community_chosen", community=turn.community.name)
    elif name == "status":
        status.own(turn)
    elif name == "stop":
        turn.talk.contact.is_listed = False
        turn.say("stopped")
    else:
        turn.say("help")


def acknowledge(turn: Turn) -> None:
    """好的, 知道了, 谢谢: a short word back."""
    turn.say("thanks" if reading.thanks(turn.text) else "noted")


def is_content(text: str) -> bool:
    """Whether feedback says that it is done."""
    return _DONE.search(text) is not None and _NOT_DONE.search(text) is None


def says_done(text: str) -> bool:
    """修好了: the trouble itself is over."""
    return re.search(r"修好|弄好|解决了|搞好|通了|亮了|不漏了|来水了|来电了", text) is not None


def urges(text: str) -> bool:
    return _URGES.search(text) is not None
