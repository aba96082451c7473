"""What psycopg and the server say, as hansa's errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from hansa.engines.errors import StatementFailed, TargetBusy, TargetFailed

# classes of SQLSTATE that are about the server and not about the statement
_OUTSIDE = ("08", "53", "54", "57", "58", "F0", "XX")
# a lock that was not to be had in time, a deadlock, a conflict of transactions
_BUSY = ("55P03", "40P01", "40001")


@contextmanager
def raising(url: str, sql: str) -> Iterator[None]:
    """Turns the driver's errors into StatementFailed, TargetFailed and TargetBusy."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        state = error.sqlstate or ""
        reason = clean(error.diag.message_primary or str(error))
        if error.diag.message_detail and state.startswith("2B"):
            reason += f" ({clean(error.diag.message_detail)})"
        if state in _BUSY:
            raise TargetBusy(url, "a reader or another command", 0) from None
        lost = not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        if lost or state[:2] in _OUTSIDE:
            raise TargetFailed(url, reason) from None
        raise StatementFailed(reason, sql) from None


def clean(message: str, secret: str | None = None) -> str:
    """A message as the end of a sentence, in one line and without the secret."""
    text = message.replace(secret, "…") if secret else message
    line = " ".join(text.split())
    line = re.sub(r"^connection failed: ", "", line)
    line = re.sub(r"\b(?:FATAL|ERROR): +", "", line).rstrip(" .!")
    return line[:1].lower() + line[1:] if line[:2].istitle() else line
