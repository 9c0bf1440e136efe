# Training: labelled pictures -> checkpoint, bundle. `snakemake train --configfile ...`
from pathlib import Path

from snakemake.exceptions import WorkflowError


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
TRAINED = f"{TRAINING['folder']}/{TRAINING['name']}"
# Data are named relative to the configuration file.
TRAINING_DATA = [
    Path(workflow.configfiles[-1]).parent / part["sheet"]
    for part in TRAINING.get("data", [])
    if "sheet" in part
]


rule train:
    default_target: True
    input:
        configuration=workflow.configfiles[-1],
        data=TRAINING_DATA,
    output:
        # checkpoint and curves beside them are no output, so that an interrupted job goes on
        card=f"{TRAINED}/card.yaml",
        weights=f"{TRAINED}/weights.safetensors",
        readme=f"{TRAINED}/README.md",
    log:
        f"{TRAINING['folder']}/train.log",
    benchmark:
        f"{TRAINING['folder']}/train.benchmark.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 2
    resources:
        mem_mb=6000,
        runtime=1440,
    params:
        script=TRAINING_SCRIPTS[TASK],
    shell:
        'python "$NANOCENSUS_SCRIPTS"/{params.script}.py --configuration {input.configuration:q}'
        " --threads {threads} --log {log:q}"
