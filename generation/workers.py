"""Where CPU-bound steps run, so that no stream of answers waits for another's."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Workers:
    """Threads to work in; None for asyncio's own."""

    executor: Executor | None = None

    async def run(self, step: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What the step returns, worked out beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.executor, partial(step, *args, **kwargs))
