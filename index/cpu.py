"""What the processor says of itself, read without torch."""

from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
_BFLOAT16 = frozenset({"amx_bf16", "avx512_bf16"})


def flags(cpuinfo: Path = CPUINFO) -> frozenset[str]:
    """The feature flags of the first CPU; empty where the file is absent or of another architecture."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()


def multiplies_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """Whether it multiplies bfloat16 in hardware (AMX or AVX-512 BF16); without, bfloat16 is slower than float32."""
    return bool(flags(cpuinfo) & _BFLOAT16)
