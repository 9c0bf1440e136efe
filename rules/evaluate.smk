# Evaluation: a bundle x labelled pictures -> scores. `snakemake evaluate --configfile ...`
include: "environment.smk"


EVALUATION = config["evaluation"]
SCORES = EVALUATION["folder"]
SCORED_BUNDLE = EVALUATION["bundle"]


def evaluation_options(wildcards):
    """Return the script's options for the keys of the configuration that name the pictures."""
    keys = (
        "sheet",
        "split",
        "seed",
        "pictures",
        "labels",
        "kind",
        "ignore_rows",
        "min_area",
    )
    keys = (*keys, "min_probability", "working_scale")
    return [
        part
        for key in keys
        if key in EVALUATION
        for part in (f"--{key.replace('_', '-')}", str(EVALUATION[key]))
    ]


rule evaluate:
    default_target: True
    input:
        card=f"{SCORED_BUNDLE}/card.yaml",
        weights=f"{SCORED_BUNDLE}/weights.safetensors",
    output:
        scores=f"{SCORES}/scores.json",
        pictures=f"{SCORES}/pictures.tsv",
    log:
        f"{SCORES}/evaluate.log",
    benchmark:
        f"{SCORES}/evaluate.benchmark.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        options=evaluation_options,
        bundle=SCORED_BUNDLE,
        folder=SCORES,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/evaluate_segmentation.py --bundle {params.bundle:q}'
        " --output {params.folder:q} --log {log:q} {params.options:q}"
