rule aggregate:
    input:
        prepare=of_all_shards("prepare"),
        segment=of_all_shards("segment"),
        measure=of_all_shards("measure"),
        classify=of_all_shards("classify"),
        gallery=of_all_shards("gallery"),
        samples=RESULTS + "/plan/samples.json",
        stage=RESULTS + "/plan/stage/aggregate.json",
    output:
        particles=RESULTS + "/tables/particles.parquet",
        particles_csv=RESULTS + "/tables/particles.csv.gz",
        micrographs=report(
            RESULTS + "/tables/micrographs.csv",
            caption="../docs/captions/micrographs.rst",
            category="Tables",
        ),
        samples=report(
            RESULTS + "/tables/samples.csv",
            caption="../docs/captions/samples.rst",
            category="Tables",
        ),
        statistics=RESULTS + "/tables/statistics.json",
        runtime=RESULTS + "/tables/runtime.csv",
    log:
        RESULTS + "/logs/aggregate.log",
    benchmark:
        RESULTS + "/benchmarks/aggregate.tsv"
    conda:
        "../envs/nanocensus.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    shell:
        "python {SCRIPTS:q}/aggregate.py --results {RESULTS:q} --log {log:q}"
