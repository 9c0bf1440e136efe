rule outline:
    input:
        prepare=f"{RESULTS}/index/prepare/{{shard}}.json",
        segment=f"{RESULTS}/index/segment/{{shard}}.json",
        stage=f"{RESULTS}/plan/stage/outline.json",
    output:
        index=f"{RESULTS}/index/outline/{{shard}}.json",
    log:
        f"{RESULTS}/logs/outline/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/outline/{{shard}}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        # MEMORY_PER_PICTURE in scripts/nanocensus/outlines/memory.py, a picture per thread
        mem_mb=lambda wildcards, threads, attempt: 3000 * threads * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/outline.py --plan {input.stage:q} --shard {wildcards.shard}'
        " --threads {threads} --log {log:q}"
