#!/usr/bin/env bash
# The GPU laboratory of tuckerc, packed: run.sh COMMAND [OPTIONS]
#
#   ./gpu-slot.sh OUT_FOLDER            everything, in the order of worth, within 8 minutes
#   ./run.sh doctor                     what this machine has
#   ./run.sh COMMAND --help             the options of a command
#
# Needs bash, coreutils, glibc 2.35 and libstdc++; no Java, no network, no CUDA installation. This folder
# may be read-only and the current folder any.
#
#   --out DIR       results (default: tuckerc-results in the current folder)
#   --nvrtc PATH    compile with this libnvrtc.so.12 or .13 in place of the packed one (also TUCKERC_NVRTC)
#   TUCKERC_CACHE   folder for unpacked libraries and compiled kernels, 300 MB (default: ~/.cache/tuckerc,
#                   or a folder in TMPDIR where that cannot be written)
#   TUCKERC_PYTHON  the Python that has PyTorch (default: python3)
#   TUCKERC_JAVA_OPTIONS   further options for the Java virtual machine, such as -Xmx8g
set -euo pipefail

fail() {
  printf 'run.sh: error: %s\n' "$1" >&2
  exit 4
}

# The folder of this script, also when it was started through symbolic links.
resolve() {
  local path=$1 target
  while [[ -L $path ]]; do
    target=$(readlink "$path")
    if [[ $target == /* ]]; then path=$target; else path=$(dirname "$path")/$target; fi
  done
  (cd "$(dirname "$path")" && pwd -P)
}

# Succeeds when a folder is there or can be made, and can be written.
usable() {
  mkdir -p "$1" 2>/dev/null && [[ -d $1 && -w $1 ]]
}

kit=$(resolve "${BASH_SOURCE[0]}")
readonly kit
readonly java=$kit/jre/bin/java

[[ $(uname -s) == Linux && $(uname -m) == x86_64 ]] \
  || fail "the kit is for Linux on x86-64, this is $(uname -s) on $(uname -m)"
[[ -x $java ]] || fail "$java is missing or not executable; unpack the archive again, on a file system that \
keeps permissions and is not mounted noexec"

# A cache that was named is used or complained about; the others are tried in turn.
if [[ -n ${TUCKERC_CACHE:-} ]]; then
  usable "$TUCKERC_CACHE" || fail "TUCKERC_CACHE=$TUCKERC_CACHE cannot be written; name another folder"
else
  for candidate in "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/tuckerc}" "${HOME:+$HOME/.cache/tuckerc}" \
    "${TMPDIR:-/tmp}/tuckerc-$(id -u)"; do
    if [[ -n $candidate ]] && usable "$candidate"; then
      TUCKERC_CACHE=$candidate
      break
    fi
  done
  [[ -n ${TUCKERC_CACHE:-} ]] || fail "no folder for the cache can be written (looked at XDG_CACHE_HOME, \
~/.cache and ${TMPDIR:-/tmp}); set TUCKERC_CACHE to one with 300 MB free"
fi
export TUCKERC_CACHE
# Kernels that were compiled when the kit was packed.
kernels=$TUCKERC_CACHE/kernels
if [[ -d $kit/kernels && ! -e $kernels/packed ]]; then
  usable "$kernels" || fail "$kernels cannot be written; set TUCKERC_CACHE to another folder"
  chmod 700 "$TUCKERC_CACHE" "$kernels"
  cp -r "$kit/kernels/." "$kernels/"
  touch "$kernels/packed"
fi
temporary=$TUCKERC_CACHE/tmp
usable "$temporary" || fail "$temporary cannot be written; set TUCKERC_CACHE to another folder"

options=()
[[ -z ${TUCKERC_JAVA_OPTIONS:-} ]] || read -r -a options <<<"$TUCKERC_JAVA_OPTIONS"
if [[ -t 2 ]]; then options+=(-Dtuckerc.terminal=true); fi

# Options that the environment would give to every Java virtual machine are for others.
unset JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH

exec "$java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -XX:+UseParallelGC -XX:MaxRAMPercentage=50 -Djava.io.tmpdir="$temporary" \
  -Dtuckerc.kit="$kit" -Dtuckerc.commit="$(<"$kit/COMMIT")" \
  ${options[@]+"${options[@]}"} -cp "$kit/lib/*" dev.tuckerc.lab.Lab "$@"
