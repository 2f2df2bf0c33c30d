#!/usr/bin/env bash
# Runs the JMH benchmarks: benchmarks/run.sh [JMH options]
#
#   benchmarks/run.sh -l                                   list them
#   benchmarks/run.sh EmulatorBenchmark -f 1 -wi 2 -i 3    some of them, briefly
#   benchmarks/run.sh -rf json -rff results.json           all of them, results also as JSON
#
#   TUCKERC_JAVA_OPTIONS   further options for the Java virtual machine, such as -Xmx8g
#   TUCKERC_CACHE          cache folder, as for ./tuckerc
#
# Builds first where a source is newer than the last build. Nothing is cached between two
# measurements, except that native libraries are unpacked to the cache folder once.
set -euo pipefail

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
prepare
start org.openjdk.jmh.Main "$@"
