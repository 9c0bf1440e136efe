rule prepare:
    input:
        shard=RESULTS + "/plan/shards/{shard}.json",
        stage=RESULTS + "/plan/stage/prepare.json",
    output:
        index=RESULTS + "/index/prepare/{shard}.json",
    log:
        RESULTS + "/logs/prepare/{shard}.log",
    benchmark:
        RESULTS + "/benchmarks/prepare/{shard}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        mem_mb=lambda wildcards, threads, attempt: 1000 * threads * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    shell:
        "python {SCRIPTS:q}/prepare.py --results {RESULTS:q} --shard {wildcards.shard}"
        " --threads {threads} --log {log:q}"
