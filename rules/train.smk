# Training: labelled pictures -> checkpoint, bundle; with folds or a learning curve one bundle a
# run, and a table of the runs. `snakemake train --configfile ...`
from pathlib import Path

from snakemake.exceptions import WorkflowError

from nanocensus.training import TrainingSettingsError, run_names


include: "environment.smk"


TRAINING_SCRIPTS = {
    "segmentation": "train_segmentation",
    "classification": "train_classifier",
}
TRAINING = config["training"] or {}
TASK = config.get("task", "segmentation")
if missing := {"name", "folder"} - set(TRAINING):
    raise WorkflowError(
        f"training: {sorted(missing)} missing; docs/training.md explains the keys"
    )
if TASK not in TRAINING_SCRIPTS:
    raise WorkflowError(f"task: {TASK!r} is none of {sorted(TRAINING_SCRIPTS)}")
try:
    RUNS = run_names(TRAINING)
except TrainingSettingsError as error:
    raise WorkflowError(str(error)) from error
if RUNS and TASK != "segmentation":
    raise WorkflowError("folds and learning_curve are for the task segmentation")
FOLDER, NAME = TRAINING["folder"], TRAINING["name"]
# Data are named relative to the configuration file.
TRAINING_DATA = [
    Path(workflow.configfiles[-1]).parent / part["sheet"]
    for part in TRAINING.get("data", [])
    if "sheet" in part
]
# Folds and numbers of pictures have a folder each; a plain run has the training's own.
WHERE = f"{FOLDER}/{{run}}" if RUNS else FOLDER


rule train_run:
    input:
        configuration=workflow.configfiles[-1],
        data=TRAINING_DATA,
    output:
        **({"report": f"{WHERE}/training.html"} if TASK == "segmentation" else {}),
        # checkpoint and curves beside them are no output, so that an interrupted job goes on
        card=f"{WHERE}/{NAME}/card.yaml",
        weights=f"{WHERE}/{NAME}/weights.safetensors",
        readme=f"{WHERE}/{NAME}/README.md",
    log:
        f"{WHERE}/train.log",
    benchmark:
        f"{WHERE}/train.benchmark.tsv"
    wildcard_constraints:
        run="|".join(RUNS),
    conda:
        "../envs/nanocensus.yaml"
    threads: 2
    resources:
        mem_mb=6000,
        runtime=1440,
        # parallel folds would not fit into the memory of one GPU together
        local_gpu=local_gpu("auto"),
    params:
        script=TRAINING_SCRIPTS[TASK],
        options=lambda wildcards: ["--run", wildcards.run] if RUNS else [],
    shell:
        'python "$NANOCENSUS_SCRIPTS"/{params.script}.py --configuration {input.configuration:q}'
        " --threads {threads} --log {log:q} {params.options:q}"


rule summarise_runs:
    input:
        expand(rules.train_run.output.card, run=RUNS),
    output:
        f"{FOLDER}/runs.tsv",
    log:
        f"{FOLDER}/runs.log",
    conda:
        "../envs/nanocensus.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/summarise_runs.py --cards {input:q} --output {output:q}'
        " --log {log:q}"


rule train:
    default_target: True
    input:
        rules.summarise_runs.output if RUNS else rules.train_run.output,
