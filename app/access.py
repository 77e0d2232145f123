"""Who may ask: hashed API keys in a file, and the rule that only loopback goes without them."""

import hashlib
import hmac
import ipaddress
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from app.settings import SettingsError

_NAME = re.compile(r"[\w.@-]+")  # nothing that a key file reads as a comment, a separator or a line end


@dataclass(frozen=True, slots=True)
class Keys:
    """The API keys that are let in; none at all means that everybody is.

    Attributes:
        hashes: (name of the holder, SHA-256 of the key in hex), in the order of the file.
    """

    hashes: tuple[tuple[str, str], ...] = ()

    def holder(self, key: str) -> str | None:
        """The name of the key's holder, or None for a wrong key; every hash is compared, in constant time."""
        digest = _digest(key)
        found = None
        for name, known in self.hashes:
            if hmac.compare_digest(digest, known):
                found = name
        return found


def read_keys(path: Path) -> Keys:
    """Reads a key file.

    Raises:
        SettingsError: the file cannot be read, or a line is not `name:sha256`.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"the key file {path} cannot be read ({error}); make one with `lexcite key NAME`"
        ) from error
    hashes = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, digest = line.strip().rpartition(":")
        if not name or len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise SettingsError(f"{path}, line {number}: not `name:sha256`; write lines with `lexcite key NAME`")
        hashes.append((name, digest))
    return Keys(tuple(hashes))


def new_key(name: str, path: Path) -> str:
    """Makes a key for `name`, appends its hash to the file, and returns the key, which is stored nowhere."""
    if not _NAME.fullmatch(name):
        raise SettingsError(f"a key's name is one word of letters, digits and any of - _ . @, not {name!r}")
    key = secrets.token_urlsafe(32)
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)  # before a byte is written, whoever made the file
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{name}:{_digest(key)}\n")
    except OSError as error:
        raise SettingsError(f"the key file {path} cannot be written ({error}); choose another with --keys") from error
    return key


def require_keys_off_loopback(host: str, keys: Keys) -> None:
    """Refuses to listen where strangers can reach it without keys.

    Raises:
        SettingsError: `host` is not a loopback address and there are no keys.
    """
    if keys.hashes or host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingsError(
            f"refusing to listen on {host} without keys: make one with `lexcite key NAME --keys FILE`, "
            "set LEXCITE_KEYS=FILE, or listen on 127.0.0.1"
        )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
