"""What of config.yaml concerns the broker: the agreement that covers the whole network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from foundation.settings import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSettings:
    """One agreement between all members. `forms` are letters a to h; fees are whole rupiah.

    `loan_days` is how long a supplier lends, `copy_fee` is for one copy request.
    `answer_days` are working days within which a supplier must acknowledge and act.
    """

    __pydantic_config__: ClassVar[dict[str, object]] = STRICT
    code: str = "PK-0001"
    name: str = "Perjanjian kerja sama anggota"
    forms: str = "fgh"
    valid_from: date | None = None
    valid_to: date | None = None
    loan_days: int = 28
    loan_fee: int = 0
    copy_fee: int = 0
    acknowledge_days: int = 1
    answer_days: int = 3
