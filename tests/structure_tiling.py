"""The tiling property of provisions, checked from its definition alone: shared by the structure tests."""


def tiling_faults(text, provisions):
    """What is wrong, in words; [] where the provisions tile the text.

    At the top level no two overlap and only white space lies outside; deeper, each lies in its parent, after its
    elder sibling; each begins and ends with a visible character; the order is that of the text.
    """
    faults = []
    covered = 0
    parents = []  # the open ancestors of the provision at hand, outermost first
    for p in provisions:
        name = f"{'/'.join(p.path) or '¶'} [{p.start}:{p.end}]"
        if not p.start < p.end <= len(text) or text[p.start : p.end] != text[p.start : p.end].strip():
            faults.append(f"{name} is empty or has white space around it")
        depth = max(len(p.path), 1)
        del parents[depth - 1 :]
        if depth == 1:
            if p.start < covered:
                faults.append(f"{name} overlaps")
            if text[covered : p.start].strip():
                faults.append(f"{name} leaves out {text[covered : p.start]!r}")
            covered = p.end
        elif len(parents) < depth - 1 or parents[-1].path != p.path[:-1] or p.end > parents[-1].end:
            faults.append(f"{name} lies in no parent")
        parents.append(p)
    if text[covered:].strip():
        faults.append(f"the end is left out: {text[covered:]!r}")
    elder = {}
    for p in provisions:
        for depth in [d for d in elder if d > len(p.path)]:
            del elder[depth]
        before = elder.get(len(p.path))
        if p.path and before is not None and p.start < before.end:
            faults.append(f"{'/'.join(p.path)} overlaps its elder sibling")
        elder[len(p.path)] = p
    return faults
