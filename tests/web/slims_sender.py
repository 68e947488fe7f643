"""SLiMS as it uploads to a union catalogue: the JSON of PHP, the paths of its versions, what it makes of answers."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient

_COLUMNS = (
    "spec_detail_info gmd_code gmd_name edition isbn_issn publisher_name publish_year collation series_title "
    "call_number image language_id language_name place_name classification notes frequency"
)


def title(number: int, name: str = "", **cells: Any) -> dict[str, Any]:
    """A title with the columns that SLiMS selects; what is empty is NULL."""
    row: dict[str, Any] = dict.fromkeys(_COLUMNS.split())
    return {
        "biblio_id": str(number),
        "title": name or f"Judul {number}",
        **row,
        "authors": [],
        "subjects": [],
        **cells,
    }


def author(name: str, level: str = "1") -> dict[str, Any]:
    """An author, or a subject, as a row of its table."""
    return {"name": name, "level": level, "type": "p", "auth_list": None}


class Sender:
    """One SLiMS with its `$sysconf['ucs']`."""

    def __init__(self, client: FlaskClient, node: str, password: str, version: int = 3) -> None:
        self.client = client
        self.info = {
            "enable": True,
            "auto_delete": True,
            "auto_insert": True,
            "serveraddr": "http://localhost",
            "serverversion": version,
            "id": node,
            "password": password,
            "name": "Perpustakaan Uji",
        }

    def upload(self, *titles: dict[str, Any]) -> tuple[str, str]:
        """Send titles; (status, message) as SLiMS shows them."""
        path = "/ucpoll.php" if self.info["serverversion"] < 3 else "/ucs.php"  # type: ignore[operator]
        return self.post(path, {int(one["biblio_id"]): one for one in titles})

    def delete(self, *numbers: int) -> tuple[str, str]:
        """Send deletions; (status, message)."""
        path = "/uc-ops.php" if self.info["serverversion"] < 3 else "/ucs.php"  # type: ignore[operator]
        return self.post(path, {"operation": "delete", "biblio": ",".join(map(str, numbers))})

    def post(self, path: str, data: Any) -> tuple[str, str]:
        """Send anything as its node."""
        return self.raw(
            path, json.dumps({"node_info": self.info, "node_data": data}).replace("/", "\\/").encode()
        )

    def raw(self, path: str, body: bytes) -> tuple[str, str]:
        """Send bytes. Anything but 200 is 'HTTP_REQUEST_ERROR' to SLiMS, whatever the body says."""
        answer = self.client.post(path, data=body)
        if answer.status_code != 200:
            return "HTTP_REQUEST_ERROR", str(answer.status_code)
        value = json.loads(answer.data)
        assert set(value) == {"status", "message"}
        return value["status"], value["message"]
