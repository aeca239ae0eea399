"""The texts that cells of exports are filled with, and what of a report they are taken from."""

from collections import Counter
from functools import lru_cache
from typing import Final
from uuid import UUID

from ml.words import VIOLATIONS, Kind
from service.exports.snapshot import ExportedReport
from service.masking.mask import masked_once
from service.numbers.parse import NumberError, parse_number
from service.reports.intake import unseal
from service.secrets import KeyRing
from service.violations import VIOLATION_NAMES

SCORE_DIGITS: Final = 4
MASK: Final = "***"
UNKNOWN_NUMBER: Final = "未知号码"
SIMULATED: Final = "【模拟数据】"
#: What the reports of a source are about -> the first mark of 不良类型; a foreign authority's complaints are of any kind.
SUBJECTS: Final = {"collection": "欠款催收", "any": "未分类来电"}
SPOOFED: Final = "疑似改号（显示号码被冒用，不作为被举报号码）"
SEPARATOR: Final = "；"

MEDIA: Final = {"voice": "语音", "sms": "短信", "other": "其他"}
CALLERS: Final = {None: "", "human": "人工", "automated": "自动语音", "one_ring": "响一声"}
RELATIONS: Final = {None: "", "debtor": "是", "third_party": "否", "wrong_person": "否"}
#: Media types of evidence, or what stands before their slash -> what officers call it.
_EVIDENCE: Final = {
    "audio": "录音", "video": "视频", "image": "图片", "text/csv": "通话记录", "text": "短信或文字", "message": "邮件",
    "application/pdf": "文件",
}  # fmt: skip
EVIDENCE_KINDS: Final = (*dict.fromkeys(_EVIDENCE.values()), "其他文件")
VERDICT_MARKS: Final = {"disputed": "号码异议处理中", "cleared": "号码已澄清"}

#: Kinds of numbers that cannot have called: whoever displays them has forged the caller ID.
NEVER_CALLING: Final = frozenset({Kind.IMPOSSIBLE, Kind.PUBLIC_SERVICE})


def is_spoofed(report: ExportedReport) -> bool:
    """Return whether the displayed number must not be taken for the caller's."""
    return report.suspected_spoofing or report.verdict == "protected" or Kind(report.kind) in NEVER_CALLING


def breaks_a_rule(report: ExportedReport) -> bool:
    """Return whether a report names a violation, or is of a call between 22:00 and 8:00 whose time is known."""
    hour = report.occurred_at[11:13]
    return bool(report.violations) or (report.medium == "voice" and hour != "" and not "08" <= hour < "22")


def evidence_of(report: ExportedReport) -> str:
    """Return which kinds of evidence a report has, and how many of each: 录音 1；图片 2."""
    if not report.evidence:
        return ""
    kinds = Counter(_kind_of(media_type) for media_type in report.evidence.split(","))
    return SEPARATOR.join(f"{kind} {kinds[kind]}" for kind in EVIDENCE_KINDS if kind in kinds)


def _kind_of(media_type: str) -> str:
    return _EVIDENCE.get(media_type) or _EVIDENCE.get(media_type.partition("/")[0], "其他文件")


def unsealed(report: ExportedReport, keys: KeyRing) -> dict[str, str | None]:
    """Return callee and contact of a report, decrypted; what was added later replaces what was given first."""
    report_id = UUID(report.report_id)
    secret: dict[str, str | None] = {"callee": None, "contact": None}
    for sealed in (report.sealed, *(report.later_sealed or ())):
        given = unseal(sealed, keys, report_id)
        secret |= {name: value for name, value in given.items() if value}
    return secret


@lru_cache(maxsize=4096)
def allocation_of(text: str | None) -> tuple[str, str]:
    """Return carrier and province by a number's allocation, as empty texts where they are not known."""
    try:
        number = parse_number(text) if text else None
    except NumberError:
        number = None
    if number is None:
        return "", ""
    return number.carrier or "", province_of(number.region)


def province_of(region: str | None) -> str:
    """Return the province of a region such as 广东深圳; an empty text outside China or where nothing is known."""
    if region is None or region.isascii():
        return ""
    return region[: 3 if region.startswith(("内蒙古", "黑龙江")) else 2]


@lru_cache(maxsize=4096)
def bad_types(subject: str, violations: str, verdict: str, *, is_spoofed: bool) -> str:
    """Return the cell 不良类型: subject, marks of the number, names of the violations (see `positions_of`)."""
    names = [subject]
    if is_spoofed:
        names.append(SPOOFED)
    if verdict in VERDICT_MARKS:
        names.append(VERDICT_MARKS[verdict])
    names.extend(VIOLATION_NAMES[VIOLATIONS[place]][0] for place in positions_of(violations))
    return SEPARATOR.join(names)


def positions_of(violations: str) -> tuple[int, ...]:
    """Return positions in `ml.words.VIOLATIONS` from a text that joins them by commas; each once, in order."""
    return tuple(sorted({int(place) for place in violations.split(",") if place}))


def content_of(report: ExportedReport, keep: frozenset[str]) -> str:
    """Return the report's text, with what identifies people and all numbers but those in `keep` masked."""
    claim = f"自称机构：{report.claimed_institution}。" if report.claimed_institution else ""
    return masked_once(claim + report.narrative, keep)
