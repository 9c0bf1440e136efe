# Evaluation: bundles x labelled pictures -> scores. `snakemake evaluate --configfile ...`
from pathlib import Path

from snakemake.exceptions import WorkflowError


include: "environment.smk"


EVALUATION = config["evaluation"] or {}
if missing := {"bundles", "folder"} - set(EVALUATION):
    raise WorkflowError(
        f"evaluation: {sorted(missing)} missing; docs/training.md explains the keys"
    )
EVALUATED_BUNDLES = EVALUATION["bundles"]
if not isinstance(EVALUATED_BUNDLES, dict):
    named = {Path(bundle).name: bundle for bundle in EVALUATED_BUNDLES}
    if len(named) < len(EVALUATED_BUNDLES):
        raise WorkflowError(
            "evaluation: two bundles have the same name; give bundles as name: folder"
        )
    EVALUATED_BUNDLES = named
# Paths are relative to where snakemake runs.
EVALUATED = {
    key: EVALUATION[key] for key in ("sheet", "pictures", "labels") if key in EVALUATION
}
EVALUATION_OPTIONS = [
    part
    for key, value in EVALUATION.items()
    if key not in ("bundles", "folder")
    for part in (f"--{key.replace('_', '-')}", str(value))
]
COMPARISON = ["comparison.tsv", "comparison.html"] if len(EVALUATED_BUNDLES) > 1 else []


wildcard_constraints:
    bundle="[^/]+",


rule evaluate:
    default_target: True
    input:
        scores=expand(
            f"{EVALUATION['folder']}/{{bundle}}/scores.json", bundle=EVALUATED_BUNDLES
        ),
        comparison=expand(f"{EVALUATION['folder']}/{{name}}", name=COMPARISON),


rule evaluate_segmentation:
    input:
        card=lambda wildcards: f"{EVALUATED_BUNDLES[wildcards.bundle]}/card.yaml",
        weights=lambda wildcards: f"{EVALUATED_BUNDLES[wildcards.bundle]}/weights.safetensors",
        pictures=list(EVALUATED.values()),
    output:
        scores=f"{EVALUATION['folder']}/{{bundle}}/scores.json",
        pictures=f"{EVALUATION['folder']}/{{bundle}}/pictures.tsv",
        page=f"{EVALUATION['folder']}/{{bundle}}/evaluation.html",
    log:
        f"{EVALUATION['folder']}/{{bundle}}/evaluate_segmentation.log",
    benchmark:
        f"{EVALUATION['folder']}/{{bundle}}/evaluate_segmentation.benchmark.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
        local_gpu=local_gpu(EVALUATION.get("device", "auto")),
    params:
        bundle=lambda wildcards: EVALUATED_BUNDLES[wildcards.bundle],
        folder=lambda wildcards, output: Path(output.scores).parent,
        options=EVALUATION_OPTIONS,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/evaluate_segmentation.py --bundle {params.bundle:q}'
        " --output {params.folder:q} --log {log:q} {params.options:q}"


rule compare_evaluations:
    input:
        expand(
            f"{EVALUATION['folder']}/{{bundle}}/{{file}}",
            bundle=EVALUATED_BUNDLES,
            file=["scores.json", "pictures.tsv"],
        ),
    output:
        table=f"{EVALUATION['folder']}/comparison.tsv",
        page=f"{EVALUATION['folder']}/comparison.html",
    log:
        f"{EVALUATION['folder']}/compare_evaluations.log",
    benchmark:
        f"{EVALUATION['folder']}/compare_evaluations.benchmark.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        folder=lambda wildcards, output: Path(output.table).parent,
        evaluations=[
            part
            for name in EVALUATED_BUNDLES
            for part in ("--evaluation", f"{name}={EVALUATION['folder']}/{name}")
        ],
    shell:
        'python "$NANOCENSUS_SCRIPTS"/compare_evaluations.py {params.evaluations:q}'
        " --output {params.folder:q} --log {log:q}"
