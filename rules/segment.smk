rule segment:
    input:
        prepare=f"{RESULTS}/index/prepare/{{shard}}.json",
        stage=f"{RESULTS}/plan/stage/segment.json",
    output:
        index=f"{RESULTS}/index/segment/{{shard}}.json",
    log:
        f"{RESULTS}/logs/segment/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/segment/{{shard}}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        # MEMORY_PER_PICTURE in scripts/nanocensus/segmentation/memory.py, a picture per thread
        mem_mb=lambda wildcards, threads: 6000 * threads,
        runtime=lambda wildcards, attempt: 120 * attempt,
        local_gpu=local_gpu(CONFIGURATION.values["device"]),
    shell:
        'python "$NANOCENSUS_SCRIPTS"/segment.py --plan {input.stage:q} --shard {wildcards.shard}'
        " --threads {threads} --log {log:q}"
