rule report:
    input:
        rules.aggregate.output,
        gallery=of_all_shards("gallery"),
        plan=f"{RESULTS}/plan/plan.json",
        stage=f"{RESULTS}/plan/stage/report.json",
    output:
        pages=report(
            directory(f"{RESULTS}/report"),
            caption="../docs/captions/report.rst",
            category="Campaign",
            htmlindex="index.html",
        ),
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.tsv"
    conda:
        "../envs/nanocensus.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/report.py --plan {input.stage:q} --log {log:q}'
