rule segment:
    input:
        prepare=RESULTS + "/index/prepare/{shard}.json",
        stage=RESULTS + "/plan/stage/segment.json",
    output:
        index=RESULTS + "/index/segment/{shard}.json",
    log:
        RESULTS + "/logs/segment/{shard}.log",
    benchmark:
        RESULTS + "/benchmarks/segment/{shard}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        mem_mb=lambda wildcards, threads, attempt: 1500 * threads * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
        local_gpu=local_gpu(),
    shell:
        "python {SCRIPTS:q}/segment.py --results {RESULTS:q} --shard {wildcards.shard}"
        " --threads {threads} --log {log:q}"
