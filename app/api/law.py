"""`GET /api/v1/search` and `GET /api/v1/articles/{id}`: the law itself, without an answer."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from app.api.day import Day
from app.api.state import State
from app.linked_article import linked_article_json
from app.render import hit_json
from app.shapes import ErrorJson, LinkedArticleJson, SearchJson
from index.validity import Standing
from retrieval.law_on_a_day import LawOnADay, current_day
from retrieval.search import Filters


def router(state: State) -> APIRouter:
    """The routes, answering from `state`."""
    routes = APIRouter(tags=["law"])

    @routes.get(
        "/api/v1/search",
        response_model=SearchJson,
        responses={422: {"model": ErrorJson}, 429: {"model": ErrorJson}},
    )
    async def search(
        *,
        question: Annotated[str, Query(description="What to look for, in words or as a question.")],
        k: Annotated[int, Query(ge=1, le=100, description="How many articles at most.")] = 10,
        law: Annotated[list[str] | None, Query(description="Only this law (id); repeatable.")] = None,
        lang: Annotated[list[str] | None, Query(description="Only law in this language; repeatable.")] = None,
        jurisdiction: Annotated[str | None, Query(description="Only law of this jurisdiction.")] = None,
        as_of: Annotated[Day | None, Query(description="The law of this day. Absent: today's.")] = None,
    ) -> SearchJson:
        """The articles that bear on a question, best first."""
        filters = Filters(
            laws=frozenset(law or ()),
            langs=frozenset(lang or ()),
            jurisdictions=state.jurisdictions(jurisdiction),
            as_of=as_of,
        )
        async with state.admission.admit():
            with state.service.engine() as engine:
                hits = await asyncio.to_thread(engine.search, question, k=k, filters=filters)
        return {"question": question, "hits": [hit_json(hit) for hit in hits]}

    @routes.get(
        "/api/v1/articles/{article_id:path}",
        response_model=LinkedArticleJson,
        responses={404: {"model": ErrorJson, "description": "no article has this id"}},
    )
    def article(
        article_id: str,
        as_of: Annotated[Day | None, Query(description="The text of this day. Absent: today's.")] = None,
    ) -> LinkedArticleJson:
        """An article with its clauses, points and references; the id percent-encoded, as `32016R0679%23a33`."""
        with state.service.engine() as engine:
            release = engine.release
            found = release.find_article(article_id)
            if found is None:
                raise HTTPException(404, f"no article has the id {article_id!r}; /api/v1/search finds ids")
            told = LawOnADay(release).speaking(found, as_of, today=current_day())
            if told.standing is Standing.HISTORY_MISSING:
                since = told.version.valid_from or "an unknown day"
                raise HTTPException(404, f"no text of {article_id!r} on {as_of} is in this index; it begins {since}")
            return linked_article_json(release, found, told.version, standing=told.standing)

    return routes
