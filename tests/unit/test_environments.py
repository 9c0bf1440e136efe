"""The conda environment has what pyproject.toml asks for, in the versions that it pins."""

import tomllib

import yaml
from packaging.requirements import Requirement

from nanocensus.paths import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
CONDA = yaml.safe_load((REPOSITORY / "envs" / "nanocensus.yaml").read_text(encoding="utf-8"))


def test_the_conda_environment_pins_each_dependency_as_the_project_does():
    python = {"python_full_version": "3.12.0", "python_version": "3.12", "sys_platform": "linux"}
    constraints = [Requirement(one) for one in PROJECT["tool"]["uv"]["constraint-dependencies"]]
    pins = {
        one.name: str(one.specifier)
        for one in constraints
        if one.marker is None or one.marker.evaluate({**python, "platform_machine": "x86_64"})
    }
    from_pip = next(one["pip"] for one in CONDA["dependencies"] if isinstance(one, dict))
    wanted = [f"{name}{pins[name]}" for name in PROJECT["project"]["dependencies"]]
    assert from_pip == wanted
    assert "python =3.12" in CONDA["dependencies"]
