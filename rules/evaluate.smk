# Evaluation: a bundle x labelled pictures -> scores. `snakemake evaluate --configfile ...`
from snakemake.exceptions import WorkflowError


include: "environment.smk"


EVALUATION = config["evaluation"] or {}
if missing := {"bundle", "folder"} - set(EVALUATION):
    raise WorkflowError(
        f"evaluation: {sorted(missing)} missing; docs/training.md explains the keys"
    )
# Paths are relative to where snakemake runs.
EVALUATED = {
    key: EVALUATION[key] for key in ("sheet", "pictures", "labels") if key in EVALUATION
}
EVALUATION_OPTIONS = [
    part
    for key, value in EVALUATION.items()
    if key not in ("bundle", "folder")
    for part in (f"--{key.replace('_', '-')}", str(value))
]


rule evaluate:
    default_target: True
    input:
        card=f"{EVALUATION['bundle']}/card.yaml",
        weights=f"{EVALUATION['bundle']}/weights.safetensors",
        pictures=list(EVALUATED.values()),
    output:
        scores=f"{EVALUATION['folder']}/scores.json",
        pictures=f"{EVALUATION['folder']}/pictures.tsv",
    log:
        f"{EVALUATION['folder']}/evaluate.log",
    benchmark:
        f"{EVALUATION['folder']}/evaluate.benchmark.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        bundle=EVALUATION["bundle"],
        folder=EVALUATION["folder"],
        options=EVALUATION_OPTIONS,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/evaluate_segmentation.py --bundle {params.bundle:q}'
        " --output {params.folder:q} --log {log:q} {params.options:q}"
