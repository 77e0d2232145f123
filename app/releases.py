"""`lexcite releases`: list, compare, check, prune and roll back the releases of an index."""

import argparse
import difflib

from app.settings import Settings
from app.terminal import say, show, show_json
from index.articles import ArticleVersion
from index.changes import Change, changes
from index.errors import ReleaseError
from index.release import Release, list_releases, prune, published_release, rollback


def releases(arguments: argparse.Namespace, settings: Settings) -> int:
    """Carries out one action on the releases."""
    match arguments.action:
        case "diff":
            return _diff(arguments, settings)
        case "rollback":
            wanted = arguments.id or _before_the_published(settings)
            rollback(settings.index, wanted)
            show(f"published {wanted} again; a running server takes it within seconds")
        case "prune":
            removed = prune(settings.index, max(arguments.keep, 1))
            show("\n".join(f"removed {name}" for name in removed) or "nothing to remove")
        case "verify":
            with Release.open(settings.index, release_id=arguments.id, verify="all") as release:
                show(f"{release.id}: {len(release.manifest.files)} files are as they were published")
        case _:
            return _list(arguments, settings)
    return 0


def _list(arguments: argparse.Namespace, settings: Settings) -> int:
    if not settings.index.is_dir():
        raise ReleaseError(f"{settings.index}: there is no index here: make one with build-index")
    summaries = list_releases(settings.index)
    if arguments.json:
        rows = [
            {
                "id": one.id,
                "current": one.current,
                "laws": one.manifest.laws if one.manifest else None,
                "articles": one.manifest.articles if one.manifest else None,
                "embedder": one.manifest.embedder if one.manifest else None,
                "problem": one.problem,
            }
            for one in summaries
        ]
        show_json(rows)
        return 0
    for one in summaries:
        about = one.problem
        if one.manifest is not None:
            about = f"{one.manifest.laws} laws, {one.manifest.articles} articles, {one.manifest.embedder}"
        show(f"{'*' if one.current else ' '} {one.id}  {about}")
    if not summaries:
        say(f"no releases in {settings.index}; make one with build-index")
    return 0


def _before_the_published(settings: Settings) -> str:
    current = published_release(settings.index)
    earlier = [one.id for one in list_releases(settings.index) if one.id < current and not one.problem]
    if not earlier:
        raise ReleaseError(f"{settings.index}: no release is older than {current}; see `lexcite releases list`")
    return earlier[-1]


def _diff(arguments: argparse.Namespace, settings: Settings) -> int:
    with (
        Release.open(settings.index, release_id=arguments.a) as earlier,
        Release.open(settings.index, release_id=arguments.b) as later,
    ):
        found = changes(earlier, later)
    if arguments.json:
        show_json([{"what": one.what, "article_id": one.article.id, "article": one.article.label} for one in found])
        return 0
    for one in found:
        show(_change_text(one))
    counts = {what: sum(one.what == what for one in found) for what in ("added", "changed", "repealed", "removed")}
    show(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 0


def _change_text(change: Change) -> str:
    title = f"{change.what:9}{change.article.label}, {change.law} ({change.article.id})"
    if change.before is None or change.after is None:
        return title
    lines = difflib.unified_diff(_lines(change.before), _lines(change.after), lineterm="", n=0)
    shown = [f"    {line}" for line in lines if not line.startswith(("---", "+++", "@@"))]
    return "\n".join([title, *shown])


def _lines(version: ArticleVersion) -> list[str]:
    dates = f"{version.status.value}, from {version.valid_from or 'unknown'} to {version.valid_to or 'open or unknown'}"
    return [f"[{dates}]", version.heading, *version.text.split("\n")]
