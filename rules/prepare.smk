rule prepare:
    input:
        shard=f"{RESULTS}/plan/shards/{{shard}}.json",
        stage=f"{RESULTS}/plan/stage/prepare.json",
    output:
        index=f"{RESULTS}/index/prepare/{{shard}}.json",
    log:
        f"{RESULTS}/logs/prepare/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/prepare/{{shard}}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        mem_mb=lambda wildcards, threads, attempt: 1500 * threads * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/prepare.py --plan {input.stage:q} --shard {wildcards.shard}'
        " --threads {threads} --log {log:q}"
