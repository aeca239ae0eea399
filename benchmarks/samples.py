"""Prints papers for six channels as pictures into docs/samples/: `python -m benchmarks.samples`.

Everything in them is invented: numbers that are allocated to nobody, names of nobody. They are made by the code that
makes packages, so that whoever changes it can look at what comes of it.
"""

import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pypdfium2  # type: ignore[import-untyped]  # it has no stubs
from PIL import Image, ImageDraw

from service.cases.counted import Counted
from service.cases.gathered import CaseReport, GatheredCase
from service.cases.material import Material, material_for
from service.cases.package import documents_of
from service.cases.pictures import printable
from service.cases.print_font import load_font
from service.cases.printing import Printing
from service.cases.sealing import CaseSecrets
from service.contacts.counting import LIMITS, DayCount
from service.evidence.labels import Labels
from service.evidence.store import EvidenceRow
from service.rules.bases import binds
from service.rules.catalogue import shipped_catalogue
from service.rules.respondents import Respondent
from service.rules.situation import Answers, Product, Relation, Reply

DIRECTORY: Final = Path(__file__).resolve().parent.parent / "docs" / "samples"
SCALE: Final = 1.2  # pixels a point: a page is readable and small
MOST_BYTES: Final = 150_000
OPERATOR: Final = "某公益服务（示例），某市某路 1 号"
CALLED: Final = datetime(2026, 11, 20, 14, 35, tzinfo=UTC)
CALL: Final = CaseReport(
    report_id=UUID(int=1),
    number="+8619790001234",
    medium="voice",
    occurred_at=CALLED,
    recorded_at=CALLED + timedelta(minutes=20),
    duration_seconds=95,
    connected=True,
    caller="human",
    relation="debtor",
    claimed_institution="某某法务",
    violations=("threat",),
    narratives=("对方称如果今晚不还清，就让我的家人“不得安宁”，并说出我的住址。",),
    callee="19790005678",
)
#: What a sample is about: the channel, the party, what was done, what is demanded, and what is known.
SAMPLES: Final = {
    "12321": (Respondent.UNKNOWN, None, ("robocall", "frequency"), Answers(), None),
    "nifa": (
        Respondent.INTERNET_PLATFORM,
        "某某网络借贷信息中介服务有限公司",
        ("third_party", "quiet_hours"),
        Answers(relation=Relation.THIRD_PARTY),
        "请停止联系本人，并说明本人号码的来源。",
    ),
    "nfra_complaint": (
        Respondent.BANK,
        "某某银行股份有限公司信用卡中心",
        ("threat", "frequency"),
        Answers(relation=Relation.DEBTOR, product=Product.CREDIT_CARD),
        "请停止夜间和高频来电，只在约定的时间以书面方式联系本人，并提供还款协商的办法。",
    ),
    "local_finance": (
        Respondent.SMALL_LOAN,
        "某某市某某区某某某某小额贷款有限责任公司（受托催收机构名称不详，自称“某某法务调解中心第三分部”）",
        ("threat", "fees_rollover"),
        Answers(relation=Relation.DEBTOR, area_code="0571"),
        "请退还多收的费用，并停止威胁。",
    ),
    "police": (
        Respondent.UNLICENSED_LENDER,
        None,
        ("threat", "visit_threat", "image_abuse"),
        Answers(relation=Relation.DEBTOR, repeated=Reply.YES, public=Reply.YES),
        "请依法查处，并责令对方不得再接触、骚扰本人和家人。",
    ),
    "petition": (
        Respondent.CONSUMER_FINANCE,
        "某某消费金融股份有限公司",
        ("after_refusal", "frequency"),
        Answers(relation=Relation.DEBTOR),
        "请督促有关部门对此前的投诉作出答复。",
    ),
}  # fmt: skip
#: What is told where no threat was made.
OTHER_WORDS: Final = {
    "12321": "接通后自动播放催款录音，无法转人工，当天反复来电。",
    "nifa": "对方要求我转告他人还款。我不是借款人，也不是担保人，与该笔借款无关。",
    "petition": "我已明确拒绝以电话方式联系，对方当天仍反复来电。",
}


def main() -> int:
    """Write every page of every sample as a picture; 1 if one is larger than it may be."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for old in DIRECTORY.glob("*.png"):
        old.unlink()
    sizes = {}
    for channel in SAMPLES:
        given = printing_of(channel)
        documents = documents_of(given, load_font(None))
        for place, picture in enumerate(pages_of(documents["statement.pdf"]), 1):
            path = DIRECTORY / f"{channel}-{place}.png"
            path.write_bytes(picture)
            sizes[path.name] = len(picture)
    for name, size in sizes.items():
        print(f"{name}: {size:,} bytes")
    return int(any(size > MOST_BYTES for size in sizes.values()))


def printing_of(channel: str) -> Printing:
    """Return what the documents of a sample are made from."""
    respondent, name, violations, answers, demand = SAMPLES[channel]
    first = replace(
        CALL,
        violations=violations,
        relation=answers.relation if answers.relation != "unknown" else None,
        caller="automated" if "robocall" in violations else "human",
        narratives=(OTHER_WORDS.get(channel, *CALL.narratives),),
    )
    second = replace(
        first,
        report_id=UUID(int=2),
        occurred_at=CALLED + timedelta(days=1, hours=1),
        duration_seconds=None,
        connected=False,
        narratives=(),
    )
    case = GatheredCase(
        case_id=UUID(int=0x01A20BB996BA714CA68927EDA94DB7A5),
        created_at=CALLED + timedelta(days=2),
        withdrawn_at=None,
        respondent=respondent,
        secrets=CaseSecrets(name, "本人已三次明确要求停止来电，对方不予理会。", demand),
        report_ids=(first.report_id, second.report_id),
        consents=(),
        filings={},
        answers=answers,
    )
    chat, letter = drawn(700, 1200), drawn(1200, 700)
    material = _material(channel, case, [first, second], [chat, letter])
    pictures = {
        piece.name: printed
        for piece, content in zip(material.evidence, (chat, letter), strict=False)
        if piece.is_printed and (printed := printable(content)) is not None
    }
    return Printing(material, pictures=pictures, operator=OPERATOR)


def _material(
    channel: str, case: GatheredCase, reports: Sequence[CaseReport], pictures: Sequence[bytes]
) -> Material:
    catalogue = shipped_catalogue()
    rows = [_piece(place, "image/png", len(content)) for place, content in enumerate(pictures, 1)]
    rows.append(_piece(3, "audio/mpeg", 1_480_000))
    labels = {
        rows[0].evidence_id: Labels("微信图片_20261120223501.png", "对方发来的威胁信息截图"),
        rows[1].evidence_id: Labels("律师函.png", "自称“律师函”的图片，落款无律师姓名和执业证号"),
        rows[2].evidence_id: Labels("通话录音-19790001234.mp3", None),
    }
    return material_for(
        catalogue.channels[channel],
        case,
        reports,
        counted=[one for one in _counted() if binds(one.rule, case.respondent)],
        catalogue=catalogue,
        evidence=[(1, rows[0]), (1, rows[1]), (2, rows[2])],
        labels=labels,
        today=date(2026, 11, 30),
    )


def _counted() -> list[Counted]:
    day = DayCount(date(2026, 11, 20), dials=12, connected=5, effective=4, unanswered=7, quiet_hours=1)
    rules = shipped_catalogue().rules
    return [
        Counted(CALL.number, limit, rules[limit.rule], day) for limit in LIMITS if limit.rule == "gbt45251"
    ]


def _piece(place: int, media_type: str, size: int) -> EvidenceRow:
    return EvidenceRow(
        number=CALL.number,
        report_id=CALL.report_id,
        evidence_id=UUID(int=place),
        media_type=media_type,
        size=size,
        sha256=bytes([place]) * 32,
        wrapped_key=b"",
        stored_at=CALLED + timedelta(days=2),
        file_made_at=CALLED + timedelta(minutes=place),
        file_made_from="exif",
        is_zone_assumed=place == 1,
    )


def drawn(wide: int, high: int) -> bytes:
    """Return an invented screenshot: bubbles with lines instead of words."""
    picture = Image.new("RGB", (wide, high), "#ededed")
    pen = ImageDraw.Draw(picture)
    pen.text((20, 10), "SAMPLE - invented, nobody wrote this", fill="black", font_size=28)
    for place, top in enumerate(range(70, high - 120, 150)):
        left = 30 if place % 2 == 0 else wide // 3
        pen.rounded_rectangle((left, top, left + wide * 3 // 5, top + 110), 16, "white", "#999999")
        for line in range(3):
            pen.rectangle(
                (left + 24, top + 22 + line * 28, left + wide // 2, top + 30 + line * 28), "#666666"
            )
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def pages_of(pdf: bytes) -> list[bytes]:
    """Return the pages of a document as pictures of few greys, which are small."""
    pages = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=SCALE).to_pil().convert("L").quantize(16)
        written = io.BytesIO()
        picture.save(written, "PNG", optimize=True)
        pages.append(written.getvalue())
    return pages


if __name__ == "__main__":
    sys.exit(main())
