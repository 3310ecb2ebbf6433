"""The landing zone: bytes in, rows out, and every record accounted for."""

from oncall_audit.landing.intake import land
from oncall_audit.landing.landed import Landed
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.records import Quarantined
from oncall_audit.landing.replaying import Replayed, replay
from oncall_audit.landing.retiring import Retired, retirable, retire, retired_days
from oncall_audit.landing.swapping import replays
from oncall_audit.landing.unread import unread_since
from oncall_audit.landing.views import all_tables, columns, views

__all__ = [
    "Landed",
    "Manifest",
    "Quarantined",
    "Replayed",
    "Retired",
    "all_tables",
    "columns",
    "land",
    "replay",
    "replays",
    "retirable",
    "retire",
    "retired_days",
    "unread_since",
    "views",
]
