# What every rule's shell command needs, whichever workflow is run.
import os
import sys

SCRIPTS = f"{workflow.basedir}/scripts"

# `python` in a rule means the interpreter that runs Snakemake, activated or not; an
# environment made by --sdm comes before it in PATH and wins.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
