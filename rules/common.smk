# The campaign's configuration and plan, checked before any job exists.
from pathlib import Path

from snakemake.cli import get_argument_parser
from snakemake.exceptions import WorkflowError

from nanocensus.campaign import (
    CampaignError,
    check_configuration,
    hold_campaign,
    read_plan,
    write_plan,
)


include: "environment.smk"


OPTIONS_WITHOUT_JOBS = (
    *("lint", "unlock", "touch", "summary", "detailed_summary", "archive"),
    *("dag", "rulegraph", "filegraph", "d3dag", "containerize", "generate_unit_tests"),
    *("list_rules", "list_target_rules", "print_compilation"),
    *("list_changes", "list_input_changes", "list_params_changes", "list_untracked"),
    *("list_conda_envs", "conda_create_envs_only", "conda_cleanup_envs"),
    *("cleanup_metadata", "cleanup_shadow", "container_cleanup_images"),
    *("delete_all_output", "delete_temp_output"),
)


def may_run_jobs():
    """Return whether this is a run, or one of the options that only look.

    While it parses, Snakemake's workflow object knows of a dry run, of the others only the
    command line does.
    """
    given, _ = get_argument_parser().parse_known_args()
    looks = any(bool(getattr(given, option, None)) for option in OPTIONS_WITHOUT_JOBS)
    reports = bool(given.report or given.reporter) and not given.report_after_run
    return not (workflow.output_settings.dryrun or looks or reports)


def open_campaign():
    """Return the checked configuration and the plan; only the main process may write it."""
    try:
        configuration = check_configuration(
            config,
            [Path(file) for file in workflow.configfiles],
            folder=Path(),
            command_line=workflow.config_settings.config,
        )
        if workflow.is_main_process and hold_campaign(configuration.results):
            return configuration, write_plan(configuration, runs=may_run_jobs())
    except CampaignError as error:
        raise WorkflowError(str(error)) from None
    return configuration, read_plan(configuration.results)


CONFIGURATION, PLAN = open_campaign()
RESULTS = str(CONFIGURATION.results)


def of_all_shards(stage):
    """Return a stage's indexes of all shards."""
    return [f"{RESULTS}/index/{stage}/{shard}.json" for shard in PLAN.shards]


wildcard_constraints:
    shard="b[01]*",
