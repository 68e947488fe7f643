"""Secrets at rest: sealed with a key that lies in the data folder and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken


class BadSeal(Exception):
    """What was sealed cannot be opened: another key, or the bytes were changed."""


class Seal:
    """Seals and opens short secrets (Fernet: AES-CBC with HMAC)."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def close(self, text: str) -> bytes:
        """The sealed form of a text."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text again; raises BadSeal."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise BadSeal("the key in secret.key is not the one this was sealed with") from error


def seal_in(folder: Path) -> Seal:
    """The seal of a data folder. Its key file `secret.key` (mode 0600) is made when it is missing.

    The key is written under another name and linked into place, so that two processes that start
    at the same moment agree on one key.
    """
    path = folder / "secret.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".secret.key.{os.getpid()}.{os.urandom(4).hex()}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, Fernet.generate_key())
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return Seal(path.read_bytes().strip())
