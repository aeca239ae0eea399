"""Whatever is changed in a finished export is found and named."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as with_members

from service.exports.manifest import MANIFEST_NAME, FileEntry, ManifestError, parse_manifest, read_manifest
from service.exports.verify import EXPORT_FLAWS, verify_export
from service.secrets import KeyRing
from service.signed import encode_key, load_public_key, pem_of

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def codes(directory: Path) -> list[tuple[str, str]]:
    return [(finding.code, finding.file) for finding in verify_export(directory)]


@pytest.fixture
def keys() -> KeyRing:
    """A key ring without a database behind it."""
    return KeyRing(*(bytes([purpose]) * 32 for purpose in range(1, 6)))


@pytest.fixture
def other_keys(keys: KeyRing) -> KeyRing:
    return replace(keys, signing_key=bytes(32))


def test_a_finished_export_has_nothing_wrong(finished: Path, keys: KeyRing) -> None:
    assert verify_export(finished, keys.signer().public_key()) == []
    assert verify_export(finished / MANIFEST_NAME) == []


@pytest.mark.parametrize(
    "name", ["reports.csv", "reports.ndjson", "reports.xlsx", "reports.parquet", MANIFEST_NAME]
)
def test_every_altered_byte_is_found_and_named(finished: Path, name: str) -> None:
    chance = random.Random(name)
    content = (finished / name).read_bytes()
    places = range(len(content)) if len(content) < 4000 else sorted(chance.sample(range(len(content)), 1000))
    for position in places:
        altered = bytearray(content)
        altered[position] ^= chance.randrange(1, 256)
        (finished / name).write_bytes(altered)
        assert {finding.file for finding in verify_export(finished)} >= {name}, position
    (finished / name).write_bytes(content)
    assert verify_export(finished) == []


def test_base64_that_decodes_alike_is_still_altered(finished: Path) -> None:
    signature = read_manifest(finished).signature
    assert signature.endswith("==")
    last = BASE64[BASE64.index(signature[-3]) ^ 1]
    path = finished / MANIFEST_NAME
    path.write_text(path.read_text("utf-8").replace(signature, f"{signature[:-3]}{last}=="), "utf-8")
    assert codes(finished) == [("manifest_altered", MANIFEST_NAME)]


def test_another_layout_of_the_manifest_is_altered(finished: Path) -> None:
    path = finished / MANIFEST_NAME
    path.write_text(json.dumps(json.loads(path.read_bytes())))
    assert codes(finished) == [("manifest_altered", MANIFEST_NAME)]


def test_every_member_is_signed(finished: Path) -> None:
    manifest = read_manifest(finished)
    for change in ({"revision": 8}, {"model_versions": ()}, {"columns": ("x",)}, {"service_version": "2"}):
        (finished / MANIFEST_NAME).write_bytes(with_members(manifest, **change).render())
        assert codes(finished) == [("manifest_altered", MANIFEST_NAME)], change


def test_another_signer_is_found_only_by_the_key_one_trusts(
    finished: Path, keys: KeyRing, other_keys: KeyRing
) -> None:
    forged = read_manifest(finished).signed(other_keys.signer())
    (finished / MANIFEST_NAME).write_bytes(forged.render())
    assert verify_export(finished) == []
    (finding,) = verify_export(finished, keys.signer().public_key())
    assert (finding.code, finding.file) == ("wrong_key", MANIFEST_NAME)
    assert forged.public_key in finding.zh
    assert forged.public_key in finding.en


def test_a_swapped_key_does_not_make_a_signature(finished: Path, other_keys: KeyRing) -> None:
    key = encode_key(other_keys.signer().public_key())
    swapped = with_members(read_manifest(finished), public_key=key)
    (finished / MANIFEST_NAME).write_bytes(swapped.render())
    assert codes(finished) == [("manifest_altered", MANIFEST_NAME)]


def test_missing_and_extra_files_are_named(finished: Path) -> None:
    (finished / "reports.csv").rename(finished / "copy.csv")
    assert codes(finished) == [("file_extra", "copy.csv"), ("file_missing", "reports.csv")]


def test_a_link_is_not_the_file(finished: Path, tmp_path: Path) -> None:
    (finished / "reports.csv").rename(tmp_path / "reports.csv")
    (finished / "reports.csv").symlink_to(tmp_path / "reports.csv")
    assert codes(finished) == [("file_missing", "reports.csv")]


@pytest.mark.parametrize(("name", "line"), [("reports.csv", b'"a\r\nb",c\r\n'), ("reports.ndjson", b"{}\n")])
def test_an_added_row_is_counted(finished: Path, name: str, line: bytes) -> None:
    with (finished / name).open("ab") as file:
        file.write(line)
    found = {finding.code: finding.en for finding in verify_export(finished)}
    assert set(found) == {"wrong_size", "wrong_sha256", "wrong_rows"}
    assert found["wrong_rows"] == "the file has 3 rows, the manifest says 2"


def test_an_endless_field_is_a_finding_not_a_failure(finished: Path) -> None:
    (finished / "reports.csv").write_text('"' + "x" * 200_000)
    assert codes(finished) == [("file_unreadable", "reports.csv")]


@pytest.mark.parametrize("name", ["reports.xlsx", "reports.parquet"])
def test_what_is_packed_is_not_opened_unless_it_is_what_was_signed(finished: Path, name: str) -> None:
    (finished / name).write_bytes(b"no such format")
    assert codes(finished) == [("wrong_size", name), ("wrong_sha256", name)]


@pytest.mark.parametrize("name", ["reports.xlsx", "reports.parquet"])
def test_rows_of_packed_files_are_counted(finished: Path, keys: KeyRing, name: str) -> None:
    manifest = read_manifest(finished)
    files = tuple(with_members(one, rows=3) if one.name == name else one for one in manifest.files)
    (finished / MANIFEST_NAME).write_bytes(with_members(manifest, files=files).signed(keys.signer()).render())
    assert codes(finished) == [("wrong_rows", name)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "manifest_unreadable"),
        (b"{}", "manifest_unreadable"),
        (b'{"format":"dunwatch-export/2"}', "manifest_unreadable"),
        (b'{"format":"dunwatch-export/3","anything":[]}', "unsupported_format"),
        (b"[" * 100_000, "manifest_unreadable"),
        (b'{"a":' + b"[" * 100_000, "manifest_unreadable"),
        (b"\xff", "manifest_unreadable"),
    ],
)
def test_what_is_no_manifest_of_ours_is_told_apart(finished: Path, content: bytes, code: str) -> None:
    (finished / MANIFEST_NAME).write_bytes(content)
    assert codes(finished) == [(code, MANIFEST_NAME)]


def test_without_a_manifest_there_is_no_export(finished: Path, tmp_path: Path) -> None:
    (finished / MANIFEST_NAME).unlink()
    assert codes(finished) == [("manifest_missing", MANIFEST_NAME)]
    assert codes(tmp_path / "nowhere") == [("manifest_missing", MANIFEST_NAME)]
    finished.joinpath(MANIFEST_NAME).mkdir()
    assert codes(finished) == [("manifest_unreadable", MANIFEST_NAME)]


def test_a_manifest_cannot_point_elsewhere(finished: Path, keys: KeyRing, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("1")
    entry = FileEntry("../secret", "text/csv; charset=utf-8", 0, 1, "0" * 64)
    manifest = read_manifest(finished)
    lured = with_members(manifest, files=(*manifest.files, entry)).signed(keys.signer())
    (finished / MANIFEST_NAME).write_bytes(lured.render())
    assert codes(finished) == [("unsafe_name", "../secret")]


def test_numbers_that_json_cannot_hold_are_refused(finished: Path) -> None:
    document = json.loads((finished / MANIFEST_NAME).read_bytes()) | {"revision": 2**80}
    with pytest.raises(ManifestError):
        parse_manifest(json.dumps(document).encode())


def test_every_finding_is_told_in_both_languages() -> None:
    for zh, en in EXPORT_FLAWS.values():
        assert en.isascii()
        assert not zh.isascii()


@pytest.mark.parametrize("form", [encode_key, pem_of])
def test_a_public_key_is_read_in_either_form(keys: KeyRing, form: Callable[..., str]) -> None:
    key = keys.signer().public_key()
    assert encode_key(load_public_key(f" {form(key)}\n")) == encode_key(key)


@pytest.mark.parametrize("text", ["", "abc", "AAAA", "-----BEGIN PUBLIC KEY-----", "密钥"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        load_public_key(text)
