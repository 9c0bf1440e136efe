# What every rule's shell command needs, whichever workflow is run.
import os
import shutil
import sys

# `python` in a rule means the interpreter that runs Snakemake, activated or not; an
# environment made by --sdm comes before it in PATH and wins. The scripts' folder is no
# parameter, because a moved repository would then run everything again.
os.environ.update(
    PATH=os.pathsep.join([os.path.dirname(sys.executable), *os.get_exec_path()]),
    NANOCENSUS_SCRIPTS=f"{workflow.basedir}/scripts",
)


def local_gpu(device):
    """Return 1 where a job on "auto" or "cuda" would hold this machine's GPU.

    profiles/default allows one in all, so that one job at a time does.
    """
    return int(device != "cpu" and shutil.which("nvidia-smi") is not None)
