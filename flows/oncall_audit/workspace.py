"""The one folder that holds everything persistent of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# What a reader sets this variable of DuckDB to, the published views take for their own folder.
FOLDER = "audit_folder"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The paths of a workspace; nothing is created by asking for one."""

    root: Path

    @property
    def config(self) -> Path:
        """`oncall-audit.yml`."""
        return self.root / "oncall-audit.yml"

    @property
    def policy(self) -> Path:
        """`policy.yml`."""
        return self.root / "policy.yml"

    @property
    def secrets(self) -> Path:
        """`.env`, never read by anything but the settings."""
        return self.root / ".env"

    @property
    def queries(self) -> Path:
        """Saved queries of the site's own."""
        return self.root / "queries"

    @property
    def data(self) -> Path:
        """Everything the program writes."""
        return self.root / "data"

    @property
    def landing(self) -> Path:
        """Landed Parquet files, raw answers and their manifest."""
        return self.data / "landing"

    @property
    def manifest(self) -> Path:
        """The landing zone's record of batches, files and cursors (SQLite)."""
        return self.landing / "manifest.sqlite"

    @property
    def warehouse(self) -> Path:
        """The private DuckDB file that dbt builds in."""
        return self.data / "warehouse" / "warehouse.duckdb"

    @property
    def dbt_target(self) -> Path:
        """Artifacts of dbt."""
        return self.data / "warehouse" / "target"

    @property
    def dbt_logs(self) -> Path:
        """Logs of dbt."""
        return self.data / "warehouse" / "logs"

    @property
    def publications(self) -> Path:
        """One folder per published audit."""
        return self.data / "publications"

    @property
    def publication(self) -> Path:
        """The current publication: a link that is switched atomically."""
        return self.data / "publication"

    @property
    def published(self) -> Path:
        """The read-only `audit.duckdb` of the current publication."""
        return self.publication / "audit.duckdb"

    @property
    def policies(self) -> Path:
        """Every policy that a run was made under, each under its hash."""
        return self.data / "policies"

    @property
    def register(self) -> Path:
        """The append-only record of runs, decisions, changes of access, packs, notifications."""
        return self.data / "register.jsonl"

    @property
    def custody(self) -> Path:
        """The append-only record of who read what was published."""
        return self.data / "custody.jsonl"

    @property
    def reviews(self) -> Path:
        """Every review of a period that was ever made, each under its hash, and its packs."""
        return self.data / "reviews"

    @property
    def signing_key(self) -> Path:
        """The workspace's own key, which signs evidence packs; for its owner's eyes only."""
        return self.data / "keys" / "signing.pem"

    @property
    def pseudonym_key(self) -> Path:
        """The secret that pseudonyms are made with; for its owner's eyes only."""
        return self.data / "keys" / "pseudonyms.key"

    @property
    def plans(self) -> Path:
        """Plans of access changes, and the reminders that they call for."""
        return self.data / "plans"

    @property
    def logs(self) -> Path:
        """What runs say of themselves, a JSON line an event, and unexpected failures."""
        return self.data / "logs"

    @property
    def metrics(self) -> Path:
        """The last runs' figures for node_exporter's textfile collector."""
        return self.data / "metrics" / "oncall_audit.prom"

    @property
    def status_page(self) -> Path:
        """One page on whether the audit is up to date, written by every run."""
        return self.data / "status.html"

    @property
    def lock(self) -> Path:
        """Held while a run writes the warehouse."""
        return self.data / "run.lock"

    @property
    def prefect(self) -> Path:
        """The home of a Prefect server that runs on this workspace alone: its database and logs."""
        return self.data / "prefect"

    @property
    def serve_lock(self) -> Path:
        """Held while `serve` runs; says where its server is reached."""
        return self.data / "serve.lock"
