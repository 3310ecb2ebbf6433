"""The container files are well-formed, agree with each other, and give away neither root nor secrets."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "deployments" / "compose.yaml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
KNOWN = {
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
    "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip

each_service = pytest.mark.parametrize("name", SERVICES)


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "deployments" / "Containerfile").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in joined.splitlines()]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(n for n, (word, _) in enumerate(found) if word == "FROM") :]


def test_every_line_of_the_containerfile_is_an_instruction() -> None:
    found = instructions()

    assert found[0][0] == "FROM"
    assert [it for it in found if it[0] not in KNOWN or not it[1].strip()] == []
    lists = [rest for word, rest in found if word in {"ENTRYPOINT", "CMD", "VOLUME"}]
    assert all(isinstance(json.loads(rest), list) for rest in lists)


def test_the_image_does_not_run_as_root() -> None:
    (user,) = [rest for word, rest in last_stage() if word == "USER"]

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert {SERVICES[name]["user"] for name in ("server", "deploy", "worker")} == {user}


def test_everything_that_the_wheel_is_made_of_is_copied() -> None:
    copied = [it for word, rest in instructions() if word == "COPY" for it in rest.split()[:-1]]
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = build["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["force-include"], *wheel["packages"], *build["project"]["license-files"]}
    needed |= {build["project"]["readme"], "pyproject.toml", "constraints.txt"}

    assert [it for it in copied if not (ROOT / it).exists()] == []
    assert {Path(it).parts[0] for it in needed} <= set(copied)


def test_the_image_has_every_extra() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (installed,) = re.findall(r'"oncall-audit\[(.+?)\]"', dict(last_stage())["RUN"])

    # Spark has machines of its own.
    assert {*installed.split(","), "spark"} == set(build["project"]["optional-dependencies"])


@each_service
def test_a_service_is_hardened_and_watched(name: str) -> None:
    service = SERVICES[name]

    assert service["user"] not in {"root", "0", "0:0"}
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert ("healthcheck" in service) == (name != "deploy")


@each_service
def test_a_service_waits_for_those_it_needs(name: str) -> None:
    needed = SERVICES[name].get("depends_on", {})

    conditions = {other: it["condition"] for other, it in needed.items()}
    assert conditions == {
        other: "service_healthy"
        if "healthcheck" in SERVICES[other]
        else "service_completed_successfully"
        for other in needed
    }


def test_nothing_is_reached_from_outside() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert ports == ["127.0.0.1:4200:4200"]


def test_secrets_come_from_the_environment_file_alone() -> None:
    given = dict(
        line.split("=", 1)
        for line in (ROOT / "deployments" / "compose.env.example").read_text().splitlines()
        if not line.startswith("#")
    )
    used = re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text())
    secret = re.compile(r"PASSWORD|AUTH|CONNECTION_URL")

    assert set(used) == set(given)
    assert [name for name, value in given.items() if secret.search(name) and value] == []
    assert [
        (name, key)
        for name, service in SERVICES.items()
        for key, value in service.get("environment", {}).items()
        if secret.search(key) and "${" not in value
    ] == []


def test_the_worker_takes_the_pool_that_the_deployments_name() -> None:
    deployments = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text())["deployments"]
    pools = {it["work_pool"]["name"] for it in deployments}
    command = SERVICES["worker"]["command"]

    assert pools == {command[command.index("--pool") + 1]}
    assert f"work-pool create {pools.pop()} --type process" in SERVICES["deploy"]["command"][0]


def test_every_named_volume_is_declared() -> None:
    declared = yaml.safe_load(COMPOSE.read_text())["volumes"]
    mounted = {it.split(":")[0] for s in SERVICES.values() for it in s.get("volumes", ())}

    assert {it for it in mounted if re.fullmatch(r"\w+", it)} == set(declared)


def test_a_job_on_kubernetes_has_no_more_than_it_needs() -> None:
    pool = json.loads((ROOT / "deployments" / "kubernetes-pool.json").read_text())
    spec = pool["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    mounted = {it["name"]: it["mountPath"] for it in container["volumeMounts"]}

    asked = set(re.findall(r"{{ (\w+) }}", json.dumps(pool["job_configuration"])))
    assert asked == set(pool["variables"]["properties"])
    for name, variable in pool["variables"]["properties"].items():
        assert name in pool["variables"]["required"] or "default" in variable
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsUser"] == 10001
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    # The image's own entry point is `oncall-audit`, and Prefect gives the words of its own.
    assert (container["command"], container["args"]) == (["/usr/bin/env"], "{{ command }}")
    assert set(mounted) == {it["name"] for it in spec["volumes"]}
    assert mounted["workspace"] == container["workingDir"] == "/workspace"
