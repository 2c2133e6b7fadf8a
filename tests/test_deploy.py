"""The examples of docs/deploy: as far as a machine can tell, they do what they say."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doc_pages import DOCS

from darknet_py.cli.commands import module

yaml = pytest.importorskip("yaml", reason="needs pip install pyyaml")
FOLDER = DOCS / "deploy"
UNIT, NGINX = FOLDER / "darknet-py.service", FOLDER / "nginx.conf"
PROBES = "startupProbe", "readinessProbe", "livenessProbe"
WORST = 20  # tenths of systemd's measure of what a service may do, which ends with 100


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


def kubernetes(kind: str) -> Any:
    every = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text("utf-8"))
    return next(each for each in every if each["kind"] == kind)


def container() -> Any:
    (found,) = kubernetes("Deployment")["spec"]["template"]["spec"]["containers"]
    return found


def unit() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text("utf-8"), re.M))


def dockerfile() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z]+) (.*(?:\n[ ]+.*)*)$", (FOLDER / "Dockerfile").read_text("utf-8"), re.M))


def command_lines() -> dict[str, list[str]]:
    """What is given to ``darknet_py serve`` in each."""
    return {
        UNIT.name: shlex.split(unit()["ExecStart"])[2:],
        "Dockerfile": json.loads(dockerfile()["CMD"]),
        "compose.yaml": read("compose.yaml")["services"]["detector"]["command"],
        "kubernetes.yaml": container()["args"],
    }


def options(name: str) -> Any:
    return module("serve").Options.parse(command_lines()[name])[1]


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def run(*words: object, cwd: Path | None = None) -> str:
    line = [str(word) for word in words]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=30, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def program(name: str) -> str:
    found = shutil.which(name, path="/usr/bin:/usr/sbin:/usr/local/bin") or shutil.which(name)
    return found or pytest.skip(f"needs {name}")


@pytest.mark.parametrize("name", command_lines())
def test_command_lines_are_such_and_safe(name: str) -> None:
    """An address of others asks for a token, which stands in a file; logs are for machines."""
    given = options(name)
    assert all(isinstance(word, str) for word in command_lines()[name])
    assert given.door.token_file
    assert not given.door.insecure
    assert given.log == "json"


def test_what_supervises_it_waits_longer_than_its_grace() -> None:
    assert seconds(unit()["TimeoutStopSec"]) > options(UNIT.name).grace
    assert unit()["KillMode"] == "mixed"  # its workers are not for systemd to end
    assert seconds(read("compose.yaml")["services"]["detector"]["stop_grace_period"]) > options("compose.yaml").grace
    pause = int(container()["lifecycle"]["preStop"]["exec"]["command"][1])
    whole = kubernetes("Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert whole > options("kubernetes.yaml").grace + pause


def test_kubernetes_asks_where_there_is_an_answer() -> None:
    found, port = container(), kubernetes("Service")["spec"]["ports"][0]
    (own,) = found["ports"]
    assert own["containerPort"] == options("kubernetes.yaml").door.port
    assert port["targetPort"] == own["name"]
    asked = {found[probe]["httpGet"]["path"] for probe in PROBES}
    assert asked == {"/v2/health/live", "/v2/health/ready"}
    assert {found[probe]["httpGet"]["port"] for probe in PROBES} == {own["name"]}
    assert found["livenessProbe"]["httpGet"]["path"] == "/v2/health/live"  # else a full service would be ended
    name = kubernetes("Service")["metadata"]["name"]
    assert name in options("kubernetes.yaml").door.allow_host


def test_what_is_written_can_be_where_the_rest_cannot() -> None:
    """Kernels and temporary files, in containers whose files are not to be written."""
    cache = re.search(r"DARKNET_PY_CACHE=(\S+)", dockerfile()["ENV"])[1]
    assert container()["securityContext"]["readOnlyRootFilesystem"]
    assert {cache, "/tmp"} <= {mount["mountPath"] for mount in container()["volumeMounts"]}
    service = read("compose.yaml")["services"]["detector"]
    assert service["read_only"]
    assert f"kernels:{cache}" in service["volumes"]
    assert service["tmpfs"] == ["/tmp"]
    assert dockerfile()["VOLUME"] == cache
    assert re.fullmatch(r"[1-9]\d*", dockerfile()["USER"])
    assert kubernetes("Deployment")["spec"]["template"]["spec"]["securityContext"]["runAsUser"] == int(dockerfile()["USER"])


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """With a program that is there; what it may do is measured."""
    text = UNIT.read_text("utf-8")
    started = re.search(r"^ExecStart=(\S+)", text, re.M)[1]
    path = tmp_path / UNIT.name
    path.write_text(text.replace(started, "/bin/true"))
    analyze = program("systemd-analyze")
    assert not run(analyze, "verify", "--man=no", path)
    if "--offline" not in run(analyze, "--help"):
        pytest.skip("needs systemd 250 to measure it")
    run(analyze, "security", "--offline=true", f"--threshold={WORST}", "--no-pager", path)


def certificate(folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "cert.pem", folder / "cert.key"
    kind = "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"
    run(program("openssl"), "req", "-x509", *kind, "-subj", "/CN=x", "-out", cert, "-keyout", key)
    return cert, key


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    nginx, (cert, key) = program("nginx"), certificate(tmp_path)
    text = re.sub(r"(?<=ssl_certificate )\S+(?=;)", str(cert), NGINX.read_text("utf-8"))
    text = re.sub(r"(?<=ssl_certificate_key )\S+(?=;)", str(key), text)
    (tmp_path / "server.conf").write_text(text)
    (tmp_path / "main.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {tmp_path}/server.conf; }}"
    )
    said = run(nginx, "-t", "-p", tmp_path, "-c", tmp_path / "main.conf")
    assert "test is successful" in said
    assert "warn" not in said


def megabytes(name: str, expression: str) -> int:
    return int(re.search(expression, (FOLDER / name).read_text("utf-8"))[1])


def test_proxies_let_through_what_the_service_takes() -> None:
    """A little more, so that it is the service that says what is too large."""
    most = module("serve").Options().max_body
    assert most < megabytes("nginx.conf", r"client_max_body_size (\d+)m;") < most + 8
    assert most < megabytes("Caddyfile", r"max_size (\d+)MB") * 1e6 / 2**20 < most + 8
    assert "proxy_buffering off" in NGINX.read_text("utf-8").partition("location /v1/streams")[2]


def test_caddy_takes_its_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    run(program("caddy"), "validate", "--adapter", "caddyfile", "--config", FOLDER / "Caddyfile")


def expressions() -> Iterator[str]:
    for group in read("alerts.yml")["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["summary"]
            yield rule["expr"]


def test_alerts_are_about_figures_that_there_are() -> None:
    pytest.importorskip("prometheus_client", reason='needs pip install "darknet-runtime[serve]"')
    pytest.importorskip("fastapi", reason='needs pip install "darknet-runtime[serve]"')
    from darknet_py.serve.metrics import Metrics

    there = {family.name: family for family in Metrics().registry.collect()}
    named = {name for each in expressions() for name in re.findall(r"darknet_\w+", each) if name != "darknet_py"}
    assert len(named) > 2
    assert {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in named} <= set(there)
    told = set(re.findall(r"^\| `(darknet_\w+)` \|", (DOCS / "serve.md").read_text("utf-8"), re.M))
    assert {re.sub("_total$", "", name) for name in told} == {name for name in there if name.startswith("darknet_")}
    (job,) = read("prometheus.yml")["scrape_configs"]
    assert all(f'job="{job["job_name"]}"' in each for each in expressions() if each.startswith("up"))
