"""The web application: routes, errors, health, and the watch for new releases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from app.access import Keys
from app.api import law, openai, questions
from app.api.limits import Admission, Limits
from app.api.state import State
from app.service import Service
from app.settings import Settings
from app.shapes import HealthJson
from generation.llm import LLMError
from index.errors import UserFacingError

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REFRESH_SECONDS = 2.0  # how long a newly published release waits until it answers


def create_application(service: Service, settings: Settings, *, keys: Keys) -> tuple[FastAPI, State]:
    """The application that `lexcite serve` runs, without the chat page, and what its routes share.

    Args:
        service: what answers; the application closes it when it stops.
        settings: limits and defaults.
        keys: who may ask.
    """
    state = State(service, settings, Admission(settings.workers + settings.queue))
    application = FastAPI(
        title="lexcite",
        version="1",
        description="Legal questions answered from the text of the law, every sentence with its citation.",
        docs_url=None,  # the usual pages load scripts from other hosts
        redoc_url=None,
        lifespan=lambda _: _lifespan(service),
    )
    for module in (questions, law, openai):
        application.include_router(module.router(state))
    _health(application, service)
    _errors(application)
    _documentation(application)
    _unknown_paths(application)
    application.add_middleware(Limits, keys=keys)
    return application, state


@asynccontextmanager
async def _lifespan(service: Service) -> AsyncIterator[None]:
    async def watch() -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            await asyncio.to_thread(service.refresh)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        with service.engine() as engine:
            await engine.assistant.close()
        service.close()


def _health(application: FastAPI, service: Service) -> None:
    @application.get("/healthz", tags=["health"], response_model=HealthJson)
    async def healthz() -> HealthJson:
        """Whether the process lives."""
        return {"status": "ok", "release": "", "detail": ""}

    @application.get("/readyz", tags=["health"], response_model=HealthJson)
    async def readyz() -> HealthJson:
        """Whether questions are answered, and from which release; `detail` says what is not as it should be."""
        with service.engine() as engine:
            detail = "; ".join(filter(None, (service.trouble, *engine.fallbacks)))
            return {"status": "ready", "release": engine.release.id, "detail": detail}


def _errors(application: FastAPI) -> None:
    @application.exception_handler(HTTPException)  # Starlette's, which is FastAPI's own too
    async def http_error(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)

    @application.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        problems = (f"{'.'.join(str(part) for part in e['loc'][1:]) or 'body'}: {e['msg']}" for e in error.errors())
        return JSONResponse({"error": "; ".join(problems)}, 422)

    @application.exception_handler(UserFacingError)
    async def user_facing(_: Request, error: UserFacingError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 503 if isinstance(error, LLMError) else 422)


def _unknown_paths(application: FastAPI) -> None:
    """Answers what no route under /api and /v1 takes; the chat page at `/` would otherwise answer it as a page."""

    @application.api_route("/api/{rest:path}", methods=list(_METHODS), include_in_schema=False)
    @application.api_route("/v1/{rest:path}", methods=list(_METHODS), include_in_schema=False)
    async def unknown(request: Request) -> JSONResponse:
        known = application.openapi()["paths"].get(request.url.path, {})
        if known:
            allowed = ", ".join(method.upper() for method in known)
            said = f"{request.url.path} takes {allowed}"
            return JSONResponse({"error": said}, 405, {"Allow": allowed})
        return JSONResponse({"error": f"there is nothing at {request.url.path}; /docs lists what there is"}, 404)


def _documentation(application: FastAPI) -> None:
    @application.get("/docs", include_in_schema=False)
    async def documentation() -> HTMLResponse:
        """The operations of /openapi.json as a plain page that loads nothing from anywhere."""
        return HTMLResponse(_documentation_page(application.openapi()))


def _documentation_page(schema: dict[str, Any]) -> str:
    rows = []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            inputs = [f"{one['name']}: {one.get('description', '')}" for one in operation.get("parameters", ())]
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if reference := content.get("schema", {}).get("$ref"):
                fields = schema["components"]["schemas"][reference.rsplit("/", 1)[-1]]["properties"]
                inputs += [f"{name}: {about.get('description', '')}" for name, about in fields.items()]
            listed = "".join(f"<li>{escape(one.rstrip(': '))}</li>" for one in inputs)
            rows.append(
                f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
                f"<p>{escape(operation.get('description', ''))}</p><ul>{listed}</ul>"
            )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>lexcite API</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:16px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
        "code{font-size:1.05em}h2{margin:1.6em 0 .2em}</style>"
        f"<h1>lexcite API</h1><p>{escape(schema['info']['description'])} "
        f'The whole schema: <a href="/openapi.json">/openapi.json</a>.</p>{"".join(rows)}</html>'
    )
