rule aggregate:
    input:
        prepare=of_all_shards("prepare"),
        segment=of_all_shards("segment"),
        outline=of_all_shards("outline"),
        measure=of_all_shards("measure"),
        classify=of_all_shards("classify"),
        gallery=of_all_shards("gallery"),
        samples=f"{RESULTS}/plan/samples.json",
        stage=f"{RESULTS}/plan/stage/aggregate.json",
    output:
        particles=f"{RESULTS}/tables/particles.parquet",
        particles_csv=f"{RESULTS}/tables/particles.csv.gz",
        micrographs=report(
            f"{RESULTS}/tables/micrographs.csv",
            caption="../docs/captions/micrographs.rst",
            category="Tables",
        ),
        samples=report(
            f"{RESULTS}/tables/samples.csv",
            caption="../docs/captions/samples.rst",
            category="Tables",
        ),
        pixel_sizes=f"{RESULTS}/tables/pixel_sizes.csv",
        statistics=f"{RESULTS}/tables/statistics.json",
        runtime=f"{RESULTS}/tables/runtime.csv",
    log:
        f"{RESULTS}/logs/aggregate.log",
    benchmark:
        f"{RESULTS}/benchmarks/aggregate.tsv"
    conda:
        "../envs/nanocensus.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    shell:
        'python "$NANOCENSUS_SCRIPTS"/aggregate.py --plan {input.stage:q} --log {log:q}'
