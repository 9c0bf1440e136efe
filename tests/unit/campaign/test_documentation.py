"""config/README.md and the demo's configuration agree with the schema."""

import yaml

from nanocensus.campaign import check_configuration, configuration_readme
from nanocensus.paths import REPOSITORY


def test_the_readme_is_up_to_date():
    written = (REPOSITORY / "config" / "README.md").read_text(encoding="utf-8")
    assert written == configuration_readme(), "run: python scripts/document_configuration.py"


def test_the_demo_shows_every_key_with_its_default():
    file = REPOSITORY / "config" / "config.yaml"
    shown = yaml.safe_load(file.read_text(encoding="utf-8"))
    smallest = {key: shown[key] for key in ("campaign", "samples")}
    defaults = check_configuration(smallest, [file], folder=REPOSITORY).values
    assert shown == {key: value for key, value in defaults.items() if key in shown}
    assert set(defaults) == set(shown)
