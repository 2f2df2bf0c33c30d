#!/usr/bin/env bash
# Runs the GPU laboratory from the sources: benchmarks/lab.sh COMMAND [OPTIONS]
#
#   benchmarks/lab.sh --help                                       list the commands
#   benchmarks/lab.sh doctor                                       what this machine has
#   benchmarks/lab.sh verify --device emulator --out results       check the kernels without a GPU
#
#   TUCKERC_JAVA_OPTIONS   further options for the Java virtual machine, such as -Xmx8g
#   TUCKERC_CACHE          cache folder, as for ./tuckerc
#   TUCKERC_NVRTC          a libnvrtc.so.12 or .13 to compile with, in place of the shipped one
#
# Builds first where a source is newer than the last build. For a machine without Java and network,
# benchmarks/pack-kit.sh packs everything into one archive.
set -euo pipefail

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
prepare
start dev.tuckerc.lab.Lab "$@"
