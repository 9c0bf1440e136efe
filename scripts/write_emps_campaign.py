"""Write the EMPS test papers as a campaign, one sample a paper, to run the workflow on.

python scripts/write_emps_campaign.py ../shared/data/emps runs/emps-campaign
snakemake --cores all --configfile runs/emps-campaign/campaign.yaml
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from nanocensus.training import emps_rows


def main(arguments: Sequence[str]) -> None:
    """Write FOLDER/samples.tsv and FOLDER/campaign.yaml."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("emps", type=Path, help="folder with metadata.csv, images/, labels/")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=20261121, help="of the split")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    with (given.folder / "samples.tsv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
        rows.writerow(("sample", "micrographs", "doi"))
        for picture in emps_rows(given.emps.resolve(), seed=given.seed):
            if picture.split == "test":
                sample = picture.specimen.replace("/", "_")
                rows.writerow((sample, str(picture.picture), picture.specimen))
    configuration = "campaign: emps-test\nsamples: samples.tsv\n"
    (given.folder / "campaign.yaml").write_text(configuration, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
