rule measure:
    input:
        prepare=f"{RESULTS}/index/prepare/{{shard}}.json",
        outline=f"{RESULTS}/index/outline/{{shard}}.json",
        stage=f"{RESULTS}/plan/stage/measure.json",
    output:
        index=f"{RESULTS}/index/measure/{{shard}}.json",
    log:
        f"{RESULTS}/logs/measure/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure/{{shard}}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        mem_mb=lambda wildcards, threads, attempt: 1000 * threads * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/measure.py --plan {input.stage:q} --shard {wildcards.shard}'
        " --threads {threads} --log {log:q}"
