"""What a phone scans or is told, to report for its unit; and the codes, drawn here."""

import base64
import io
import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

import segno

TRACCAR_INTERVAL_S = 10
TRACCAR_DISTANCE_M = 10
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of one device; each holds its token."""

    crew: str
    traccar: str
    traccar_url: str
    owntracks: str
    owntracks_url: str


def base_of(address: str) -> str:
    """Return scheme and host of the address in a browser: `https://sigap.example:8443`."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def is_local(base: str) -> bool:
    """Return whether an address leads only to the machine that asks."""
    return urlsplit(base).hostname in _LOCAL


def is_secure(base: str) -> bool:
    """Return whether a browser gives its position to a page of this address."""
    return base.startswith("https://") or is_local(base)


def links(base: str, unit_code: str, token: str) -> Links:
    """Return the addresses for a device.

    The crew page's token stands behind the `#`, which a browser sends to nobody. Traccar Client and OwnTracks
    take their settings from links of their own kind.
    """
    traccar_url, owntracks_url = f"{base}/api/osmand", f"{base}/api/owntracks"
    settings = {
        "url": traccar_url,
        "id": token,
        "interval": TRACCAR_INTERVAL_S,
        "distance": TRACCAR_DISTANCE_M,
    }
    config = {
        "_type": "configuration",
        "mode": 3,
        "url": owntracks_url,
        "auth": True,
        "username": unit_code,
        "password": token,
        "deviceId": unit_code,
    }
    inline = base64.b64encode(json.dumps(config, separators=(",", ":")).encode()).decode()
    return Links(
        crew=f"{base}/regu#{token}",
        traccar=f"org.traccar.client://config?{urlencode(settings)}",
        traccar_url=traccar_url,
        owntracks=f"owntracks:///config?inline={quote(inline, safe='')}",
        owntracks_url=owntracks_url,
    )


def qr(text: str) -> str:
    """Return a QR code as an SVG image in a `data:` address; dark on white, so that any phone reads it."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False
    )
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()
