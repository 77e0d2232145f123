"""Asking a model for questions article by article, each reply kept on disk as it comes: a kill loses nothing."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path

from retrieval.json_lines import numbered_lines
from retrieval.pairs import PairsError
from retrieval.synthetic import Reply


def ask_for_questions(
    prompts: Sequence[tuple[str, str]],
    write: Callable[[str], str],
    path: Path,
    *,
    model: str,
    at_once: int = 1,
    on_reply: Callable[[Reply], None] | None = None,
) -> tuple[Reply, ...]:
    """Asks for every article that has no reply yet, and adds each reply to a file when it is there.

    Args:
        prompts: (`Article.id`, prompt), in the order to ask.
        write: prompt -> what the model writes; called from `at_once` threads.
        path: JSON Lines, one reply each; made if need be, gone on with if it is there. A last line that a kill cut off
            is taken away.
        model: as its server names it; replies of another model, or to another prompt, are asked for anew.
        at_once: prompts under way at a time, at least 1.
        on_reply: called after each new one.

    Returns:
        The replies to `prompts`, in their order.

    Raises:
        PairsError: the file cannot be read or written.
        UserFacingError: of `write`; what has come till then is in the file.
    """
    done = {(one.article_id, one.prompt, one.model): one for one in read_replies(path)}
    keys = {article_id: (article_id, _fingerprint(prompt), model) for article_id, prompt in prompts}
    missing = [(article_id, prompt) for article_id, prompt in prompts if keys[article_id] not in done]

    def ask(article_id: str, prompt: str) -> Reply:
        started = time.monotonic()
        text = write(prompt)
        return Reply(article_id, text, _fingerprint(prompt), model, round(time.monotonic() - started, 3))

    with ThreadPoolExecutor(at_once) as pool:
        under_way: set[Future[Reply]] = set()
        try:
            while missing or under_way:
                while missing and len(under_way) < at_once:
                    under_way.add(pool.submit(ask, *missing.pop(0)))
                ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                failure: BaseException | None = None
                for one in ended:
                    failure = failure or one.exception()
                    if one.exception() is None:
                        reply = one.result()
                        _append(path, reply)
                        done[keys[reply.article_id]] = reply
                        if on_reply is not None:
                            on_reply(reply)
                if failure is not None:
                    raise failure
        finally:
            for one in under_way:
                one.cancel()
    return tuple(done[keys[article_id]] for article_id, _ in prompts)


def read_replies(path: Path) -> tuple[Reply, ...]:
    """The replies of a file, none where there is no file; a last line that was cut off is taken out of the file.

    Raises:
        PairsError: naming file and line.
    """
    if not path.exists():
        return ()
    _drop_torn_line(path)
    replies = []
    for number, line in numbered_lines(path, error=PairsError, what="replies"):
        try:
            replies.append(Reply(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise PairsError(
                f"{path}, line {number}: not a reply of `lexcite pairs synthetic`; name another file."
            ) from error
    return tuple(replies)


def _drop_torn_line(path: Path) -> None:
    """Cuts off what follows the last line feed: the write that a kill or a full disk interrupted."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)


def _append(path: Path, reply: Reply) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(reply), ensure_ascii=False) + "\n")
    except OSError as error:
        raise PairsError(
            f"{path} cannot be written ({error.strerror}); make room, then run the command again."
        ) from error


def _fingerprint(prompt: str) -> str:
    return hashlib.sha256(prompt.encode()).hexdigest()[:16]
