"""The kernels that FAISS's own OpenBLAS uses: chosen here, before FAISS is imported.

The OpenBLAS inside the FAISS wheels does not know CPUs newer than itself and then falls back to kernels without AVX:
a batch of 64 queries over 100,000 vectors of 1,024 components took 468 ms with those and 140 ms with the right ones.
OpenBLAS reads the environment once, when it is loaded, so this is a matter for the first lines of a process.
"""

from collections.abc import MutableMapping
from pathlib import Path

from index import cpu

CORETYPE = "OPENBLAS_CORETYPE"
_SKYLAKEX = frozenset({"avx512f", "avx512dq", "avx512bw", "avx512vl", "fma"})
_HASWELL = frozenset({"avx2", "fma"})


def prefer_modern_kernels(environ: MutableMapping[str, str], *, cpuinfo: Path = cpu.CPUINFO) -> None:
    """Names the best OpenBLAS kernels that this CPU has; call it before anything imports `faiss`.

    A choice already in `environ` is the operator's and stays. Where the CPU cannot be read, or has neither AVX-512
    nor AVX2, nothing is set.

    Args:
        environ: the process's environment, `os.environ` outside tests.
        cpuinfo: the kernel's description of the CPUs.
    """
    if CORETYPE in environ:
        return
    flags = cpu.flags(cpuinfo)
    if flags >= _SKYLAKEX:
        environ[CORETYPE] = "SkylakeX"
    elif flags >= _HASWELL:
        environ[CORETYPE] = "Haswell"
