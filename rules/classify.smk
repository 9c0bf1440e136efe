rule classify:
    input:
        prepare=RESULTS + "/index/prepare/{shard}.json",
        segment=RESULTS + "/index/segment/{shard}.json",
        stage=RESULTS + "/plan/stage/classify.json",
    output:
        index=RESULTS + "/index/classify/{shard}.json",
    log:
        RESULTS + "/logs/classify/{shard}.log",
    benchmark:
        RESULTS + "/benchmarks/classify/{shard}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        mem_mb=lambda wildcards, threads, attempt: 1500 * threads * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
        local_gpu=local_gpu(),
    shell:
        "python {SCRIPTS:q}/classify.py --results {RESULTS:q} --shard {wildcards.shard}"
        " --threads {threads} --log {log:q}"
