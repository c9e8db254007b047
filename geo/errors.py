"""Every error that geography raises on purpose.

::

    GeoError
    ├── BadCoordinate                 a pair of numbers that is no place on earth
    │   ├── CoordinateNotANumber
    │   ├── CoordinateOutOfRange
    │   ├── SwappedCoordinate         lat given as lon
    │   ├── UnreadableCoordinates     a text in no accepted notation
    │   └── AmbiguousCoordinates      a text that fits twice
    ├── OutsideArea                   a good place, but not in the known area
    ├── Unreachable                   no way from here to there
    │   ├── TooFarFromWater
    │   ├── OutsideWaterMap
    │   ├── NoWaterRoute
    │   ├── DifferentIslands
    │   ├── AcrossWater
    │   ├── NotOnLand
    │   ├── WindTooStrong
    │   ├── BeyondEndurance
    │   ├── TooFarFromRoad
    │   ├── NoRoadRoute
    │   └── BeyondRoadLimit
    ├── NoNavigableWater              the map of water shows none
    ├── BadLayer                      a map file that must not be used
    │   ├── LayerUnreadable
    │   ├── LayerNotGeoJSON
    │   ├── LayerEmpty
    │   ├── LayerWrongGeometry
    │   ├── LayerBadCoordinate
    │   ├── LayerInvalidShape
    │   └── LayerMissingProperty
    └── BadRoads                      a road file that must not be used
        ├── RoadFileUnreadable
        ├── RoadFileEmpty
        ├── RoadFileNotOsm
        ├── RoadFileBroken            truncated or damaged
        ├── NoRoadsInArea
        ├── RoadsNotWritten
        ├── RoadNetworkBroken         the imported network, not the extract
        └── RoadDownloadFailed

Sentences are Indonesian `str.format` templates with named parameters, so that a screen can translate
`error.template` and fill in `error.params` itself.
"""

from typing import ClassVar


def N_(text: str) -> str:
    """Mark `text` for extraction by gettext; returns it unchanged."""
    return text


class GeoError(Exception):
    """Base of all expected errors of geography; `str()` is the finished Indonesian sentence."""

    template: ClassVar[str] = N_("Kesalahan geografi.")

    def __init__(self, **params: object) -> None:
        super().__init__(self.template.format(**params))
        self.params = params

    def __reduce__(self) -> tuple[object, ...]:
        # Exception's own pickling would call cls(sentence), which keyword-only params refuse.
        return _rebuild, (type(self), self.params)


def _rebuild(kind: type[GeoError], params: dict[str, object]) -> GeoError:
    return kind(**params)


class BadCoordinate(GeoError):
    """Base of the errors about a pair of numbers that is no place on earth."""

    template = N_("Koordinat tidak sah.")


class CoordinateNotANumber(BadCoordinate):
    """Params: name, value."""

    template = N_("Koordinat {name} harus berupa angka, bukan {value}. Isi derajat desimal, mis. 117.6.")


class CoordinateOutOfRange(BadCoordinate):
    """Params: name, value, low, high."""

    template = N_(
        "Koordinat {name} = {value} di luar rentang {low} sampai {high} derajat. Periksa angka dan satuannya."
    )


class SwappedCoordinate(BadCoordinate):
    """Params: lon, lat (as given)."""

    template = N_(
        "lon dan lat tampaknya tertukar: lon = {lon}, lat = {lat}. "
        "Bujur (lon) ditulis lebih dahulu; tukar kedua angka itu."
    )


class UnreadableCoordinates(BadCoordinate):
    """Params: text."""

    template = N_(
        "Koordinat “{text}” tidak dapat dibaca. Tulis derajat desimal (3.315, 117.66 atau 3,315; 117,66), "
        "derajat menit (3°18,9′ LU 117°39,6′ BT), atau derajat menit detik (3°18'54\" N 117°39'36\" E)."
    )


class AmbiguousCoordinates(BadCoordinate):
    """Params: text."""

    template = N_(
        "Koordinat “{text}” dapat dibaca dengan dua cara. Tambahkan huruf arah: LU/LS untuk lintang, "
        "BT/BB untuk bujur."
    )


class OutsideArea(GeoError):
    """Params: lon, lat, min_lon, min_lat, max_lon, max_lat."""

    template = N_(
        "Titik lon {lon}, lat {lat} di luar wilayah peta (bujur {min_lon} sampai {max_lon}, "
        "lintang {min_lat} sampai {max_lat}). Periksa koordinatnya."
    )


class Unreachable(GeoError):
    """No way from here to there; never a wrong number instead. Params: reason."""

    template = N_("Tidak terjangkau: {reason}.")


class TooFarFromWater(Unreachable):
    """Params: lon, lat, distance_m, limit_m."""

    template = N_(
        "Tidak terjangkau lewat air: titik lon {lon:.5f}, lat {lat:.5f} berjarak {distance_m:.0f} m dari "
        "perairan yang dapat dilayari (batas {limit_m:.0f} m). Pilih titik di air atau dermaga."
    )


class OutsideWaterMap(Unreachable):
    """Params: lon, lat, min_lon, min_lat, max_lon, max_lat."""

    template = N_(
        "Tidak dapat dihitung lewat air: titik lon {lon:.5f}, lat {lat:.5f} di luar peta perairan "
        "(bujur {min_lon} sampai {max_lon}, lintang {min_lat} sampai {max_lat})."
    )


class NoWaterRoute(Unreachable):
    """Params: from_lon, from_lat, to_lon, to_lat."""

    template = N_(
        "Tidak ada jalur air dari lon {from_lon:.5f}, lat {from_lat:.5f} "
        "ke lon {to_lon:.5f}, lat {to_lat:.5f}: keduanya di perairan yang terpisah."
    )


class NoNavigableWater(GeoError):
    """No params."""

    template = N_(
        "Peta perairan tidak memuat air yang dapat dilayari. Periksa berkas pantai dan wilayah kota."
    )


class DifferentIslands(Unreachable):
    """No params."""

    template = N_(
        "Tidak terjangkau lewat darat: kedua titik berada di pulau yang berbeda. "
        "Gunakan unit laut atau udara."
    )


class AcrossWater(Unreachable):
    """Params: water_m, limit_m."""

    template = N_(
        "Tidak terjangkau dengan perkiraan garis lurus: garisnya menyeberangi air sejauh {water_m:.0f} m "
        "(batas {limit_m:.0f} m)."
    )


class NotOnLand(Unreachable):
    """Params: lon, lat, distance_m, limit_m."""

    template = N_(
        "Tidak terjangkau lewat darat: titik lon {lon:.5f}, lat {lat:.5f} berada {distance_m:.0f} m di luar "
        "daratan (batas {limit_m:.0f} m)."
    )


class WindTooStrong(Unreachable):
    """Params: wind_kn, cruise_kn."""

    template = N_(
        "Tidak terjangkau lewat udara: angin {wind_kn:.0f} kn terlalu kuat bagi kecepatan jelajah "
        "{cruise_kn:.0f} kn."
    )


class BeyondEndurance(Unreachable):
    """Params: needed_min, endurance_min (whole minutes)."""

    template = N_(
        "Bahan bakar tidak cukup: pergi, bekerja, dan pulang perlu {needed_min} menit, "
        "sedangkan unit ini bertahan {endurance_min} menit."
    )


class BadLayer(GeoError):
    """A map file that must not be used. Params: file, reason."""

    template = N_("Berkas peta {file} tidak dapat dipakai: {reason}.")


class LayerUnreadable(BadLayer):
    """Params: file, detail (what the operating system said)."""

    template = N_("Berkas peta {file} tidak dapat dibuka ({detail}). Periksa nama berkas dan izinnya.")


class LayerNotGeoJSON(BadLayer):
    """Params: file, detail (where it breaks)."""

    template = N_(
        "Berkas peta {file} bukan GeoJSON FeatureCollection yang utuh ({detail}). "
        "Unduh atau ekspor ulang berkas itu."
    )


class LayerEmpty(BadLayer):
    """Params: file."""

    template = N_("Berkas peta {file} tidak berisi satu pun objek yang dapat dipakai.")


class LayerWrongGeometry(BadLayer):
    """Params: file, index, found, allowed."""

    template = N_("Berkas peta {file}, objek ke-{index}: geometri {found}; yang diterima: {allowed}.")


class LayerBadCoordinate(BadLayer):
    """Params: file, index, lon, lat."""

    template = N_(
        "Berkas peta {file}, objek ke-{index}: koordinat lon {lon}, lat {lat} tidak sah. "
        "Berkas harus WGS 84 dengan bujur lebih dahulu."
    )


class LayerInvalidShape(BadLayer):
    """Params: file, index, detail (what the geometry library says, in English)."""

    template = N_(
        "Berkas peta {file}, objek ke-{index}: bentuknya tidak sah ({detail}). Perbaiki di aplikasi peta."
    )


class LayerMissingProperty(BadLayer):
    """Params: file, index, name."""

    template = N_("Berkas peta {file}, objek ke-{index}: atribut “{name}” tidak ada atau kosong.")


class TooFarFromRoad(Unreachable):
    """Params: lon, lat, distance_m, limit_m."""

    template = N_(
        "Tidak terjangkau lewat jalan: titik lon {lon:.5f}, lat {lat:.5f} berjarak {distance_m:.0f} m dari "
        "jalan terdekat (batas {limit_m:.0f} m). Sisanya ditempuh dengan berjalan kaki atau diperkirakan."
    )


class NoRoadRoute(Unreachable):
    """Params: from_lon, from_lat, to_lon, to_lat."""

    template = N_(
        "Tidak ada jalan dari lon {from_lon:.5f}, lat {from_lat:.5f} "
        "ke lon {to_lon:.5f}, lat {to_lat:.5f}: keduanya pada jaringan jalan yang terpisah."
    )


class BeyondRoadLimit(Unreachable):
    """Params: limit_s."""

    template = N_("Tidak terjangkau lewat jalan dalam batas waktu yang diminta ({limit_s:.0f} detik).")


class BadRoads(GeoError):
    """A road file that must not be used; the network that was there before stays. Params: file, reason."""

    template = N_(
        "Berkas jalan {file} tidak dapat dipakai: {reason}. Jaringan jalan yang lama tetap dipakai."
    )


class RoadFileUnreadable(BadRoads):
    """Params: file, detail (what the operating system said)."""

    template = N_(
        "Berkas jalan {file} tidak dapat dibuka ({detail}). Periksa nama berkas dan izinnya. "
        "Jaringan jalan yang lama tetap dipakai."
    )


class RoadFileEmpty(BadRoads):
    """Params: file."""

    template = N_(
        "Berkas jalan {file} kosong. Unduh ulang ekstrak OpenStreetMap itu. "
        "Jaringan jalan yang lama tetap dipakai."
    )


class RoadFileNotOsm(BadRoads):
    """Params: file."""

    template = N_(
        "Berkas jalan {file} bukan ekstrak OpenStreetMap. Yang diterima: berkas .osm.pbf, .osm, .osm.gz atau "
        ".osm.bz2. Jaringan jalan yang lama tetap dipakai."
    )


class RoadFileBroken(BadRoads):
    """Params: file, detail (what the reader said, in English)."""

    template = N_(
        "Berkas jalan {file} terpotong, rusak, atau bukan ekstrak OpenStreetMap ({detail}). "
        "Unduh ulang berkas itu. Jaringan jalan yang lama tetap dipakai."
    )


class NoRoadsInArea(BadRoads):
    """Params: file, min_lon, min_lat, max_lon, max_lat."""

    template = N_(
        "Berkas jalan {file} tidak memuat jaringan jalan yang dapat dipakai di wilayah kota (bujur {min_lon} "
        "sampai {max_lon}, lintang {min_lat} sampai {max_lat}). Pilih ekstrak yang memuat wilayah itu. "
        "Jaringan jalan yang lama tetap dipakai."
    )


class RoadsNotWritten(BadRoads):
    """Params: file, detail (what the operating system said)."""

    template = N_(
        "Jaringan jalan tidak dapat disimpan ke {file} ({detail}). Periksa ruang disk dan izin folder. "
        "Jaringan jalan yang lama tetap dipakai."
    )


class RoadNetworkBroken(BadRoads):
    """Params: file, detail."""

    template = N_(
        "Jaringan jalan {file} rusak atau bukan buatan versi ini ({detail}). "
        "Impor ulang dengan “make roads OSM=berkas.osm.pbf”."
    )


class RoadDownloadFailed(BadRoads):
    """Params: url, detail."""

    template = N_(
        "Ekstrak OpenStreetMap tidak dapat diunduh dari {url} ({detail}). Periksa alamat dan jaringan, atau "
        "unduh sendiri lalu beri nama berkasnya. Jaringan jalan yang lama tetap dipakai."
    )
