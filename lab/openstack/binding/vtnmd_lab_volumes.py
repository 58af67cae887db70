"""A volume driver for Cinder that takes every volume as made: the fake hypervisor reads and writes none."""

from collections.abc import Mapping
from typing import Any

from cinder.volume import driver


class LabVolumeDriver(driver.VolumeDriver):  # type: ignore[misc]  # Cinder publishes no types
    """Room without end, in nothing."""

    def check_for_setup_error(self) -> None:
        """Nothing can be wrong."""

    def get_volume_stats(self, refresh: bool = False) -> Mapping[str, object]:  # noqa: ARG002 - Cinder asks so
        name = self.configuration.safe_get("volume_backend_name")
        return {
            "volume_backend_name": name,
            "vendor_name": "vtnmd",
            "driver_version": "1",
            "storage_protocol": "none",
            "total_capacity_gb": "infinite",
            "free_capacity_gb": "infinite",
        }

    def create_volume(self, volume: Any) -> None:
        """Nothing is kept."""

    def delete_volume(self, volume: Any) -> None:
        """Nothing was kept."""

    def extend_volume(self, volume: Any, new_size: int) -> None:
        """Nothing grows."""

    def create_snapshot(self, snapshot: Any) -> None:
        """Nothing is kept."""

    def delete_snapshot(self, snapshot: Any) -> None:
        """Nothing was kept."""

    def ensure_export(self, context: Any, volume: Any) -> None:
        """Nothing is exported."""

    def create_export(self, context: Any, volume: Any, connector: Any) -> None:
        """Nothing is exported."""

    def remove_export(self, context: Any, volume: Any) -> None:
        """Nothing was exported."""

    def initialize_connection(self, volume: Any, connector: Any) -> Mapping[str, object]:  # noqa: ARG002 - Cinder asks so
        return {"driver_volume_type": "fake", "data": {"volume_id": volume.id}}

    def terminate_connection(self, volume: Any, connector: Any, **kwargs: Any) -> None:
        """Nothing was connected."""
