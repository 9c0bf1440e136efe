rule classify:
    input:
        prepare=f"{RESULTS}/index/prepare/{{shard}}.json",
        segment=f"{RESULTS}/index/segment/{{shard}}.json",
        stage=f"{RESULTS}/plan/stage/classify.json",
    output:
        index=f"{RESULTS}/index/classify/{{shard}}.json",
    log:
        f"{RESULTS}/logs/classify/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/classify/{{shard}}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        mem_mb=lambda wildcards, threads, attempt: 1500 * threads * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
        local_gpu=local_gpu(CONFIGURATION.values["device"]),
    shell:
        'python "$NANOCENSUS_SCRIPTS"/classify.py --plan {input.stage:q} --shard {wildcards.shard}'
        " --threads {threads} --log {log:q}"
