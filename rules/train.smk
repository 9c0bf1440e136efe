# Training: data sheets -> checkpoint, curves, bundle. `snakemake train --configfile ...`
from pathlib import Path


include: "environment.smk"


TRAINING = config["training"]
TRAINED = TRAINING["folder"]
MODEL = f"{TRAINED}/{TRAINING['name']}"


def training_sheets(wildcards):
    """Return the data sheets, which are named relative to the configuration file."""
    beside = Path(workflow.configfiles[-1]).parent
    return [beside / part["sheet"] for part in TRAINING["data"] if "sheet" in part]


rule train:
    default_target: True
    input:
        configuration=workflow.configfiles[-1],
        sheets=training_sheets,
    output:
        # the checkpoint beside them is no output, so that an interrupted job goes on from it
        card=f"{MODEL}/card.yaml",
        weights=f"{MODEL}/weights.safetensors",
        readme=f"{MODEL}/README.md",
        curves=multiext(f"{TRAINED}/curves", ".csv", ".png", ".svg"),
    log:
        f"{TRAINED}/train.log",
    benchmark:
        f"{TRAINED}/train.benchmark.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 2
    resources:
        mem_mb=6000,
        runtime=1440,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/train_segmentation.py --configuration {input.configuration:q}'
        " --threads {threads} --log {log:q}"
