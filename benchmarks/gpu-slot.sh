#!/usr/bin/env bash
# Makes a short time on a GPU count: goes through the laboratory in the order of worth, each step with
# a limit of its own, every result on disk at once.
#
#   gpu-slot.sh OUT_FOLDER                  8 minutes
#   gpu-slot.sh OUT_FOLDER --minutes 5      what does not fit any more is listed as not run
#   gpu-slot.sh OUT_FOLDER --resume         goes on where the run before ended
#   gpu-slot.sh OUT_FOLDER --dry-run        prints the plan with estimated seconds, runs nothing
#   gpu-slot.sh OUT_FOLDER --tiny --device emulator     tries all of it out, in a minute
#
#   --work DIR     where results lie while they grow (default: OUT_FOLDER/raw). Name one elsewhere where
#                  OUT_FOLDER is emptied between two commands, so that --resume finds them
#   --device NAME  as for all commands (default: cuda)
#   TUCKERC_PYTHON the Python that has PyTorch
#
# OUT_FOLDER gets slot.tar.gz, at most 16 MiB, and summary.txt, at most 10 KB; both are written anew after
# every step. Exit codes: 0 done, also where the machine lacks what a step needs; 1 results differ, 2
# command line, 4 a step failed, or the smoke test, after which nothing is run.
set -uo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd -P)
lab=$here/lab.sh
[[ -x $lab ]] || lab=$here/run.sh
readonly here lab
readonly most_bytes=$((16 * 1024 * 1024))

fail() {
  printf 'gpu-slot: error: %s\n' "$1" >&2
  exit 2
}

out='' work='' minutes=8 device=cuda resume='' dry='' tiny=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --minutes | --work | --device)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      case $1 in --minutes) minutes=$2 ;; --work) work=$2 ;; --device) device=$2 ;; esac
      shift 2
      ;;
    --resume) resume=--resume; shift ;;
    --dry-run) dry=1; shift ;;
    --tiny) tiny=1; shift ;;
    -h | --help) sed -n '2,21s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    -*) fail "unknown option '$1'; see $0 --help" ;;
    *) [[ -z $out ]] || fail "unexpected argument '$1'"; out=$1; shift ;;
  esac
done
[[ -n $out ]] || fail "name the folder for results: gpu-slot.sh OUT_FOLDER"
[[ $minutes =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "--minutes '$minutes' is no number"
readonly total=$(awk "BEGIN { print int($minutes * 60) }")
work=${work:-$out/raw}
scratch=${TMPDIR:-/tmp}/gpu-slot-$(id -u)${tiny:+-tiny}
expected=$here/expected

# --- the plan ----------------------------------------------------------------------------------------
# step NAME ESTIMATE LIMIT FUNCTION: seconds that it should take, and after which it is ended.

names=() estimates=() limits=() functions=()
step() {
  names+=("$1") estimates+=("$2") limits+=("$3") functions+=("$4")
}

kernels=('gemm.mma/f16/*' 'gemv.simt/f16/*' 'map/f16/max-pool*' 'pointwise/f16/*' 'reduce/f16/*')
headline=('resnet18/fp16/*' 'vgg16_bn/fp16/*')
if [[ -n $tiny ]]; then
  step facts 2 20 facts
  step smoke 8 60 smoke
  step calibrate 8 30 calibrate
  step verify-kernels 10 40 verify_kernels
  step verify-models 8 30 verify_models
  step bench-models 8 30 bench_models
  step bench-layers 5 30 bench_layers
  step large-images 8 40 large_images
  step peers 10 40 peers
  step sanitize 2 20 sanitize
  kernels=('gemm.mma/f16/conv-5x5-16*' 'softmax/f16/last-3x7')
  headline=('resnet20/fp16/fixed=0.5')
  layers=('tdc.core/f16/32to32-7x7')
  small=(--quick)
  strong=(--tiny --samples 3 --warm-up 0 --precisions fp32 --only '*stream')
  large=('resnet20/fp16/fixed=0.5')
else
  step facts 8 25 facts
  step smoke 15 60 smoke
  step calibrate 40 50 calibrate
  step verify-kernels 40 60 verify_kernels
  step verify-models 30 60 verify_models
  step bench-models 45 75 bench_models
  step bench-layers 30 50 bench_layers
  step large-images 45 75 large_images
  step peers 110 130 peers
  step verify-more 25 45 verify_more
  step bench-more 40 60 bench_more
  step sanitize 45 80 sanitize
  step verify-rest 60 120 verify_rest
  step bench-rest 90 180 bench_rest
  step peers-rest 180 300 peers_rest
  layers=('tdc.core/f16/*')
  small=()
  strong=(--strong --precisions fp16)
  large=('vdsr-1080x1920/fp16/*')
fi
more=('densenet121/fp16/*' 'resnet50/fp16/*')

if [[ -n $dry ]]; then
  left=$total sum=0
  printf '%-16s %9s %6s\n' step estimated limit
  for i in "${!names[@]}"; do
    note=''
    if [[ ${estimates[i]} -le $left ]]; then
      left=$((left - estimates[i])) sum=$((sum + estimates[i]))
    else
      note='  not run: it does not fit'
    fi
    printf '%-16s %7s s %4s s%s\n' "${names[i]}" "${estimates[i]}" "${limits[i]}" "$note"
  done
  printf 'estimated: %s s of %s s\n' "$sum" "$total"
  exit 0
fi

# --- running -----------------------------------------------------------------------------------------

mkdir -p "$out" "$work" "$scratch" || fail "$out, $work or $scratch cannot be written"
steps=$work/steps.tsv
[[ -n $resume ]] || : >"$steps"
start=$SECONDS
remaining() { printf '%s' $((total - (SECONDS - start))); }
background=()

# What the steps run. $limit is the time of the step.
run_lab() {
  local command=$1
  shift
  "$lab" "$command" --device "$device" --out "$work" --seconds "$limit" $resume ${target[@]+"${target[@]}"} "$@"
}
facts() {
  {
    date -u
    command -v nvidia-smi >/dev/null && nvidia-smi -q
    python=$(find_python) && "$python" -c 'import torch; print("torch", torch.__version__, torch.version.cuda)'
    "$lab" doctor
  } >"$work/facts.txt" 2>&1
  grep -E '^(ok|BAD|-)' "$work/facts.txt"
}
smoke() {
  run_lab verify --case-seconds 20 'gemm.mma/f16/conv-11x7-13to17-k3' 'softmax/f16/last-3x1000' \
    'gemv.simt/f16/matmul-1x512x1000' 'reduce/f16/global-average-512x7x7' \
    'map/f16/max-pool-64x28x28' 'resnet20/fp16/fixed=0.5'
}
calibrate() { run_lab calibrate --case-seconds 10; }
verify_kernels() { run_lab verify --case-seconds 15 "${kernels[@]}" "${layers[@]}"; }
verify_models() { run_lab verify --case-seconds 40 --expected "$expected" "${headline[@]}"; }
bench_models() { run_lab bench --case-seconds 30 ${small[@]+"${small[@]}"} "${headline[@]}"; }
bench_layers() { run_lab bench --case-seconds 15 "${layers[@]}"; }
verify_more() { run_lab verify --case-seconds 40 --expected "$expected" "${more[@]}"; }
bench_more() { run_lab bench --case-seconds 30 "${more[@]}"; }
verify_rest() { run_lab verify --case-seconds 20 --resume --emulate differing; }
bench_rest() { run_lab bench --case-seconds 20 --resume --top 8 'tdc.core/f16/*' 'tdc.*'; }
sanitize() { "$here/sanitize.sh" "$work" "$limit"; }

find_python() {
  local candidate
  for candidate in "${TUCKERC_PYTHON:-}" python3 /opt/*/bin/python3 /opt/*/.venv/bin/python3 /usr/bin/python3; do
    if [[ -n $candidate ]] && "$candidate" -c 'import numpy, torch' 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
  done
  return 1
}
# write_models FOLDER CASE...: models for the peers. They are too large to be carried, and written while
# the GPU is busy.
write_models() {
  local folder=$1
  shift
  local written=$folder/written-${1%%/*}
  [[ -f $written ]] && return
  "$lab" prepare --quiet --onnx "$folder" "$@" && touch "$written"
}
# run_peers SECONDS FOLDER REFERENCE OPTION...: the peers on the folder's models.
run_peers() {
  local seconds=$1 folder=$2 reference=$3 python models=() file
  shift 3
  local wanted=("$@")
  python=$(find_python) || { printf 'peers: no Python with numpy and PyTorch; TUCKERC_PYTHON names one\n'; return 3; }
  for file in "$folder"/*.onnx; do models+=(--model "$file"); done
  [[ $device == cuda* ]] || wanted+=(--device cpu)
  "$python" -B -u "$here/peers/peers.py" "${models[@]}" --reference "$reference" --budget "$seconds" \
    --output "$work/peers.jsonl" $resume "${wanted[@]}"
}
peers() {
  local wanted=("$@") process
  for process in ${background[@]+"${background[@]}"}; do
    while kill -0 "$process" 2>/dev/null; do sleep 0.5; done
  done
  write_models "$scratch/models" "${headline[@]}" || return 4
  [[ ${#wanted[@]} -gt 0 ]] || wanted=("${strong[@]}")
  run_peers "$limit" "$scratch/models" "$expected" --layers "$scratch/models/tdc-layers.csv" --sets core \
    "${wanted[@]}"
}
peers_rest() {
  write_models "$scratch/models" "${more[@]}"
  peers --samples 100 --precisions fp16,fp32,tf32
}
# The reference takes minutes for such images: the peers are held against the outputs of bench.
large_images() {
  local begun=$SECONDS status=0
  write_models "$scratch/large" "${large[@]}" || return 4
  run_lab bench --case-seconds 30 ${small[@]+"${small[@]}"} --write-outputs "$scratch/large/outputs" \
    "${large[@]}" || return
  run_peers $((limit - SECONDS + begun)) "$scratch/large" "$scratch/large/outputs" "${strong[@]}" \
    || status=$?
  return $((status == 3 ? 0 : status))
}

# Writes the archive and the summary anew.
pack() {
  {
    printf 'gpu-slot on %s, %s of %s s\n\n' "$device" $((SECONDS - start)) "$total"
    printf '%-16s %-10s %s\n' step outcome seconds
    awk -F'\t' '{ printf "%-16s %-10s %s\n", $1, $2, $3 }' "$steps"
    printf '\n'
    "$lab" report --results "$work" --summary 2>&1
  } | head -c 10000 >"$out/summary.txt.new"
  mv -f "$out/summary.txt.new" "$out/summary.txt"
  local level files=.
  for level in 6 9; do
    tar -C "$work" -cf - $files | gzip "-$level" >"$out/slot.tar.gz.new"
    [[ $(stat -c %s "$out/slot.tar.gz.new") -gt $most_bytes ]] || break
    # The clocks of every half second go first.
    files='--exclude=clocks.csv --exclude=slot.log .'
  done
  if [[ $(stat -c %s "$out/slot.tar.gz.new") -le $most_bytes ]]; then
    mv -f "$out/slot.tar.gz.new" "$out/slot.tar.gz"
  else
    printf 'the archive is larger than 16 MiB: bring %s\n' "$work" >>"$out/summary.txt"
  fi
}

note() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$steps"
  printf 'gpu-slot: %s: %s (%s s)\n' "$1" "$2" "$3"
}
finish() {
  local pid
  for pid in ${background[@]+"${background[@]}"} ${sampler:-}; do kill "$pid" 2>/dev/null; done
  pack
  printf 'gpu-slot: %s and %s\n' "$out/slot.tar.gz" "$out/summary.txt"
}
trap 'finish; exit 4' INT TERM

if command -v nvidia-smi >/dev/null; then
  nvidia-smi --query-gpu=timestamp,clocks.sm,clocks.mem,temperature.gpu,power.draw,utilization.gpu,pstate \
    --format=csv -lms 500 >>"$work/clocks.csv" 2>/dev/null &
  sampler=$!
fi

exit_code=0
for i in "${!names[@]}"; do
  name=${names[i]}
  if [[ -n $resume ]] && grep -q "^$name"$'\t''done' "$steps"; then continue; fi
  left=$(remaining)
  if [[ $left -lt ${estimates[i]} ]]; then
    note "$name" 'not run' 0
    continue
  fi
  limit=$((left < limits[i] ? left : limits[i]))
  target=()
  [[ $name == smoke || $name == calibrate || ! -f $work/device.json ]] || target=(--target "$work/device.json")
  begun=$SECONDS
  # In a subshell of its own process group, so that all of a step can be ended.
  set -m
  "${functions[i]}" >>"$work/slot.log" 2>&1 &
  running=$!
  set +m
  status=''
  while kill -0 "$running" 2>/dev/null; do
    if [[ $((SECONDS - begun)) -gt $((limit + 10)) ]]; then
      kill -TERM -- "-$running" 2>/dev/null
      sleep 1
      kill -KILL -- "-$running" 2>/dev/null
      status=ended
      break
    fi
    sleep 0.2
  done
  code=0
  wait "$running" 2>/dev/null || code=$?
  case $code in
    0) outcome=done ;;
    1) outcome=differs; exit_code=1 ;;
    3) outcome=missing ;;
    *) outcome=failed; [[ $exit_code -eq 1 ]] || exit_code=4 ;;
  esac
  [[ -z $status ]] || outcome=$status
  note "$name" "$outcome" $((SECONDS - begun))
  if [[ $name == smoke && $outcome != done ]]; then
    printf 'gpu-slot: the smoke test is broken; nothing else is run. The end of %s:\n' "$work/slot.log" >&2
    tail -20 "$work/slot.log" >&2
    finish
    exit 4
  fi
  if [[ $name == smoke && $device == cuda* ]] && find_python >/dev/null; then
    write_models "$scratch/models" "${headline[@]}" >>"$work/slot.log" 2>&1 &
    background+=($!)
  fi
  pack
done
finish
exit "$exit_code"
