"""The notations in which residents give building, unit, floor and room, and the numbers that look like them."""

from __future__ import annotations

import re

from nlp.watch import Watched

CHINESE = "零〇一二三四五六七八九十百"
NUMBER = rf"(?:\d{{1,3}}|[{CHINESE}壹贰叁肆伍陆柒捌玖拾]{{1,4}})"
SMALL = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3}|[壹贰叁肆伍陆柒捌玖拾]{1,2})"
_DIGIT = "[零〇一二三四五六七八九]"
JOIN = r"\s*(?:[、,，/+&]|和|跟|与|及|以及|还有)\s*"
TO = r"\s*(?:到|至|-|~|～)\s*"

# What must never be read as an address; blotted out before the addresses are looked for.
NOISE = Watched(
    "|".join(
        (
            r"(?<![\dA-Za-z])[A-Za-z]{1,4}-\d{4}-\d{4,8}",  # complaint numbers
            r"(?<!\d)1[3-9]\d[\d*xX][\s-]?[\d*xX]{4}[\s-]?[\d*xX]{3,4}(?!\d)",  # mobile telephones, masked ones too
            r"(?<!\d)0\d{2,3}[-\s]?\d{7,8}(?!\d)",  # landlines
            r"(?:电话|手机|号码|联系方式|[Qq]{2}群?|微信号?|V信|v信)[号是为:：\s]{0,3}[A-Za-z]*\d{3,}",
            r"(?<!\d)\d{7,}(?!\d)",  # any long number
            r"(?<!\d)(?:12345|12315|12110|95598|96333|9\d{4}|1[12]\d)(?=热线|电话|[^\d栋幢座号#室房单\-/]|$)",
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{5,6}",
            r"(?:19|20)\d{2}\s*[年./-]\s*(?:\d{1,2}\s*[月./-]?\s*(?:\d{1,2}\s*[日号]?)?)?",  # dates
            r"(?<!\d)(?:19|20)\d{2}(?:\s*[-~至到]\s*(?:19|20)\d{2})?(?=建|修|盖|入住|交房|的房|年)",
            r"(?<!\d)\d{1,2}\s*月\s*(?:份|底|初|中旬)?\s*(?:\d{1,2}\s*[日号])?",
            r"(?<!\d)\d{1,2}[./]\d{1,2}\s*[日号](?![楼栋])",
            r"(?<=[上这本下每]月)\d{1,2}\s*[日号]|(?<=月[初底])\d{1,2}\s*[日号]",
            r"(?<!\d)\d{1,2}\s*[日号](?=上午|下午|早上|晚上|中午|凌晨|夜里|那天|开始|之前|以前|来|停|到|至)",
            r"(?<!\d)\d{1,2}[:：]\d{2}(?::\d{2})?",  # clock
            r"(?<!\d)\d{1,2}\s*(?:点钟?|时)(?:\s*\d{1,2}\s*分)?",
            r"\d+(?:\.\d+)?\s*(?:元|块|万|角|毛|¥|￥|人民币|平方米|平方|平米|㎡|m2|米|公里|千米|厘米|公分|毫米|km|cm|mm)",
            r"[¥￥]\s*\d+(?:\.\d+)?",
            r"\d+(?:\.\d+)?\s*(?:年(?!年)|个月|月(?!月)|个|次|岁|辆|户人|多户|余户|几户|度|℃|%)",
            r"(?<![\d栋幢座元门楼层#号-])(?<![栋幢座元门楼#]\s)\d+\s*(?:天(?!天)|日(?!日)|周|回|趟|遍|人|位|名|口|台|部|根|条|只)",
            r"(?<!\d)(?<![栋幢座元门楼层#号-])\d{1,2}\s*家",
            r"\d+(?:\.\d+)?\s*(?:分钟|小时|秒|千瓦|kw|KW|W\b|瓦|伏|V\b|安培|斤|公斤|吨|倍|分贝|路公交|路车)",
            r"(?<![\d栋幢座元门楼层#号-])(?<![栋幢座元门楼#]\s)\d+\s*(?:升|份|张|盏|件|套|棵|株|袋|瓶|桶|节|级)",
            r"(?<![\d栋幢座元门楼层#号-])\d+\s*(?:多|余|几)?\s*户(?!型)",
            r"\d+\s*(?:来|多|余|几)\s*[\u4e00-\u9fff]",
            r"\d+\.\d+",
            rf"(?<![{CHINESE}两几半好多])[{CHINESE}两几半好多]{{1,6}}(?:个|天(?!天)|年(?!年)|次|回|趟|户人|口人|块钱|元|岁|辆|分钟|小时|点(?!$))",
            r"(?:[\u4e00-\u9fff](?:路|街|巷|大道|胡同|弄))\s*\d{1,4}\s*号(?!楼|栋)",  # street numbers
            r"(?<!\d)\d{1,3}\s*路(?=公交|车|的车|汽车)",
            rf"(?:\d{{2,4}}|[{CHINESE}]{{2,4}})(?:厂|医院|地质队|勘探队|部队|宿舍|队宿舍|所宿舍|基地)",
            r"[一二两三四五六七八九十]梯[一二两三四五六七八九十]户|\d梯\d户",
            rf"(?:{NUMBER})\s*期",
        )
    )
)

_NOT_A_COUNT = r"(?<![这那哪每整某几多两另同隔有建盖拆共])(?<!有过)(?<!一共)(?<!总共)(?<!前面)(?<!旁边)(?<!隔壁)"
_BUILDING_MARK = (
    r"(?:号\s*楼|号\s*栋|号\s*幢|号\s*住宅楼|栋|幢|#\s*(?:楼|栋|幢)?"
    r"|座(?!桥|山|城|亭|公厕|厕所|化粪|塔|庙|房子|楼房|大楼|位|谈))"
)
_AFTER_BUILDING = r"(?!\s*(?:违建|小楼|房子|房屋|别墅|居民楼|高楼|住宅|老楼|老房))"
_LETTER = r"(?<![A-Za-z\d])[A-Za-z]\d{0,2}|(?<![A-Za-z\d])\d{1,3}[A-Za-z]|(?<![A-Za-z\d])[A-Za-z]{2}(?=栋|座|幢)"
BUILDING_NAME = rf"(?:{_LETTER}|[甲乙丙丁戊](?=栋|幢|座|号楼)|(?<![\d.{CHINESE}])(?:第\s*)?{NUMBER})"

BUILDINGS = Watched(
    rf"{_NOT_A_COUNT}(?P<list>{BUILDING_NAME}(?:\s*{_BUILDING_MARK})?"
    rf"(?:(?:{JOIN}|{TO}|(?<=栋|幢|座|楼)\s*|(?<=#)\s*)(?:第\s*)?(?:[A-Za-z]\d{{0,2}}|\d{{1,3}}[A-Za-z]?|[{CHINESE}]{{1,3}})"
    rf"(?:\s*{_BUILDING_MARK})?){{0,12}}?\s*{_BUILDING_MARK}){_AFTER_BUILDING}"
)
# "三楼二单元" and "3楼2门" name a building; a lone number of storeys before a unit never is one.
BUILDING_AS_FLOOR = Watched(rf"(?<![\d.{CHINESE}])(?P<building>{NUMBER})\s*楼\s*(?={SMALL}\s*(?:单元|门洞|门(?!口)))")
BUILDING_LETTER_FLOOR = Watched(r"(?<![A-Za-z\d])(?P<building>[A-Z])\s*楼")
BUILDING_NUMBER_BEFORE_UNIT = Watched(
    rf"(?<![\d.{CHINESE}\-])(?P<building>\d{{1,3}}|[A-Z]\d{{0,2}})\s*(?:号|-|—|\s)\s*(?={SMALL}\s*(?:单元|门洞))"
)

COMPACT = Watched(
    r"(?<![\dA-Za-z.])(?P<building>[A-Za-z]?\d{1,3}[A-Za-z]?|[A-Za-z])\s*(?:[栋幢座#]|号楼)?\s*[-/—_.、 ]\s*"
    r"(?P<unit>\d{1,2})\s*(?:单元|门)?\s*[-/—_.、 ]\s*(?P<room>\d{3,4})(?![\d:：]|\s*(?:元|块|年|米|万))"
)
COMPACT_MARKED = Watched(
    r"(?<![\dA-Za-z.])(?P<building>[A-Za-z]?\d{1,3}[A-Za-z]?|[A-Za-z])\s*(?:[栋幢座]|号楼|#\s*楼?)\s*[-/—_, ，]?\s*"
    r"(?P<unit>\d{1,2})\s*(?:[-/—_]|单元|门|#)\s*[-/—_, ，]?\s*(?P<room>\d{3,4})(?![\d:：]|\s*(?:元|块|年|米|万))"
)
COMPACT_PAIR = Watched(
    r"(?<![\dA-Za-z.\-/])(?P<building>[A-Za-z]?\d{1,2})\s*[-—]\s*(?P<room>[1-9]\d{2,3})(?![\d\-/:：~]|\s*(?:元|块|年|米|万|名|页))"
)
COMPACT_ONLY = re.compile(r"\s*(?P<building>\d{1,3}|[A-Za-z]\d{0,2})\s*[-/#栋幢]\s*(?P<unit>\d{1,2})\s*")

UNITS = Watched(
    rf"(?<![个每整全各半共另{CHINESE}])(?P<list>(?:第\s*)?(?:{SMALL}|[甲乙丙丁东西南北中A-Za-z])"
    rf"(?:(?:{JOIN}|{TO}|单元\s*)(?:{SMALL}|[甲乙丙丁A-Za-z])){{0,8}}?)\s*单元(?!房|式|楼房)"
)
UNIT_AS_GATE = Watched(
    rf"(?:(?<=[栋幢座#楼])|(?<=栋的)|(?<=栋第))\s*(?P<unit>{SMALL}|[东西中])\s*(?:门洞|门(?!口|面|诊|卫|窗|框|铃|锁)|梯(?![\d一二两三四五六七八九]+户)|单(?!元|位))"
)
GATE_BEFORE_HOME = Watched(rf"(?<![\d{CHINESE}])(?P<unit>{SMALL})\s*门洞?\s*(?=(?:{SMALL}\s*[楼层]|[1-9]\d{{2,3}}))")
GATE_HOLE = Watched(rf"(?<![\d{CHINESE}个])(?P<unit>{SMALL})\s*(?:号\s*)?门洞")

_FLOOR_NUMBER = r"(?:-?\d{1,2}|负?[一二三四五六七八九十]{1,3}|负\d)"
FLOORS = Watched(
    rf"(?<![\d.{CHINESE}号大教综办掉])(?<![掉降坠滑]到)(?P<list>(?:第\s*)?{_FLOOR_NUMBER}(?:(?:[楼层]?{JOIN}|{TO}|(?=负)){_FLOOR_NUMBER}){{0,8}})\s*"
    rf"(?P<mark>楼(?!层)|层)(?!\s*{SMALL}\s*(?:单元|门洞))"
)
FLOOR_IS_A_COUNT_BEFORE = re.compile(
    r"(?:有|共|总|计|总共|一共|只有|盖|加盖|加|建|高|楼高|每|几|整|这|那|另|刷|落|铺|结|长|蒙|掉|涂|贴|抹|浮|起|了|薄|厚|的|上|一)\s*$"
)
FLOOR_IS_A_COUNT_AFTER = re.compile(
    r"\s*(?:楼|高|以上|以下|住宅|老楼|小楼|的楼|的房|灰|油|水|皮|漆|沙|土|泥|厚|薄|铁|保|防|冰|膜|纸|砖|涂|一层)"
)
STOREYS_AFTER = re.compile(r"\s*(?:高的楼|以上|以下|的老楼|老楼)")
TOP_FLOOR = Watched(r"顶楼|顶层|顶上那?一?层|最高(?:一|那)?层|最上面(?:一|那)?层|最顶(?:上|层|楼)")
BOTTOM_FLOOR = Watched(r"底楼|底层(?!架|群众|老百姓|百姓|人)|一楼门面")
BASEMENT = Watched(r"地下(?P<floor>[一二三123])[层楼]|(?<![A-Za-z])[Bb](?P<letter>[123])(?:层|楼|车库)")

ROOM_MARKED = Watched(
    r"(?<![\d\-.])(?P<room>[1-9]\d{2,3})\s*(?:室|房(?!子|屋|价|租|东|改|产|顶|间|贷)|号房|号室|住户|家(?!具|电|门口的)|那家|那户)"
)
ROOM_CHINESE = Watched(
    rf"(?<![{CHINESE}\d])(?P<room>[一二三四五六七八九]{_DIGIT}{_DIGIT}|一{_DIGIT}[零〇]{_DIGIT}|[一二三]{_DIGIT}{_DIGIT}{_DIGIT})(?!{_DIGIT})"
    r"(?=室|房|号|户|家|的|住|楼上|楼下|厨房|卫生间|，|,|。|！|\s|$|[\u4e00-\u9fff])"
)
ROOM_AFTER_PLACE = re.compile(r"[\s,，、\-—_]{0,2}(?P<room>[1-9]\d{2,3})(?![\d:：]|\s*(?:年|元|块|米|万|多|平))")
ROOM_SAID_MINE = Watched(
    r"(?:我家|我住|住在|住的|我是|我们家|房号是?|房间号是?|门牌号?是?|室号)\s*(?P<room>[1-9]\d{2,3})(?=$|[^\d元块万年米个户])"
)
ROOM_ONLY = re.compile(r"\s*(?P<room>[1-9]\d{2})\s*[。.!！]?\s*")
MORE_ROOMS = re.compile(
    r"\s*(?:[、,，/]|和|跟|与)\s*(?P<room>[1-9]\d{2,3})(?![\d:：]|\s*(?:年|元|块|米|万|多|个|户|人|平|天|次))"
)

WHOLE_COMMUNITY = Watched(
    r"(?:整个|全|我们整个|整)(?:小区|院子?|大院|社区|园区)|小区(?:里)?(?:到处|处处|全部|所有)|(?:小区|院子?)(?:里)?(?:家家户户|所有(?:楼|人|业主|住户))|每(?:栋|幢)楼?都|所有楼栋|好多栋|全部楼"
)
WHOLE_BUILDING = Watched(r"整(?:栋|幢|个单元|座楼)|全楼|一整栋|(?:一|整)个单元|全单元|楼上楼下都|几十户|整层")
