"""A mail is read as its reader sees it, however it is encoded, and whatever it is built to break."""

import base64
import quopri
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evidence.mail import text_of_mail
from service.evidence.media import MAIL, examine_text

NUMBER = "+8619790001234"
SAID = "请回电 197 9000 1234"
HEAD = b"From: a@example.org\r\nDate: Sun, 1 Mar 2026 21:30:00 +0800\r\n"


def mail(body: bytes, *fields: str) -> bytes:
    """A mail of one part."""
    return HEAD + "".join(f"{field}\r\n" for field in fields).encode() + b"\r\n" + body


def of_several(text: str, page: str, *, charset: str) -> bytes:
    """A mail with a text, a page and an attached mail."""
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.org", "x"
    message.set_content(text, charset=charset, cte="base64")
    message.add_alternative(page, subtype="html", charset=charset)
    return bytes(message)


NAMING = {
    "as it is": mail(SAID.encode()),
    "base64": mail(base64.encodebytes(SAID.encode()), "Content-Transfer-Encoding: base64"),
    "base64 in GB 18030": mail(
        base64.encodebytes(SAID.encode("gb18030")), "Content-Type: text/plain; charset=gb2312",
        "Content-Transfer-Encoding: BASE64",
    ),
    "GB 18030 that says UTF-8": mail(SAID.encode("gb18030"), "Content-Type: text/plain; charset=utf-8"),
    "an encoding nobody knows": mail(SAID.encode(), "Content-Type: text/plain; charset=x-unknown"),
    "Big5": mail("請回電19790001234".encode("big5"), "Content-Type: text/plain; charset=big5"),
    "quoted-printable": mail(
        quopri.encodestring(b"1979000" + b"1234".ljust(90)), "Content-Transfer-Encoding: quoted-printable"
    ),
    "broken lines": mail(b"1979=\r\n0001=\r\n234", "Content-Transfer-Encoding: quoted-printable"),
    "a page": mail("<p>请回电 <b>197</b>9000<i>1234</i></p>".encode(), "Content-Type: text/html; charset=utf-8"),
    "a page with entities": mail(b"197&nbsp;9000&#32;1&#x32;34", "Content-Type: text/html"),
    "a page in base64": mail(
        base64.encodebytes(b"<html><a href='tel:x'>19790001234</a>"), "Content-Type: text/html",
        "Content-Transfer-Encoding: base64",
    ),
    "the subject": mail(b"-", "Subject: =?utf-8?b?" + base64.b64encode(SAID.encode()).decode() + "?="),
    "the subject in GBK": mail(b"-", "Subject: =?gbk?B?" + base64.b64encode(SAID.encode("gbk")).decode() + "?="),
    "the subject in quoted-printable": mail(b"-", "Subject: =?utf-8?q?call_197_9000_1234?="),
    "the sender's name": b"From: \xb4\xdf\xca\xd5 19790001234 <a@example.org>\r\nDate: x\r\n\r\n-",
    "eight bits in a field": HEAD + "Subject: 回电19790001234".encode("gb18030") + b"\r\n\r\n-",
    "the text of several": of_several(SAID, "<p>x</p>", charset="gb18030"),
    "the page of several": of_several("x", f"<p>{SAID}</p>", charset="utf-8"),
    "a mail in a mail": mail(
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: b@example.org\r\n\r\n19790001234\r\n--b--\r\n",
        "Content-Type: multipart/mixed; boundary=b",
    ),
    "blank lines before it": b"\r\n" + mail(SAID.encode()),
    "a byte order mark": b"\xef\xbb\xbf" + mail(SAID.encode()),
}  # fmt: skip


@pytest.mark.parametrize("how", NAMING)
def test_the_number_is_found_in_a_mail_however_it_is_encoded(how: str) -> None:
    found = examine_text(NAMING[how])
    assert found.media_type == MAIL
    assert found.names(NUMBER), found.text
    assert not found.names("+8619790001235")


def test_what_a_page_does_not_show_is_not_read() -> None:
    hidden = mail(b"<style>a{x:19790001234}</style><script>19790001234</script>ok", "Content-Type: text/html")
    assert not examine_text(hidden).names(NUMBER)
    assert "ok" in examine_text(hidden).text


@pytest.mark.parametrize(
    "content",
    [
        mail(b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 3000,
             "Content-Type: multipart/mixed; boundary=b"),
        mail(b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(2000)),
             "Content-Type: multipart/mixed; boundary=b0"),
        mail(b"--b\r\n\r\nx\r\n" * 20_000, "Content-Type: multipart/mixed; boundary=b"),
        mail(b"<" * 100_000, "Content-Type: text/html"),
        mail(b"x", "Content-Type: multipart/mixed", "Content-Transfer-Encoding: base64"),
        mail(b"x", "Subject: " + "=?utf-8?b?" * 20_000),
        mail(b"=?", "Content-Type: text/plain; charset=\0", "Content-Transfer-Encoding: x"),
    ],
)  # fmt: skip
def test_a_mail_that_is_built_to_break_its_readers_is_kept(content: bytes) -> None:
    assert examine_text(content).media_type == MAIL


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"Content-Type: text/html\r\n", b"Content-Type: multipart/x; boundary=b\r\n"]),
)
def test_any_mail_has_a_text(body: bytes, field: bytes) -> None:
    assert isinstance(text_of_mail(HEAD + field + b"\r\n" + body), str)
