#!/usr/bin/env bash
# Times a training step of ResNet-20 against the same step in plain libtorch, in turns:
# benchmarks/training-step.sh [STEPS [THREADS]]
set -euo pipefail

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
prepare
start dev.tuckerc.benchmarks.TrainingStep "$@"
