"""In which numbers the embedder multiplies matrices: float32, or bfloat16 where the processor is built for it.

Nothing here imports torch: a fingerprint is known in milliseconds.
"""

import hashlib
from typing import Literal, get_args

from index.errors import EmbedderError

Precision = Literal["float32", "bfloat16"]
PRECISIONS: tuple[str, ...] = get_args(Precision)


def parse(name: str) -> Precision:
    """The precision of this name.

    Raises:
        EmbedderError: there is none; the message lists them.
    """
    for precision in get_args(Precision):
        if name == precision:
            return precision  # type: ignore[no-any-return]  # `get_args` forgets that these are the literals
    raise EmbedderError(f"precision {name!r}: it may be {' or '.join(PRECISIONS)}")


def fingerprint(full: str, precision: Precision) -> str:
    """The fingerprint of the model in this precision: another one's vectors differ, by about 1e-5 in the cosine.

    Args:
        full: of the model in float32, sixteen hex digits.
        precision: in which it runs.
    """
    return full if precision == "float32" else hashlib.sha256(f"{full}\n{precision}".encode()).hexdigest()[:16]
