"""What the dialogue itself must read in a text, beside its understanding: yes and no, numbers, taps typed as words."""

from __future__ import annotations

import re
import unicodedata

from bot.dialogue import clearing, moods
from bot.replies.catalogue import QUICK_DANGER, SAFETY_TAPS
from services.numbers import FULL_NUMBER

_END = r"[\s。．.!！~～,，、;；…]*"
_NONE = re.compile(
    r"^(?:现在|目前|暂时|这会儿?)?(?:都|全都|倒)?(?:没有?|冇得?|冒得|无)(?:得)?(?:啊|的|呢|呀|哈|了|事)?"
    r"(?:什么)?(?:危险|问题|人受伤|受伤|情况)?(?:啊|的|呢|呀|哈|了)?(?=$|[\s。．.!！~～,，、;；…]|就是|只是|不过)"
    r"|^危险(?:倒是?|是)?(?:没有|没得|没|不大)(?=$|[\s。．.!！~～,，、;；…]|就是|只是|不过)"
    r"|^(?:不危险|没(?:什么)?(?:事|危险)|没啥(?:事|危险)?|安全的?|都还?好|no|nope|none)(?=$|[\s。．.!！~～,，、;；…]|就是|只是|不过)",
    re.IGNORECASE,
)
_DENIED = r"(?<!没有)(?<!没)(?<!不)(?<!未)(?<!无)"
_TAPS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("fire", re.compile(_DENIED + r"(?:着火|起火|失火|冒烟|冒火|火灾|烧起来|烧着)")),
    (
        "leak",
        re.compile(
            _DENIED
            + r"(?:漏电|触电|带电|麻手|火花|漏气|漏煤气|漏燃气|(?:有|闻到|股).{0,3}(?:煤气|燃气|天然气)"
            + r"|煤气味|燃气味)"
        ),
    ),
    ("injured", re.compile(_DENIED + r"(?:有人受伤|受伤|伤到人|伤了人|砸到人|摔伤|摔倒|流血|晕倒|昏倒|骨折)")),
    (
        "falling",
        re.compile(_DENIED + r"(?:正在掉|在掉|往下掉|掉东西|掉下来|掉砖|掉瓷砖|有坑|有个坑|大坑|塌了|塌陷|井盖)"),
    ),
)
_WITHDRAW_AT_THE_END = re.compile(
    r"(?:不用(?:你们|再|麻烦)?(?:来|管|修|处理|办|派人)(?:人)?了?|不报了|不用报了|撤回(?:吧|了)?|取消(?:吧|了)?)"
    + _END
    + "$"
)
_YES = re.compile(
    r"^(?:有|有的|有啊|是|是的|对|对的|嗯+|要|要的|确认|确定|可以|好|好的|yes|y|ok)" + _END + "$", re.IGNORECASE
)
_NO = re.compile(
    r"^(?:先|暂时|还是|那)?(?:不|不要|不用|不删|不了|否|别|别删|不是|算了|取消|no|n)(?:了|吧|啊)?" + _END + "$",
    re.IGNORECASE,
)
_ACK = re.compile(
    r"^(?:好+|好的|好嘞|好滴|行|行吧|可以|嗯+|哦+|噢|知道了|晓得了|晓得哒|明白了?|收到|了解|ok|okay|谢谢你?您?们?|多谢|谢了|谢谢啊|辛苦了?|麻烦了|麻烦你们了"
    r"|(?:没事[,， ]*)?(?:我)?(?:就|只)?(?:是)?(?:随便)?(?:看看|说说|试试|问问|玩玩)(?:的|而已)?"
    r"|(?:好的?|行)?[,， ]*(?:那)?我(?:就)?等(?:着|等|你们?)?(?:消息|电话)?(?:吧|了)?"
    r"|(?:好的?|行|知道了|晓得了|收到)[,， ]*(?:谢谢你?您?们?|多谢|辛苦了?|麻烦了?|了))" + _END + "$",
    re.IGNORECASE,
)
_BARE_SERIAL = re.compile(r"^(?:查|查下|查一下|编号|单号|号)?[\s:：#是]*(\d{1,6})\s*(?:号)?" + _END + "$")
_MINE = re.compile(
    r"^(?:查进度|查一?下进度|进度|我的诉求|我报的事|我反映的事|我的事|查诉求|查询|查|查查)[?？]?" + _END + "$"
)
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])")
_ASKS_PHONE = re.compile(
    r"(?:电话(?:号码)?(?:是)?(?:多少|几号|好多)|(?:给|发|有没有|要)(?:我|个|一个|下|一下){0,2}(?:你们?|社区|联系|值班|物业)?(?:的)?(?:联系)?电话"
    r"|打(?:哪个|什么|哪里的?)电话|怎么联系你们|联系(?:电话|方式)(?:是)?(?:多少|什么|呢)?$)"
)
_NAMED_COMMAND = re.compile(r"^/([A-Za-z_]+)(?:@\w+)?(?:\s+(.*))?$", re.DOTALL)
_WITHDRAW = re.compile(
    r"^(?:那)?(?:还是)?(?:算了(?:吧)?[,，\s]*)?(?:不报了|我?不报了|撤回|撤销|撤了吧?|撤掉|取消(?:掉|吧|了)?|不用来了|不用(?:你们)?(?:管|修|处理|办)了|不要了|算了|算了吧|算哒)"
)
_ADDS = re.compile(r"^(?:还有|另外|还想说|对了|补充一?下?|再补充|再说一?[下件个]|还有一?[件个])")
_WORTH_ADDING = re.compile(r"[\u4e00-\u9fff]")
_ASKING_BACK = re.compile(r"[?？]|吗$|呢$|笑话|唱歌|你是谁|你叫什么|机器人")


_VAGUE = {
    *("说不清", "说不清楚", "不知道", "我不知道", "不清楚", "我不清楚", "不晓得", "我不晓得", "搞不清", "搞不清楚"),
    *("不好说", "说不好", "难说", "不一定", "看不出来", "看不出", "不敢说"),
    *("记不清", "记不得", "忘了", "不太清楚", "不懂", "不确定", "晓不得", "不晓得啊", "不知道啊", "我也不知道"),
}
_EVERYWHERE = {
    *("整个小区", "全小区", "小区", "整个院子", "全院", "全院都是", "整个大院", "院子里都是", "都是", "到处都是"),
    *("到处", "哪里都是", "哪里都行", "每栋都是", "每一栋", "全部", "所有楼栋", "整个小区都是", "全小区都这样"),
}
_OWN_BUILDING = re.compile(
    r"(?:就是?|还是)?(?:在)?(?:我们?|我家|咱们?|本)(?:住的)?(?:这|那)?(?:一)?(?:栋|幢|栋楼|楼|单元)(?:楼)?(?:里|这里|楼里)?(?:啊|的|嘛)?"
)
_PLACE_WORDS = re.compile(
    r"(?:[\s,，、。.!！]|我家?|我们|住|就|是|在|的|啊|呢|哈|吧|那|这|边|里|家|户"
    r"|[0-9零一二三四五六七八九十百]{1,4}|[A-Za-z]|[甲乙丙丁东南西北]|栋|幢|号楼|座|单元|门|楼|层|室|房|号"
    r"|顶楼|隔壁|旁边?|楼上|楼下|对面|前面?|后面?|前头|后头|下面|上面|门口|侧面?|中间|之间|和|跟|到|拐角|楼道)+"
)
_NEXT = re.compile(
    r"(?:那|那么)?(?:然后|接下来|后面|下一步|之后)(?:呢|怎么办|怎么弄|怎么样|干什么|做什么)*[?？。\s]*"
    r"|(?:大概|还|那|那还)*(?:要|得)?等?(?:多久|好久|几天|几时|多长时间)(?:来|能来|能好|能修好|修好|处理|有人来)?(?:啊|呢|呀)?[?？。\s]*"
    r"|(?:什么时候|几时|哪天)(?:能|会)?(?:来|来人|来看|来修|派人来)(?:啊|呢|呀)?[?？。\s]*"
)
_NOT_SOLVED = re.compile(
    r"没(?:有)?(?:修|弄|搞|处理|解决)好|没解决|白(?:弄|修|搞)|跟没修一样|不管用|没用"
    r"|(?:修|弄|搞|通|处理|换)(?:过|了|好).{0,12}(?:又|还是|还在|照样)|又(?:堵|漏|坏|不亮|停|臭|返|渗|掉)"
)
_HELP = re.compile(
    r"(?:你)?(?:说)?(?:的)?(?:这)?(?:是)?(?:什么意思|啥意思|没看懂|看不懂|没懂|不会用|不会弄|不会写|帮助|使用说明)(?:啊|呢)?[?？。\s]*"
    r"|(?:这个?|这里)?(?:怎么|咋|咋个|如何)(?:报|用|说|弄|操作|写|反映)(?:事|诉求|呢|啊)?[?？。\s]*"
)
_OTHERS = re.compile(
    r"(?:住的?(?:是|的是)?谁|谁(?:家)?住|是谁(?:家)?(?:报|说|反映|投诉)的?)"
    r"|(?:告诉|发|给)(?:我)?(?!你们|社区|物业|我的)[^,，。]{1,8}的(?:手机|电话|住址|身份证|名字)"
    r"|(?:楼上|楼下|隔壁|对门|他|她|他家|她家|\d{3,4})(?:住户|邻居|那家)?的?(?:电话|手机号?|名字)(?:是多少|多少|给我|告诉我|发我)"
)
_HOW_IT_GOES = re.compile(
    r"怎么样|咋样|怎么说|进度|进展|到哪|结果|什么时候|几时|多久|派人没|派人了?吗|单号|编号|查|催|处理(?:得|到|了没|好没)"
    r"|办(?:得|到|了没|好没)|有没有|[?？]|回复|回音|消息"
)
_DELETE = re.compile(
    r"(?:请|帮我|给我|我要)?(?:全部|都|全)?(?:删除|删掉|删了|清除|注销|删)(?:吧|掉|了|全部|我的(?:全部)?(?:信息|记录|数据))?[。.!！\s]*"
)
_DATA = re.compile(
    r"存|删|信息|隐私|资料|数据|记录|注销|电话|号码|手机|个人|保存|泄露|授权|同意|身份证|姓名|名字|实名|匿名|保密|公开"
    r"|照片|聊天|住址|账号|人脸|知道我|谁看|看到我|退订|登记|户主|病历|不让人|拍到"
)
_ROOM = re.compile(r"([1-9]\d?0[1-9]|[1-9]\d?1\d)(?:室|房|号房)?")


def plain(text: str) -> str:
    """One notation for width, without outer blanks."""
    return unicodedata.normalize("NFKC", text).strip()


def storable(text: str) -> str:
    """What a database can hold: no NUL, no half of a pair; otherwise as said."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def same_words(first: str, second: str) -> bool:
    """Whether two messages say the same, apart from blanks and marks."""
    return _letters(first) == _letters(second) != ""


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", plain(text)).lower()


def safety_tap(text: str) -> tuple[str | None, str]:
    """The typed answer to the safety question, and what else was said: ("none", "3栋2单元"), (None, text).

    Only short texts are answers; a long one is a report and is understood as such.
    """
    said = plain(text)
    for tap, label in SAFETY_TAPS.items():
        if said.strip("。.!！ ") == label:
            return tap, ""
    if moods.denies_danger(said):
        return "none", ""
    none = _NONE.match(said)
    if none:
        rest = said[none.end() :].strip(" 。.!！~～,，、;；…")
        if not any(pattern.search(rest) for _, pattern in _TAPS):
            return "none", rest
    if len(said) <= 20:
        for tap, pattern in _TAPS:
            if pattern.search(said):
                return tap, ""
    return None, said


def is_plain_danger(text: str) -> bool:
    """Whether nothing but the danger stands there: 漏电, 有煤气味, 有点麻手; a place or a story makes it a report."""
    said = plain(text)
    for _, pattern in _TAPS:
        said = pattern.sub("", said)
    return len(_letters(re.sub(r"[有是的了啊呀点闻到现在就还在股好大很浓]|刚才|一", "", said))) <= 2


def is_place_words(text: str) -> bool:
    """Whether nothing but a place stands there: 2栋前面, 3栋1单元201隔壁."""
    said = plain(text)
    return re.search(r"栋|幢|号楼|座|单元|楼|室|门", said) is not None and _PLACE_WORDS.fullmatch(said) is not None


def asks_next(text: str) -> bool:
    """然后呢, 要等多久: what will happen to what was just said."""
    return _NEXT.fullmatch(plain(text)) is not None


def asks_how_it_goes(text: str) -> bool:
    """Whether a text asks, and does not only tell that it was said before."""
    return _HOW_IT_GOES.search(plain(text)) is not None


def names_a_person(text: str) -> bool:
    """Whether somebody to talk to is asked for in so many words."""
    return re.search(r"人|工|客服|领导|主任|书记|电话|面谈|机器", text) is not None


def tells_trouble(text: str) -> bool:
    """Whether something is wrong in a text, whatever else it says."""
    return re.search(r"不|没|坏|漏|堵|太|脏|臭|破|断|烂|吵|掉|裂|塌|陡|乱", text) is not None


def says_not_solved(text: str) -> bool:
    """修过了又堵, 白弄: what was done did not help."""
    return _NOT_SOLVED.search(text) is not None


def asks_help(text: str) -> bool:
    """怎么报, 什么意思: what can be done here."""
    return _HELP.fullmatch(plain(text)) is not None


def asks_about_others(text: str) -> bool:
    """Who lives there, who said it, their telephone: never told."""
    return len(text) <= 30 and _OTHERS.search(plain(text)) is not None


def is_vague(text: str) -> bool:
    """不晓得, 说不清: an honest answer to whatever was asked."""
    return plain(text).strip("。.!！~ ") in _VAGUE


def says_own_building(text: str) -> bool:
    """就是我们这栋: a building, for those who know where she lives."""
    return _OWN_BUILDING.fullmatch(plain(text).strip("。.!！~ ")) is not None


def says_everywhere(text: str) -> bool:
    return plain(text).strip("。.!！~ ") in _EVERYWHERE


def says_delete(text: str) -> bool:
    """删除, as the notice says it: the word alone."""
    return _DELETE.fullmatch(plain(text)) is not None


def is_about_data(text: str) -> bool:
    """Whether a text speaks of what is kept of people at all."""
    return _DATA.search(text) is not None


def room_number(text: str) -> str | None:
    """ "601" or "601室" alone; None for anything that is no room."""
    found = _ROOM.fullmatch(plain(text).strip("。.!！ "))
    return found.group(1) if found else None


def is_yes(text: str) -> bool:
    return _YES.match(plain(text)) is not None


def is_no(text: str) -> bool:
    return _NO.match(plain(text)) is not None


def refuses(text: str) -> bool:
    """Whether a text holds a no: 先别删."""
    return re.search(r"不|别|勿|莫|算了", text) is not None


def is_acknowledgement(text: str) -> bool:
    """好的, 嗯, 知道了: an answer that asks for nothing."""
    return _ACK.match(plain(text)) is not None


def thanks(text: str) -> bool:
    return re.search(r"谢|辛苦|麻烦", text) is not None


def names_number(text: str) -> bool:
    return FULL_NUMBER.search(plain(text)) is not None


def only_a_number(text: str) -> bool:
    """Whether nothing but a number stands there, in full or running."""
    said = plain(text)
    full = FULL_NUMBER.search(said)
    if full:
        return len(_letters(said.replace(full.group(), ""))) <= 4
    return _BARE_SERIAL.match(said) is not None


def bare_digits(text: str) -> str | None:
    """ "3" of "3", "3栋" stays a place; None when there is more than digits."""
    said = plain(text)
    return said if said.isdecimal() and len(said) <= 3 else None


def asks_for_own(text: str) -> bool:
    return _MINE.match(plain(text)) is not None


def asks_phone(text: str) -> bool:
    return len(text) <= 24 and _ASKS_PHONE.search(plain(text)) is not None


def is_injected(text: str) -> bool:
    """An order to the machine, or a request for other people's data, and no problem beside it."""
    said = plain(text)
    return clearing.ORDER.search(said) is not None and not clearing.is_left(said)


def is_red_button(text: str) -> bool:
    return plain(text).strip("。.!！?？ ") in {QUICK_DANGER, "有危险", "危险"}


def phone_in(text: str) -> str | None:
    found = _PHONE.search(plain(text))
    return re.sub(r"\D", "", found.group(1)) if found else None


def has_identity_number(text: str) -> bool:
    return _IDENTITY.search(plain(text)) is not None


def command(text: str) -> tuple[str, str] | None:
    """("start", "YX-KCSJY") of "/start YX-KCSJY"; None for anything that is no command."""
    found = _NAMED_COMMAND.match(plain(text))
    return (found.group(1).lower(), (found.group(2) or "").strip()) if found else None


def says_withdraw(text: str) -> bool:
    """算了, 不报了, 撤回: short enough to say nothing else."""
    said = plain(text)
    if len(said) <= 30 and _WITHDRAW_AT_THE_END.search(said):
        return True
    return len(said) <= 16 and _WITHDRAW.match(said) is not None


def adds(text: str) -> bool:
    return _ADDS.match(plain(text)) is not None


def holds_words(text: str) -> bool:
    """Whether something is told at all: two different characters, and nothing asked back."""
    return len(set(_WORTH_ADDING.findall(text))) >= 2 and not _ASKING_BACK.search(plain(text))


def goes_on(text: str) -> bool:
    """今天更臭了, 还是漏: the same matter, later."""
    return re.search(r"更|还是|还在|越来越|依旧|仍然|一直没|又(?:开始|漏|堵|坏|臭|停)", text) is not None


def is_worth_adding(text: str) -> bool:
    """Whether something not understood may still be a detail of what was just reported."""
    return len(set(_WORTH_ADDING.findall(text))) >= 4 and not _ASKING_BACK.search(plain(text))


def deletes(text: str) -> bool:
    return (
        re.search(r"删|注销|清除|抹掉|(?:不想|不要|别|不许|不准)(?:再)?(?:留|存|保存)|撤回同意|忘了我", text)
        is not None
    )


def means_phone(text: str) -> bool:
    return re.search(r"手机|电话|号码", text) is not None and re.search(r"信息|全部|所有|都删|说过的", text) is None


_SPOT = re.compile(r"[前后边旁门口里内外上下侧角处路街坡院楼栋屋房坪场亭棚库站店池桥沟]")


def is_a_spot(text: str) -> bool:
    """Whether short words answer "where": they hold a word of place and ask for nothing."""
    said = plain(text).strip("。.!！ ")
    named = _SPOT.search(said) or re.search(r"^(?:就|都)?在.|(?:那|那里|那儿|这里|这儿)$", said)
    return named is not None and not _ASKING_BACK.search(plain(text))


_SPOT_ONLY = re.compile(
    r"(?:就|好像)?(?:是|在)?[\w、，,]{1,12}?(?:门口|大门|旁边?|后面|前面|后头|前头|楼下|楼上|对面|边上|那边|这边|附近|角落|里面|外面|中间"
    r"|入口|出口|拐角|路口|隔壁)(?:那里|那儿|那边|这里|这儿|处|的?位置)?"
)


def is_only_a_spot(text: str) -> bool:
    """Whether short words do nothing but name a spot: 在小区门口, 垃圾站旁边."""
    return len(text) <= 16 and _SPOT_ONLY.fullmatch(plain(text).strip("。.!！ ")) is not None


def spot(text: str) -> str:
    """ "就在小区门口。" names 小区门口."""
    return re.sub(r"^(?:就|好像)?(?:是|在)", "", plain(text).strip("。.!！ "))


def gives_phone(text: str) -> bool:
    """Whether a telephone number is given, and nothing said about what is kept or erased."""
    return phone_in(text) is not None and re.search(r"删|存了?|保存|信息|隐私|资料|数据|注销|同意|泄露", text) is None
