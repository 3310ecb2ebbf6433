"""Where dbt finds the project: our own, or one laid together with the models of plug-ins."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from oncall_audit import connectors
from oncall_audit.assets import asset
from oncall_audit.errors import ConfigurationError

_READ = {".sql", ".yml", ".csv", ".md"}


def project() -> Path:
    """Return the folder of the dbt project; raise `ConfigurationError` where models collide."""
    own, added = asset("dbt_project"), connectors.models()
    if not added:
        return own
    _check(own, added)
    folder = (
        platformdirs.user_cache_path("oncall-audit") / f"project-{_digest([own, *added.values()])}"
    )
    if not folder.is_dir():
        _lay_together(own, added, folder)
    return folder


def take_in(digest: hashlib._Hash, folder: Path) -> None:
    """Add to a digest every file of a folder that dbt reads."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _READ and path.is_file():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder)} {len(content)} ".encode() + content)


def _check(own: Path, added: Mapping[str, Path]) -> None:
    """Let a plug-in add models of its own system alone, whatever else it may hold."""
    for name, folder in added.items():
        for path in sorted(folder.rglob("*.sql")):
            place = path.relative_to(folder)
            is_own = place.parts[:2] == ("staging", name) or (
                place.parts[0] == "intermediate" and path.stem.startswith(f"int_{name}__")
            )
            if not is_own or (own / "models" / place).exists():
                raise ConfigurationError(
                    f"The connector {name} brings {place}: a plug-in may bring staging/{name}/… and"
                    f" intermediate/int_{name}__… alone. Update or remove its package."
                )


def _lay_together(own: Path, added: Mapping[str, Path], folder: Path) -> None:
    # Under a name of its own until it is whole, for other runs may be doing the same.
    unfinished = folder.with_name(f"{folder.name}-{os.getpid()}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    leaving = shutil.ignore_patterns("target", "logs", "*.duckdb*")
    shutil.copytree(own, unfinished, ignore=leaving)
    for models in added.values():
        shutil.copytree(models, unfinished / "models", dirs_exist_ok=True)
    try:
        unfinished.rename(folder)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not folder.is_dir():
            raise


def _digest(folders: list[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        take_in(digest, folder)
    return digest.hexdigest()[:32]
