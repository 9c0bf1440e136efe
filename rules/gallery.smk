rule gallery:
    input:
        prepare=RESULTS + "/index/prepare/{shard}.json",
        segment=RESULTS + "/index/segment/{shard}.json",
        measure=RESULTS + "/index/measure/{shard}.json",
        classify=RESULTS + "/index/classify/{shard}.json",
        stage=RESULTS + "/plan/stage/gallery.json",
    output:
        index=RESULTS + "/index/gallery/{shard}.json",
    log:
        RESULTS + "/logs/gallery/{shard}.log",
    benchmark:
        RESULTS + "/benchmarks/gallery/{shard}.tsv"
    conda:
        "../envs/nanocensus.yaml"
    threads: 4
    resources:
        mem_mb=lambda wildcards, threads, attempt: 1000 * threads * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    shell:
        "python {SCRIPTS:q}/gallery.py --results {RESULTS:q} --shard {wildcards.shard}"
        " --threads {threads} --log {log:q}"
