"""Which image and flavor of a region's cloud fits what a server asks for."""

from collections.abc import Mapping

from vtnmd.domain.tree import Json

_FEATURES = ("name", "architecture", "type", "distribution", "version")


def fitting_flavor(settings: Json, wanted: Mapping[str, Json]) -> str | None:
    """The smallest flavor that suffices, or None. `wanted` may have a name, num_cpus, mem_size (MiB) and disk_size (GiB)."""
    enough = [
        flavor
        for flavor in settings.get("flavor", [])
        if wanted.get("name") in {None, flavor["name"]}
        and flavor["cpus"] >= (wanted.get("num_cpus") or 0)
        and flavor["memory"] >= (wanted.get("mem_size") or 0)
        and flavor["disk"] >= (wanted.get("disk_size") or 0)
    ]
    best = min(enough, key=lambda flavor: (flavor["memory"], flavor["cpus"], flavor["disk"], flavor["name"]), default=None)
    return str(best["name"]) if best else None


def fitting_image(settings: Json, wanted: Mapping[str, Json]) -> str | None:
    """The first image of the inventory that contradicts nothing of what is wanted, or None."""
    for image in settings.get("image", []):
        if all(
            str(wanted[feature]).lower() == str(image.get(feature, wanted[feature])).lower()
            for feature in _FEATURES
            if wanted.get(feature)
        ):
            return str(image["name"])
    return None
