# The campaign's configuration and plan, checked before any job exists.
import shutil
from pathlib import Path

from snakemake.exceptions import WorkflowError

from nanocensus.campaign import (
    CampaignError,
    check_configuration,
    hold_campaign,
    read_plan,
    write_plan,
)


include: "environment.smk"


def open_campaign():
    """Return the checked configuration and the plan; only the main process may write it."""
    try:
        configuration = check_configuration(
            config, [Path(file) for file in workflow.configfiles], folder=Path()
        )
        if workflow.is_main_process and hold_campaign(configuration.results):
            return configuration, write_plan(configuration)
    except CampaignError as error:
        raise WorkflowError(str(error)) from None
    return configuration, read_plan(configuration.results)


CONFIGURATION, PLAN = open_campaign()
RESULTS = str(CONFIGURATION.results)


def of_all_shards(stage):
    """Return a stage's indexes of all shards."""
    return [f"{RESULTS}/index/{stage}/{shard}.json" for shard in PLAN.shards]


def local_gpu():
    """Return 1 where a job would hold this machine's GPU, so that one job at a time does."""
    wants_gpu = CONFIGURATION.values["device"] != "cpu"
    return int(wants_gpu and shutil.which("nvidia-smi") is not None)


wildcard_constraints:
    shard="b[01]*",
