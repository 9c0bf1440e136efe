from .collection import Collection as Collection
from .collection import collect as collect
from .configuration import Configuration as Configuration
from .documentation import configuration_readme as configuration_readme
from .faults import CampaignError as CampaignError
from .faults import Fault as Fault
from .files import canonical_json as canonical_json
from .files import replacing as replacing
from .files import sha256_of_bytes as sha256_of_bytes
from .files import sha256_of_file as sha256_of_file
from .files import sha256_of_json as sha256_of_json
from .files import write_text_if_changed as write_text_if_changed
from .fingerprint import code_digest as code_digest
from .fingerprint import library_versions as library_versions
from .fingerprint import modules_reached as modules_reached
from .glossary import glossary_rows as glossary_rows
from .job import Outcome as Outcome
from .job import PictureTask as PictureTask
from .job import ShardJob as ShardJob
from .job import StaleIndexError as StaleIndexError
from .job import open_job as open_job
from .job import read_index as read_index
from .job import read_json as read_json
from .job import start_log as start_log
from .lock import hold_campaign as hold_campaign
from .plan import Plan as Plan
from .plan import read_plan as read_plan
from .plan import write_plan as write_plan
from .products import PLAN_PATH as PLAN_PATH
from .products import SAMPLES_PATH as SAMPLES_PATH
from .products import index_path as index_path
from .products import product_path as product_path
from .products import results_folder as results_folder
from .products import stage_path as stage_path
from .products import table_path as table_path
from .prune import prune as prune
from .runner import Computation as Computation
from .runner import run_shard as run_shard
from .stages import CAMPAIGN_STAGES as CAMPAIGN_STAGES
from .stages import SHARD_STAGES as SHARD_STAGES
from .stages import STAGES as STAGES
from .survey import check_configuration as check_configuration

__all__ = [
    "CAMPAIGN_STAGES",
    "PLAN_PATH",
    "SAMPLES_PATH",
    "SHARD_STAGES",
    "STAGES",
    "CampaignError",
    "Collection",
    "Computation",
    "Configuration",
    "Fault",
    "Outcome",
    "PictureTask",
    "Plan",
    "ShardJob",
    "StaleIndexError",
    "canonical_json",
    "check_configuration",
    "code_digest",
    "collect",
    "configuration_readme",
    "glossary_rows",
    "hold_campaign",
    "index_path",
    "library_versions",
    "modules_reached",
    "open_job",
    "product_path",
    "prune",
    "read_index",
    "read_json",
    "read_plan",
    "replacing",
    "results_folder",
    "run_shard",
    "sha256_of_bytes",
    "sha256_of_file",
    "sha256_of_json",
    "stage_path",
    "start_log",
    "table_path",
    "write_plan",
    "write_text_if_changed",
]
