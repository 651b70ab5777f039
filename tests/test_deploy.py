"""Files of deploy/ that no test starts: their options exist, and who ends us waits long enough."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from wsgate.cli import main
from wsgate.config import OPTIONS, Config

DEPLOY = Path(__file__).parent.parent / "deploy"


def config_of(arguments: list[str]) -> Config:
    """What the command makes of the arguments; it exits for what it does not know."""
    values = main.make_context("wsgate", arguments).params
    names = {each.name for each in OPTIONS}
    return Config(**{name: value for name, value in values.items() if name in names and value})


def time_to_end(config: Config) -> float:
    """The seconds until the process has ended: the drain, and the end of the lifespan."""
    return config.pre_drain + 2 * config.timeout_graceful_shutdown


def kubernetes() -> tuple[list[str], list[str], float]:
    deployment, service = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]
    assert {each["port"] for each in probes(container)} == {container["ports"][0]["name"]}
    variables = [each["name"] for each in container["env"]]
    return container["args"], variables, pod["terminationGracePeriodSeconds"]


def probes(container: dict[str, Any]) -> list[dict[str, Any]]:
    return [container[kind]["httpGet"] for kind in ("readinessProbe", "livenessProbe")]


def compose() -> tuple[list[str], list[str], float]:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ours = services["wsgate"]
    assert "wsgate" in services["nginx"]["depends_on"]
    return ours["command"], list(ours["environment"]), float(ours["stop_grace_period"].rstrip("s"))


def systemd() -> tuple[list[str], list[str], float]:
    unit = (DEPLOY / "wsgate.service").read_text()
    (command,) = re.findall(r"^ExecStart=\S+ (.*)$", unit, re.MULTILINE)
    (patience,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    return command.split(), [], float(patience)


@pytest.mark.parametrize("read", [kubernetes, compose, systemd])
def test_who_ends_us_waits_until_we_have_ended(
    read: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, variables, patience = read()
    assert time_to_end(config_of(arguments)) < patience
    assert {*variables} <= {name for each in OPTIONS for name in each.environment}
