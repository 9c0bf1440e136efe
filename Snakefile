# nanocensus: from raw electron micrographs to a campaign's report.
# This file is a table of contents; each stage has its own file in rules/.
from snakemake.utils import min_version

min_version("9.27")


if not workflow.overwrite_configfiles:

    configfile: f"{workflow.basedir}/config/config.yaml"


if "training" in config:

    include: "rules/train.smk"

elif "evaluation" in config:

    include: "rules/evaluate.smk"

else:

    include: "rules/common.smk"
    include: "rules/prepare.smk"
    include: "rules/segment.smk"
    include: "rules/outline.smk"
    include: "rules/measure.smk"
    include: "rules/classify.smk"
    include: "rules/gallery.smk"
    include: "rules/aggregate.smk"
    include: "rules/report.smk"

    rule all:
        default_target: True
        input:
            rules.aggregate.output,
            rules.report.output.pages,
