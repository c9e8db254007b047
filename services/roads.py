"""Install the city's roads from an OpenStreetMap extract: `make roads OSM=file.osm.pbf` (or an address).

The address may also stand in SIGAP_OSM_URL. The extract is only read; what is kept of it is one GeoParquet
file among the data of this installation. Extracts are under the ODbL: maps must credit their contributors.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from citypack import load_city_pack
from domain.errors import SigapError
from geo.errors import GeoError, RoadDownloadFailed
from geo.road_import import RoadSummary, import_roads
from services.center import Settings

Progress = Callable[[str], None]

_CHUNK = 1 << 20
_TIMEOUT_S = 30.0


def network_path(settings: Settings) -> Path:
    """Return where the imported roads lie; there is no file until they are imported."""
    return settings.var_dir / "roads.parquet"


def install_roads(settings: Settings, source: str, progress: Progress) -> RoadSummary:
    """Import the roads of the city's area from a file or an http(s) address; the old ones stay on failure.

    Raises: BadRoads, BadCityPack.
    """
    pack = load_city_pack(settings.city_dir)
    if urlsplit(source).scheme not in ("http", "https"):
        return import_roads(Path(source), network_path(settings), pack.area, progress)
    with tempfile.TemporaryDirectory(prefix="sigap-roads-") as folder:
        fetched = _download(source, Path(folder), progress)
        return import_roads(fetched, network_path(settings), pack.area, progress)


def _download(url: str, folder: Path, progress: Progress) -> Path:
    name = Path(urlsplit(url).path).name or "extract"
    target = folder / name
    try:
        with (
            httpx.stream("GET", url, follow_redirects=True, timeout=_TIMEOUT_S) as answer,
            target.open("wb") as file,
        ):
            answer.raise_for_status()
            expected = int(answer.headers.get("content-length", 0))
            told = 0
            for chunk in answer.iter_bytes(_CHUNK):
                file.write(chunk)
                if file.tell() - told >= 10 * _CHUNK:
                    told = file.tell()
                    of_all = f" dari {expected / 1e6:.0f} MB" if expected else ""
                    progress(f"  {told / 1e6:.0f} MB{of_all} diunduh")
    except httpx.HTTPStatusError as problem:
        raise RoadDownloadFailed(url=url, detail=f"HTTP {problem.response.status_code}") from problem
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
        raise RoadDownloadFailed(url=url, detail=str(problem) or type(problem).__name__) from problem
    return target


def main() -> int:
    """Install from the file or address given on the command line, else from SIGAP_OSM_URL."""
    source = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] else os.environ.get("SIGAP_OSM_URL", "")
    if not source:
        print("Sebutkan ekstrak OpenStreetMap: make roads OSM=berkas.osm.pbf (atau alamat https).")
        return 2
    settings = Settings.from_environment()
    try:
        install_roads(settings, source, lambda text: print(text, flush=True))
    except (GeoError, SigapError) as problem:
        print(f"GAGAL: {problem}", file=sys.stderr)
        return 1
    print("Data jalan © OpenStreetMap contributors, ODbL 1.0. Usulan unit memakainya mulai sekarang.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
