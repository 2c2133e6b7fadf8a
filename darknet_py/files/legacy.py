"""Which of the encodings from before UTF-8 a text is in: those in which it decodes, by how its words look then."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

__all__ = ["guesses"]

HEAD = 1 << 16      # bytes that are looked at
LEAST = 0.4         # of the score that a guess needs
NEAR = 0.2          # scores that are as good

SIMPLIFIED = set(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种车汽卡"
    "公交摩托飞机船火电动三轮猫狗鸟马牛羊猪鸡鸭鱼兔虎象熊鼠猴蛇男女老小孩童头盔安全帽带反光衣服裤鞋手套口罩烟雾红绿黄蓝黑白灰"
    "色灯牌标志路线杆塔桥楼房屋门窗桌椅床沙柜杯瓶碗盘刀叉筷勺水果苹香蕉橙桃梨葡萄西瓜树花草叶木石山海缺陷裂缝纹划痕孔洞污渍锈"
    "蚀异物正常破损书包箱袋球拍网键脑话视遥控钟表剪伞领滑板棒风筝长颈鹿斑前左右开关高低螺丝母钉垫片圈管阀胎油漆铁钢铜铝金银玻"
    "璃塑料纸布池芯焊点漏断短少多虚烧坏好宽度步类别层卷积核锚框络输入置信阈值训练批注释修改数据集目录检测识"
)
TRADITIONAL = set(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種車汽卡"
    "公交腳踏摩托飛機船火電動三輪貓狗鳥馬牛羊豬雞鴨魚兔虎象熊鼠猴蛇男女老小孩童頭盔安全帽帶反光衣服褲鞋手套口罩煙霧紅綠黃藍黑"
    "白灰色燈牌標誌路線桿塔橋樓房屋門窗桌椅床沙櫃杯瓶碗盤刀叉筷勺水果蘋香蕉橙桃梨葡萄西瓜樹花草葉木石山海螺絲母釘墊片圈管閥胎"
    "油漆鐵鋼銅鋁金銀玻璃塑料紙布池晶板焊點漏斷短缺少多瑕疵刮痕裂紋孔洞污漬"
)
JAPANESE = set(
    "人車自動転飛行機船電犬猫鳥馬牛羊象熊信号標識交通男女子大小手足頭口目赤青緑黄白黒色花木草山川海水火土石魚果物箱本机椅窓門"
    "家道路駅橋時計傘帽服靴鞄球歩者二輪軽救急消防警察建看板日月年東西南北上下左右中前後高低長短新古正常異傷欠陥線"
)
HANGUL = set(
    "가각간갈감강개거건검것게결경계고곡곤골공과관광교구국군권그근금급기길김나날남내너녀년노높누눈는능니다단달담당대더도독동되"
    "된두드등디따때또라락람랑래량러레려력련로록료루류르른를름리린림마만말망매머멍면명모목몸무문물미민바박반발방배백버번범법변"
    "별병보복본부북분불비빨사산상새색생서석선설성세소속손송수순스슬시식신실심아안야약양어언업에여역연열영예오온옥와왕외요용우"
    "운울원월위유육으은을음의이인일임입있자작장재저적전절점정제조족종좌주준중즈지직진집차착창책천철청체초촌총추출충치친침카커"
    "컴컵코크키타터토통트특파판패편평포표풀품프피하학한할함합항해행향험헬형호화확환활회후휴흰힘"
)  # fmt: skip


def guesses(data: bytes) -> list[str]:
    """The encodings that a text which is not UTF-8 may be in, the most likely first, and only those about as likely."""
    head = b"\n".join(line for line in data.split(b"\n") if not line.isascii())
    head = head if len(head) <= HEAD else head[: head.rfind(b"\n", 0, HEAD) + 1]
    scores: dict[str, tuple[float, str]] = {}  # by text, of which only the best encoding counts
    for codec, look in LOOKS:
        try:
            text = head.decode(codec)
        except UnicodeDecodeError:
            continue
        if (score := look(text)) > scores.get(text, (-1.0, ""))[0]:
            scores[text] = score, codec
    ranked = sorted(scores.values(), key=lambda entry: -entry[0])
    return [codec for score, codec in ranked if score >= max(LEAST, ranked[0][0] - NEAR)]


def _share(text: str, common: set[str], usual: Callable[[str], bool]) -> float:
    """The mean over all characters beyond ASCII: 1 for a common one, less for one that is wide or at least usual."""
    seen = {c for c in text if not c.isascii()}
    scores = (1 if c in common else 0.6 if "\uff01" <= c <= "\uff5e" else 0.3 if usual(c) else -0.5 for c in seen)
    return sum(scores) / max(len(seen), 1)


def _begins(codec: str, first: int, last: int) -> Callable[[str], bool]:
    """Whether a character's first byte is one of those that an encoding has for its usual characters."""
    return lambda c: first <= c.encode(codec, "replace")[0] <= last


_chinese = partial(_share, common=SIMPLIFIED, usual=_begins("gbk", 0xB0, 0xD7))
_taiwanese = partial(_share, common=TRADITIONAL, usual=_begins("big5", 0xA4, 0xC6))
_korean = partial(_share, common=HANGUL, usual=lambda c: "\uac00" <= c <= "\ud7a3")


def _japanese(text: str) -> float:
    kana = {c for c in text if "\u3041" <= c <= "\u30fe"}
    return _share(text, JAPANESE | kana, _begins("euc_jp", 0xB0, 0xCF))


def _russian(text: str) -> float:
    """Words of nothing but Cyrillic letters, small but for the first."""
    words = [word for word in re.findall(r"\w+", text) if not word.isascii()]
    right = [re.fullmatch("[А-ЯЁ]?[а-яё]+", word) is not None for word in words]
    loud = [re.fullmatch("[А-ЯЁ]+", word) is not None for word in words]
    return (0.9 * sum(right) + 0.6 * sum(loud)) / max(len(words), 1) - _signs(text)


def _western(text: str) -> float:
    """Words of Latin letters, few of them with accents."""
    words = [word for word in re.findall(r"\w+", text) if not word.isascii()]
    right = [word for word in words if re.fullmatch("[A-Za-zÀ-ÖØ-öø-ÿŠšŽžŒœŸ]+", word) and _accents(word)]
    return 0.9 * len(right) / max(len(words), 1) - _signs(text)


def _accents(word: str) -> bool:
    return sum(not c.isascii() for c in word) * 2 <= len(word)


def _signs(text: str) -> float:
    """The share of signs, which names do not have, in what is beyond ASCII."""
    beyond = [c for c in text if not c.isascii()]
    return sum(not c.isalnum() and not c.isspace() for c in beyond) / max(len(beyond), 1)


LOOKS: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("gbk", _chinese), ("gb18030", _chinese), ("big5", _taiwanese), ("cp950", _taiwanese), ("shift_jis", _japanese),
    ("cp932", _japanese), ("euc_jp", _japanese), ("euc_kr", _korean), ("cp949", _korean), ("cp1251", _russian),
    ("latin-1", _western), ("cp1252", _western),
)  # fmt: skip
