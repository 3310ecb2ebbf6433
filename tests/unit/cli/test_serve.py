"""What `serve` says before it serves."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

import pytest

from oncall_audit.__main__ import main


def unit(root: Path, capsys: pytest.CaptureFixture[str]) -> ConfigParser:
    assert main(["serve", "--systemd", "--workspace", str(root)]) == 0
    read = ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(capsys.readouterr().out)
    return read


def test_the_unit_serves_the_workspace_and_lets_runs_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = unit(tmp_path, capsys)["Service"]

    program, *words = service["ExecStart"].split()
    assert Path(program).name == "oncall-audit"
    assert words == ["serve", "--workspace", str(tmp_path)]
    assert service["ReadWritePaths"] == str(tmp_path)
    # The others are told by serve itself, which waits for them.
    assert (service["KillMode"], service["Restart"]) == ("mixed", "always")


def test_what_means_something_to_systemd_is_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "100% audited"
    root.mkdir()

    service = unit(root, capsys)["Service"]

    escaped = f"{tmp_path}/100%%\\x20audited"
    assert service["ExecStart"].endswith(f" serve --workspace {escaped}")


def test_a_workspace_without_a_configuration_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["serve", "--workspace", str(tmp_path)])

    said = capsys.readouterr().err
    assert status == 2
    assert "oncall-audit.yml" in said
    assert not (tmp_path / "data").exists()


def test_deployments_that_need_several_workers_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "oncall-audit.yml").write_text("organisation: Example\n")
    (tmp_path / "policy.yml").write_text("")
    (tmp_path / "prefect.yaml").write_text(
        "deployments: [{name: a, work_pool: {name: x}}, {name: b, work_pool: {name: y}}]\n"
    )

    status = main(["serve", "--workspace", str(tmp_path)])

    assert (status, "every deployment needs the same work_pool" in capsys.readouterr().err) == (
        2, True,
    )  # fmt: skip
