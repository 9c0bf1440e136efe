"""Write config/README.md from the schemas."""

from __future__ import annotations

from nanocensus.campaign import configuration_readme, write_text_if_changed
from nanocensus.paths import REPOSITORY

if __name__ == "__main__":
    write_text_if_changed(REPOSITORY / "config" / "README.md", configuration_readme())
