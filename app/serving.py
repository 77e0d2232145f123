"""The commands that serve: `serve` and `demo`."""

import argparse
import asyncio
import errno
import socket
import sys
from pathlib import Path

from app.access import Keys, read_keys, require_keys_off_loopback
from app.building import publish, report_text, sample_corpus, settings_to_build
from app.render import answer_for_terminal
from app.service import Service
from app.settings import Settings, SettingsError
from app.terminal import say, show
from app.wiring import ReleaseOpener, environment, load_embedder, make_llm, prepare_process
from generation.answer import Answer
from generation.assistant import Assistant
from index.importers.registry import read_corpus

DEMO_QUESTION = "How long does a controller have to notify a data breach?"


def serve(_: argparse.Namespace, settings: Settings) -> int:
    """Serves the chat page and the API until it is stopped."""
    keys = _keys(settings)
    prepare_process(environment(), settings)
    with _listening_socket(settings) as listener:  # first, so that a taken port costs no loading
        service = Service(ReleaseOpener(settings, make_llm(settings)))
        _run(service, settings, keys, listener)
    return 0


def demo(_: argparse.Namespace, settings: Settings) -> int:
    """From nothing to a served index of the sample law, in one process."""
    keys = _keys(settings)
    prepare_process(environment(), settings)
    with _listening_socket(settings) as listener:
        corpus = read_corpus([sample_corpus(settings)])
        say("loading the embedder ...")
        building = settings_to_build(settings)
        embedder = load_embedder(building)
        show(report_text(publish(corpus, building, embedder)))
        own = embedder if building == settings else None  # else the opener finds it, and the next one after a rollback
        service = Service(ReleaseOpener(settings, make_llm(settings), own))
        with service.engine() as engine:
            answer = asyncio.run(_first_answer(engine.assistant, k=settings.hits))
        show(f"\n> {DEMO_QUESTION}\n\n{answer_for_terminal(answer)}")
        _run(service, settings, keys, listener)
    return 0


async def _first_answer(assistant: Assistant, *, k: int) -> Answer:
    """The demo's question answered; the model's connections are closed, for the server asks from another event loop."""
    try:
        return await assistant.ask(DEMO_QUESTION, k=k)
    finally:
        await assistant.close()


def _keys(settings: Settings) -> Keys:
    """The keys that the settings name.

    Raises:
        SettingsError: they cannot be read, or there are none and strangers could reach the address.
    """
    keys = read_keys(Path(settings.keys)) if settings.keys else Keys()
    require_keys_off_loopback(settings.host, keys)
    return keys


def _listening_socket(settings: Settings) -> socket.socket:
    """The socket to serve on, bound but not yet listening.

    Raises:
        SettingsError: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        address = f"{settings.host}:{settings.port}"
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(f"{address} is in use; choose another port with --port (make demo PORT=...)") from error
        raise SettingsError(f"cannot listen on {address}: {error.strerror}; check --host and --port") from error
    return listener


def _run(service: Service, settings: Settings, keys: Keys, listener: socket.socket) -> None:
    from app.api.application import create_application  # noqa: PLC0415 - imports fastapi
    from app.chat import mount_chat  # noqa: PLC0415 - imports gradio
    from app.server import run_server  # noqa: PLC0415 - imports uvicorn

    say("loading the chat page ...")
    application, state = create_application(service, settings, keys=keys)
    release_pages = mount_chat(application, state)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    show(f"chat: http://{shown}:{port}/   API: http://{shown}:{port}/docs   CTRL-C stops it")
    sys.stdout.flush()
    run_server(application, listener, on_stop=release_pages)
    say("stopped")
