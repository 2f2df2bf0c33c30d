#!/usr/bin/env bash
# Runs `lab verify` under each tool of NVIDIA's compute-sanitizer:
#
#   sanitize.sh OUT_FOLDER SECONDS [CASE...]       (default: one kernel of each template)
#
# What the tools print is appended to OUT_FOLDER/sanitizer.txt. Exit codes: 0 nothing was found, 1
# something was found, 3 there is no compute-sanitizer, 4 a tool failed.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
lab=$here/lab.sh
[[ -x $lab ]] || lab=$here/run.sh
out=$1 seconds=$2
shift 2
cases=("$@")
[[ ${#cases[@]} -gt 0 ]] || cases=(--quick)

sanitizer=$(command -v compute-sanitizer || ls -d /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | tail -1)
if [[ -z $sanitizer ]]; then
  printf 'sanitize: compute-sanitizer is neither on the PATH nor in /usr/local/cuda*/bin\n' >&2
  exit 3
fi
mkdir -p "$out"
report=$out/sanitizer.txt
verified=$(mktemp -d)
trap 'rm -rf "$verified"' EXIT
found=0 failed=0
for tool in memcheck racecheck synccheck initcheck; do
  printf '=== %s\n' "$tool" >>"$report"
  status=0
  # Lines of a tool begin with =========; a kernel's PTX carries line information.
  timeout $((seconds / 4 + 5)) "$sanitizer" --tool "$tool" --target-processes all --error-exitcode 77 \
    --print-limit 20 "$lab" verify --device cuda --quiet --case-seconds 60 --seconds $((seconds / 4)) \
    --out "$verified" "${cases[@]}" >"$verified/output" 2>&1 || status=$?
  grep -a '^=========' "$verified/output" | head -200 >>"$report"
  if grep -aqE 'ERROR SUMMARY: [1-9]|RACECHECK SUMMARY: [1-9]|Invalid __|Race reported|Uninitialized' "$verified/output"; then
    found=1
    printf '%s: findings, see %s\n' "$tool" "$report"
  elif grep -aqE 'ERROR SUMMARY: 0|RACECHECK SUMMARY: 0' "$verified/output" && [[ $status -eq 0 ]]; then
    printf '%s: clean\n' "$tool"
  else
    failed=1
    printf '%s: failed, exit code %s: %s\n' "$tool" "$status" "$(tail -1 "$verified/output")"
    tail -5 "$verified/output" >>"$report"
  fi
done
[[ $found -eq 0 ]] || exit 1
[[ $failed -eq 0 ]] || exit 4
