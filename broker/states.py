"""The three tables of a loan: the request, the leg (how the requesting side sees an attempt) and the supply.

Together they are the whole behaviour; `broker.request` and `broker.supply` carry their effects out.
"""

from __future__ import annotations

from typing import Any

from broker.leg_states import ASKING, AT_HAND, BEFORE_SHIPMENT, LEG, NOT_SUPPLIED
from broker.request_states import REQUEST
from broker.supply_states import ENDED, LENT, SUPPLY
from foundation.workflow import Machine

__all__ = [
    "ASKING",
    "AT_HAND",
    "BEFORE_SHIPMENT",
    "ENDED",
    "LEG",
    "LENT",
    "MACHINES",
    "NOT_SUPPLIED",
    "REQUEST",
    "SUPPLY",
]

MACHINES: tuple[Machine[Any], ...] = (REQUEST, LEG, SUPPLY)
