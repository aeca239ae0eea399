"""Suggestions over HTTP: which violation types a narrative speaks of."""

import asyncio

from fastapi import APIRouter, Request

from service.edge.context import context_of
from service.reports import reporters
from service.reports.reporters import ReporterPseudonym
from service.suggestions.lexicon import suggest
from service.suggestions.schemas import SuggestedBy, SuggestedViolation, Suggestions, Told

router = APIRouter(tags=["reports"])


@router.post(
    "/v1/violations:suggest",
    response_model=Suggestions,
    summary="Suggest the violation types that a narrative speaks of · 按陈述建议违规类型",
)
async def suggest_violations(told: Told, request: Request, pseudonym: ReporterPseudonym) -> Suggestions:
    """Each suggestion has the words that led to it; what is denied, feared or asked is not suggested. Nothing is stored."""
    async with context_of(request).database.connection() as connection:
        await reporters.require_reporter(connection, pseudonym)
    suggestions = await asyncio.to_thread(suggest, told.narrative)  # up to some two hundred milliseconds
    return Suggestions(
        suggestions=[
            SuggestedViolation(
                violation=one.violation, words=[SuggestedBy(**word._asdict()) for word in one.words]
            )
            for one in suggestions
        ]
    )
