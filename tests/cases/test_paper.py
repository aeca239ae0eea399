"""A paper reads as papers for authorities in China do, and has a place for everything that only the person knows."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from PIL import Image

from service.cases.document import as_html, as_pdf
from service.cases.fitting import Lack
from service.cases.form import fill_forms
from service.cases.material import Material, masked
from service.cases.package import annex_of, documents_of
from service.cases.pictures import printable
from service.cases.pieces import MOST_PICTURE_BYTES, MOST_PICTURES, evidence_for, piece_in_words
from service.cases.print_font import load_font
from service.cases.printing import Printing
from service.cases.sealing import CaseSecrets, seal_case, unseal_case
from service.cases.statement import as_text, sections_of, title_of
from service.evidence.labels import Labels
from service.evidence.store import EvidenceRow
from service.rules.facts import Text
from service.rules.respondents import Respondent
from service.rules.situation import Answers, Relation
from service.secrets import KeyRing
from tests.cases.case_material import CASE, CATALOGUE, NOW, REPORT, material_of

TAKERS = [one.id for one in CATALOGUE.channels.values() if one.accepts]
#: What no paper says.
UNNATURAL = re.compile(
    r"被投诉举报方|提交对象|请在渠道页面自行填写|应为0次|GET |POST |PATCH |/v1/|curl|行为：行为|，行为：|。经过："
)


def piece(place: int = 1, media_type: str = "image/png", **columns: object) -> EvidenceRow:
    plain: dict[str, object] = {
        "number": REPORT.number, "report_id": REPORT.report_id, "evidence_id": UUID(int=place),
        "media_type": media_type, "size": 2048, "sha256": bytes([place]) * 32, "wrapped_key": b"",
        "stored_at": NOW,
    }  # fmt: skip
    return EvidenceRow(**(plain | columns))  # type: ignore[arg-type]


def paper(material: Material) -> str:
    return as_text(title_of(material), sections_of(material, fill_forms(material)))


@pytest.mark.parametrize("channel", TAKERS)
def test_the_papers_of_every_channel_are_worded_as_papers_are(channel: str) -> None:
    case = replace(
        CASE, secrets=CaseSecrets("某公司", None, "请停止来电。"), answers=Answers(relation=Relation.DEBTOR)
    )
    report = replace(REPORT, narratives=("他说今晚就上门",), violations=("threat", "frequency"))
    material = material_of(channel, case, [report], evidence=[(1, piece())])
    text = paper(material)
    word = material.channel.respondent_word
    assert f"\n{word}：某公司\n" in text
    assert title_of(material) == f"关于催收电话的{word[1:3]}材料"
    assert "涉及行为：恐吓威胁；高频骚扰。具体经过：他说今晚就上门。" in text
    for blank in (
        "姓名：____",
        "证件类型及号码：____",
        "住址：____",
        "联系电话：____",
        "签名：____",
        "日期：____",
    ):
        assert text.count(f"\n{blank}") == 1, "each is asked for once"
    form = material.channel.form
    assert (form.addressee.zh if form and form.addressee else f"受理单位：{material.channel.name.zh}") in text
    documents = documents_of(Printing(material, operator="某机构，010-1979"), load_font(None))
    for name in ("README.txt", "fields.txt", "statement.txt", "statement.html"):
        assert UNNATURAL.search(documents[name].decode()) is None, name
    readme = documents["README.txt"].decode()
    assert "某机构，010-1979" in readme
    assert [line[0] for line in readme.splitlines() if re.match(r"\d\. ", line)] == list("12345")


def test_the_police_are_told_what_to_bring_and_the_paper_leaves_the_station_open() -> None:
    material = material_of("police")
    text = paper(material)
    assert "、报案人（由本人填写；本服务不收集、不保存）" in text
    assert "提交机关：________" in text
    assert "身份证件：请携带本人身份证原件及复印件" in text
    readme = documents_of(Printing(material), load_font(None))["README.txt"].decode()
    assert "请携带本人身份证原件及复印件" in readme


def test_the_demand_stands_in_own_words_beside_what_the_law_lets_one_ask_for() -> None:
    case = replace(
        CASE,
        respondent=Respondent.BANK,
        secrets=CaseSecrets("某银行", None, "只在约定的时间联系本人。"),
        answers=Answers(relation=Relation.DEBTOR),
    )
    report = replace(REPORT, violations=("disclosure",))
    material = material_of("nfra_complaint", case, [report])
    own, by_law = re.findall(r"、(?:请求|可以依法提出的其他请求（[^）]*）)\n((?:.+\n)+)", paper(material))
    assert own.splitlines()[0] == "只在约定的时间联系本人。"
    for ask in ("停止侵害", "删除、屏蔽所发布的内容", "赔礼道歉", "赔偿"):
        assert re.search(rf"^□ .*{ask}.*（依据：.*第.+条.*）$", by_law, re.MULTILINE), ask
    (form,) = fill_forms(material)
    filled = {entry.field.id: entry.value for entry in form.fields}
    assert filled["request"] == "只在约定的时间联系本人。"
    assert "（依据：）" not in paper(
        material_of("local_finance", case, [replace(report, violations=("fees_rollover",))])
    )


def test_a_case_without_a_demand_is_read_by_the_release_before_and_one_of_it_is_read_here(
    keys: KeyRing,
) -> None:
    case_id = UUID(int=5)
    for secrets in (CaseSecrets("某", "述"), CaseSecrets(None, None, "请求")):
        assert unseal_case(seal_case(secrets, keys, case_id), keys, case_id) == secrets
    assert b"demand" not in keys.unseal(seal_case(CaseSecrets("某", "述"), keys, case_id), case_id.bytes)


def test_what_depends_on_an_unknown_circumstance_is_told_apart_and_not_cited() -> None:
    text = paper(material_of("police", CASE, [replace(REPORT, violations=("visit_threat",))]))
    cited, _, perhaps = text.partition("视情形可能适用的规定")
    assert "第二百四十五条" not in cited
    assert re.search(r"刑法第二百四十五条[^：]*：如果", perhaps)
    assert "如果如果" not in text


def test_evidence_is_told_with_caption_name_and_time_and_its_digests_stand_in_a_table_at_the_end() -> None:
    made = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
    rows = [
        (1, piece(1, file_made_at=made, file_made_from="exif", is_zone_assumed=True)),
        (1, piece(2, "audio/mpeg", size=3 * 1024 * 1024, file_made_at=made, said_made_at=NOW)),
        (1, piece(3, "text/csv")),
    ]
    labels = {UUID(int=1): Labels("截图.png", "对方发来的威胁，另一人19790005678")}
    material = masked(material_of("police", evidence=rows, labels=labels))
    lines = [piece_in_words(place, one) for place, one in enumerate(material.evidence, 1)]
    assert lines[0].startswith("附件1：对方发来的威胁")
    assert "19790005678" not in lines[0]
    assert "原文件名“截图.png”" in lines[0]
    assert "形成于2026年11月20日 22:40（文件所记，文件未记时区，按北京时间计）" in lines[0]
    assert "附件2：录音（第1次联系）；录音，3 MB；形成于2026年11月20日 23:10（本人所述）" in lines[1]
    assert "形成于" not in lines[2]
    *_, last = sections_of(material, [])
    assert last.heading.endswith("、证据文件摘要值")
    assert last.rows[0] == ("附件", "文件", "字节", "SHA-256")
    assert [row[3] for row in last.rows[1:]] == [one.sha256 for one in material.evidence]
    assert paper(material).rstrip().endswith(material.evidence[-1].sha256)


def test_pictures_are_printed_within_bounds_and_not_where_files_are_refused() -> None:
    police, spam = CATALOGUE.channels["police"], CATALOGUE.channels["12321"]
    rows = [
        (1, piece(1)),
        (1, piece(2, "image/heic")),
        (1, piece(3, size=MOST_PICTURE_BYTES + 1)),
        *((1, piece(place)) for place in range(4, 4 + MOST_PICTURES)),
    ]
    printed = [one.is_printed for one in evidence_for(police, rows, {})]
    assert printed[:4] == [True, False, False, True]
    assert (sum(printed), printed[-1]) == (MOST_PICTURES, False)
    assert not any(one.is_printed for one in evidence_for(spam, rows, {}))


def test_the_annex_has_the_pictures_and_names_one_that_cannot_be_drawn() -> None:
    rows = [(1, piece(1)), (1, piece(2, file_made_at=NOW, file_made_from="exif"))]
    material = material_of("police", evidence=rows, labels={UUID(int=1): Labels(None, "<b>威胁</b>")})
    written = io.BytesIO()
    Image.new("RGB", (300, 900), "blue").save(written, "PNG")
    picture = printable(written.getvalue())
    assert picture is not None
    annex = annex_of(material, {"evidence/01.png": picture})
    assert [one.jpeg for one in annex] == [picture, None]
    assert annex[1].caption.endswith("形成于2026年11月20日 23:10（文件所记）；无法打印，请看原件。")
    sections = sections_of(material, [])
    page = as_html("题", sections, annex)
    assert page.count("<img ") == 1
    assert "<b>" not in page
    assert page.index("data:image/jpeg") < page.index("证据文件摘要值"), "the digests end the paper"
    font = load_font(None)
    plain = as_pdf("题", sections, font, reference="案卷")
    with_annex = as_pdf("题", sections, font, reference="案卷", pictures=annex)
    assert (plain.count(b"/Subtype /Image"), with_annex.count(b"/Subtype /Image")) == (0, 1)
    assert with_annex == as_pdf("题", sections, font, reference="案卷", pictures=annex)


@pytest.mark.parametrize(
    "name",
    ["某" * 100, "某某（" * 30, "A" * 100, "a b" * 33, "“某”、" * 25],
    ids=["long", "open brackets", "one word", "short words", "quotes"],
)
def test_long_names_and_many_sections_make_whole_papers(name: str) -> None:
    case = replace(CASE, secrets=CaseSecrets(name, name * 20, name * 4))
    reports = [
        replace(REPORT, report_id=UUID(int=n), claimed_institution=name, narratives=(name * 5,))
        for n in range(9)
    ]
    rows = [(1, piece(place)) for place in range(1, 60)]
    material = material_of("police", case, reports, evidence=rows, labels={UUID(int=1): Labels(name, name)})
    lack = Lack("x", Text(zh=name, en=name), must=True)
    documents = documents_of(Printing(material, [lack]), load_font(None))
    assert documents["statement.pdf"].startswith(b"%PDF-")
    assert name in documents["statement.txt"].decode()
