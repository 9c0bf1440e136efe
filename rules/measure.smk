rule measure:
    input:
        prepare=RESULTS + "/index/prepare/{shard}.json",
        segment=RESULTS + "/index/segment/{shard}.json",
        stage=RESULTS + "/plan/stage/measure.json",
    output:
        index=RESULTS + "/index/measure/{shard}.json",
    log:
        RESULTS + "/logs/measure/{shard}.log",
    benchmark:
        RESULTS + "/benchmarks/measure/{shard}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        mem_mb=lambda wildcards, threads, attempt: 1000 * threads * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    shell:
        "python {SCRIPTS:q}/measure.py --results {RESULTS:q} --shard {wildcards.shard}"
        " --threads {threads} --log {log:q}"
