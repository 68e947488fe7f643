"""The confirmation of a message: its header again, when it was received, and what was wrong with it."""

from __future__ import annotations

from datetime import datetime

from broker.iso18626 import values as v
from broker.iso18626.schema import EDITIONS
from broker.iso18626.writing import write


def confirm(
    kind: str,
    header: v.Header,
    version: str,
    now: datetime,
    faults: tuple[v.Fault, ...] = (),
    document: v.Document | None = None,
) -> bytes:
    """The answer to a message of this kind, in its version; in 1.2 where that is none that we write.

    Without faults it is OK. 1.2 has room for one fault (errorData), 2021 for all.
    """
    version = version if version in EDITIONS else "1.2"
    confirmation = v.Confirmation(
        of=kind.removesuffix("Confirmation"),
        supplier=header.supplier,
        requester=header.requester,
        at=header.at or now,
        request_id=header.request_id,
        several=header.several,
        received=now,
        status="ERROR" if faults else "OK",
        reason=document.info.reason if isinstance(document, v.Supplying) else "",
        action=document.action if isinstance(document, v.Requesting) else "",
        faults=faults[:1] if EDITIONS[version] == "1.2" else faults,
    )
    return write(confirmation, version)
