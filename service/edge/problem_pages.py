"""`/problems`: what each problem means and what to do next, as a page for people and as JSON for programs."""

import base64
import hashlib
import re
from html import escape
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from service.edge.declared import headers, raises
from service.edge.examples import detail_of
from service.edge.problems import BY_CODE, CATALOGUE, NOT_FOUND, PAGES, Language, Problem, ProblemError

STYLE: Final = """
body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff;
overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.3;margin:.5rem 0}h1::first-letter{text-transform:uppercase}
h2{font-size:1rem;margin:1.2rem 0 .2rem}p{margin:.2rem 0}
section{border-top:1px solid #ccc;margin-top:1.5rem;padding-top:.5rem}li{margin:.5rem 0}
code{background:#f0f0f0;padding:0 .2em}a{color:#0645ad}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}code{background:#2c2c2c}a{color:#9ac1ff}}
"""
POLICY: Final = (
    "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CACHE: Final = "public, max-age=3600"
HTML: Final = "text/html"
JSON: Final = "application/json"
#: What stands on a page in each language: the page's language, the headings, the way to all problems.
WORDS: Final[dict[Language, tuple[str, str, str, str]]] = {
    "zh": ("zh-CN", "含义", "怎么办", "全部错误说明"),
    "en": ("en", "What it means", "What to do", "All problems"),
}
BOTH: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A page in Chinese and English, or JSON where `Accept` prefers it.",
        "content": {HTML: {"schema": {"type": "string"}}},
        "headers": headers("Cache-Control"),
    }
}

router = APIRouter(prefix=PAGES, tags=["problems"])


class ExplainedProblem(BaseModel):
    """A problem of the catalogue: what it means and what to do, in both languages."""

    code: str = Field(description="The stable code, as in a problem document.")
    status: int = Field(description="The HTTP status of answers with this problem.")
    type: str = Field(description="The address of the page about it, as in a problem document.")
    title_zh: str = Field(description="The short name in Chinese.")
    title_en: str = Field(description="The short name in English.")
    detail_zh: str = Field(description="What such an answer says in Chinese, with example values.")
    detail_en: str = Field(description="What such an answer says in English, with example values.")
    advice_zh: str = Field(description="What to do next, in Chinese.")
    advice_en: str = Field(description="What to do next, in English.")


class ExplainedProblems(BaseModel):
    """Every problem of the catalogue."""

    problems: list[ExplainedProblem] = Field(description="The problems, the most general first.")


@router.get("", response_model=ExplainedProblems, summary="List all problems · 列出全部错误", responses=BOTH)
async def list_problems(request: Request) -> Response:
    """The service lists every problem that it may answer with, each with a link to its page. No key is needed."""
    if _prefers_json(request.headers.get("accept", "")):
        return _json(ExplainedProblems(problems=[_explained(problem) for problem in CATALOGUE]))
    entries = "".join(
        f'<li><a href="{problem.type}"><code>{problem.code}</code></a> {problem.status}<br>'
        f'{escape(problem.title_zh)} · <span lang="en">{escape(problem.title_en)}</span></li>'
        for problem in CATALOGUE
    )
    return _page("错误说明 · Problems", f"<h1>错误说明 · Problems</h1><ul>{entries}</ul>")


@router.get(
    "/{code}", response_model=ExplainedProblem, summary="Explain a problem · 说明一种错误", responses=BOTH
)
@raises(NOT_FOUND)
async def explain_problem(
    code: Annotated[
        str,
        Path(
            max_length=64,
            pattern="^[a-z_]+$",
            description="The code of the problem.",
            examples=["invalid_request"],
        ),
    ],
    request: Request,
) -> Response:
    """The page says what the problem means, its HTTP status, and what to do next. No key is needed."""
    problem = BY_CODE.get(code)
    if problem is None:
        raise ProblemError(NOT_FOUND)
    if _prefers_json(request.headers.get("accept", "")):
        return _json(_explained(problem))
    head = f"<p><code>{problem.code}</code> · HTTP {problem.status}</p>"
    return _page(
        f"{problem.title_zh} · {problem.title_en}", head + _section(problem, "zh") + _section(problem, "en")
    )


def _section(problem: Problem, language: Language) -> str:
    tag, meaning, advice, everything = WORDS[language]
    title, what_to_do = (
        (problem.title_zh, problem.advice_zh) if language == "zh" else (problem.title_en, problem.advice_en)
    )
    return (
        f'<section lang="{tag}"><h1>{escape(title)}</h1>'
        f"<h2>{meaning}</h2><p>{_marked(detail_of(problem, language))}</p>"
        f"<h2>{advice}</h2><p>{_marked(what_to_do)}</p>"
        f'<p><a href="{PAGES}">{everything}</a></p></section>'
    )


def _marked(text: str) -> str:
    """A text as HTML, what stands between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _page(title: str, body: str) -> Response:
    """A page of its own: no script, and nothing that is loaded from anywhere."""
    document = (
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>\n"
    )
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    safe = {
        "Content-Security-Policy": POLICY.format(digest),
        "Content-Language": "zh, en",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(document, media_type=HTML, headers=safe | {"Cache-Control": CACHE, "Vary": "Accept"})


def _json(document: BaseModel) -> Response:
    kept = {"Cache-Control": CACHE, "Vary": "Accept"}
    return Response(orjson.dumps(document.model_dump()), media_type=JSON, headers=kept)


def _explained(problem: Problem) -> ExplainedProblem:
    return ExplainedProblem(
        code=problem.code,
        status=problem.status,
        type=problem.type,
        title_zh=problem.title_zh,
        title_en=problem.title_en,
        detail_zh=detail_of(problem, "zh"),
        detail_en=detail_of(problem, "en"),
        advice_zh=problem.advice_zh,
        advice_en=problem.advice_en,
    )


def _prefers_json(accept: str) -> bool:
    """Whether a request prefers JSON to a page (RFC 9110, section 12.5.1); a page where it prefers neither."""
    return _quality(accept, "json") > _quality(accept, "html")


def _quality(accept: str, kind: str) -> float:
    """How much `accept` wants a type that ends with `kind`; the exact type counts before a range of types."""
    found = {"": -1.0}
    for choice in accept.lower().split(","):
        media_type, *parameters = [part.strip() for part in choice.split(";")]
        weights = [part.removeprefix("q=") for part in parameters if part.startswith("q=")]
        try:
            found[media_type] = float(weights[0]) if weights else 1.0
        except ValueError:
            continue
    exact = [quality for name, quality in found.items() if name.endswith((f"/{kind}", f"+{kind}"))]
    group = "text/*" if kind == "html" else "application/*"
    return max(exact) if exact else found.get(group, found.get("*/*", 0.0))
