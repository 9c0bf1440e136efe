rule report:
    input:
        rules.aggregate.output,
        gallery=of_all_shards("gallery"),
        stage=RESULTS + "/plan/stage/report.json",
    output:
        pages=report(
            directory(RESULTS + "/report"),
            caption="../docs/captions/report.rst",
            category="Campaign",
            htmlindex="index.html",
        ),
    log:
        RESULTS + "/logs/report.log",
    benchmark:
        RESULTS + "/benchmarks/report.tsv"
    conda:
        "../envs/nanocensus.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    shell:
        "python {SCRIPTS:q}/report.py --results {RESULTS:q} --log {log:q}"
