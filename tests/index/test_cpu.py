"""What the processor can do, read from the kernel's description."""

import pytest

from index import cpu


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx2 fma avx512f avx512_bf16", True),
        ("fpu avx2 fma amx_tile amx_bf16", True),
        ("fpu avx2 fma avx512f avx512_vnni", False),
        ("", False),
    ],
)
def test_bfloat16_in_hardware_is_read_from_the_flags(tmp_path, flags, expected):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: {flags}\n\nprocessor\t: 1\n")
    assert cpu.flags(cpuinfo) == frozenset(flags.split())
    assert cpu.multiplies_bfloat16(cpuinfo) is expected


def test_a_processor_that_cannot_be_read_has_no_flags(tmp_path):
    assert cpu.flags(tmp_path / "none") == frozenset()
    assert not cpu.multiplies_bfloat16(tmp_path / "none")
