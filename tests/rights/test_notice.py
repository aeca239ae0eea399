"""The privacy notice lists exactly what is stored."""

from pathlib import Path

from service.database import Database
from service.edge.sessions import COOKIES
from service.pages.signing_up import CODE_COOKIE
from service.rights.notice import as_markdown, privacy_notice, read_notice
from service.settings import Settings
from tests.clients import Api
from tests.places import ROOT


async def test_the_notice_lists_every_stored_column_and_no_other(database: Database) -> None:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        )
    stored = {(row["table_name"], row["column_name"]) for row in rows}
    told = {(name, column) for name, table in read_notice()["tables"].items() for column in table["columns"]}
    assert told - stored == set(), "these are not stored"
    assert stored - told == set(), "add these to service/rights/notice.json"


async def test_every_field_is_told_with_purpose_basis_and_retention_in_both_languages(api: Api) -> None:
    notice = (await (await api.client()).get("/v1/privacy")).json()
    fields = [field for table in notice["tables"] for field in table["fields"]]
    assert len(fields) > 100
    for field in fields:
        for part in ("meaning", "purpose", "legal_basis", "retention"):
            assert not field[part]["zh"].isascii(), field
            assert field[part]["en"].isascii(), field
            assert "{" not in field[part]["zh"] + field[part]["en"]


def test_retention_is_told_as_it_is_set(tmp_path: Path) -> None:
    notice = privacy_notice(Settings(data_dir=tmp_path, retain_reports_days=77, operator="示例运营者"))
    (reports,) = [table for table in notice.tables if table.name == "reports"]
    assert "77" in reports.fields[0].retention.zh
    assert notice.operator == "示例运营者"


def test_the_page_is_the_notice(tmp_path: Path) -> None:
    page = (ROOT / "docs/privacy.md").read_text("utf-8")
    assert page == as_markdown(privacy_notice(Settings(data_dir=tmp_path))), (
        "dunwatch privacy writes it again"
    )


def test_what_the_pages_keep_in_a_browser_is_told_cookie_by_cookie(tmp_path: Path) -> None:
    told = {one.name: one for one in privacy_notice(Settings(data_dir=tmp_path)).browser}
    assert set(told) == {*COOKIES.values(), CODE_COOKIE, "sessionStorage"}
    for one in told.values():
        for text in (one.holds, one.until):
            assert not text.zh.isascii(), one
            assert text.en.isascii(), one
