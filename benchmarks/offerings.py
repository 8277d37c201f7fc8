"""A product catalogue of any size over HTTP, in TMF620's shape: made as it is asked for, in a process of its own.

`python -m benchmarks.offerings`: prints its address, and serves until its input is closed. What it lists is set by
PUT /state {"count", "changed", "new"}: so many products, of which so many say something else, and so many new ones.
"""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_WORDS = (
    "Unlimited calls inside the network and a monthly allowance of data at full speed. What is left moves to the next"
    " month, once. Roaming in the neighbouring countries is included; taxes are in the price. Ends with 30 days notice."
)


class State:
    """What the source lists now."""

    count = 0
    changed = 0
    new = 0


def offering(number: int, *, changed: bool) -> dict[str, Any]:
    """Return one offering: about a kilobyte, as a BSS sends it."""
    price = 9 + number % 90 + (0.5 if changed else 0.25)
    return {
        "id": f"PO-{number:07}",
        "href": f"/productCatalogManagement/v5/productOffering/PO-{number:07}",
        "name": f"Plan {number}" + (" plus" if changed else ""),
        "description": f"{number}: {_WORDS}",
        "version": "1.0",
        "lifecycleStatus": "Active",
        "lastUpdate": "2026-11-02T10:00:00Z" if changed else "2026-11-01T10:00:00Z",
        "isBundle": False,
        "validFor": {"startDateTime": "2026-01-01T00:00:00Z"},
        "category": [{"id": str(number % 40), "name": f"Prepaid/Data {number % 40}"}],
        "channel": [{"id": "1", "name": "web"}, {"id": "2", "name": "shop"}],
        "marketSegment": [{"id": "mass", "name": "Mass market"}],
        "productOfferingCharacteristic": [
            {"name": "data_allowance", "value": number % 50 + 1, "unitOfMeasure": "GB"},
            {"name": "voice_minutes", "value": 500, "unitOfMeasure": "min"},
            {"name": "brand", "value": "Tamra"},
        ],
        "productOfferingPrice": [
            {
                "name": "Monthly",
                "priceType": "recurring",
                "recurringChargePeriod": "month",
                "price": {"taxIncludedAmount": {"unit": "SAR", "value": price}},
            },
            {
                "name": "Activation",
                "priceType": "one time",
                "price": {"taxIncludedAmount": {"unit": "SAR", "value": 25}},
            },
        ],
    }


def _page(offset: int, limit: int) -> Iterator[dict[str, Any]]:
    total = State.count + State.new
    for number in range(offset, min(offset + limit, total)):
        yield offering(number, changed=number < State.changed)


class _Offerings(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        offset, limit = (int(asked.get(name, ["0"])[0]) for name in ("offset", "limit"))
        body = json.dumps(list(_page(offset, limit or 50)), separators=(",", ":")).encode()
        self._answer(body)

    def do_PUT(self) -> None:
        for name, value in json.loads(self.rfile.read(int(self.headers["Content-Length"]))).items():
            setattr(State, name, value)
        self._answer(b"{}")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Total-Count", str(State.count + State.new))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_ignored: object) -> None:
        pass


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Offerings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"base_url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
