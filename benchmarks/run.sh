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

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root
readonly out=$root/benchmarks/target
readonly stamp=$out/built
readonly cache=${TUCKERC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tuckerc}

home=$("$root/tuckerc" --print-jdk)

is_current() {
  [[ -f $stamp && -f $out/classpath.txt ]] || return 1
  [[ -z $(find "$root/pom.xml" "$root"/{grammar,templates,compiler,runtime,cli,benchmarks}/{pom.xml,src} \
    -newer "$stamp" -print -quit) ]] || return 1
  local entry entries
  IFS=: read -r -a entries <"$out/classpath.txt"
  for entry in "${entries[@]}"; do
    [[ -e $entry ]] || return 1
  done
}

if ! is_current; then
  command -v mvn >/dev/null || {
    printf "benchmarks: error: Maven is needed to build them and 'mvn' is not on the PATH.\n" >&2
    exit 2
  }
  printf 'benchmarks: building\n' >&2
  mkdir -p "$out"
  touch "$out/started"
  rm -f "$stamp"
  JAVA_HOME=$home mvn -B -q -f "$root/pom.xml" -pl benchmarks -am -Dmaven.test.skip=true package </dev/null >&2
  mv -f "$out/started" "$stamp"
fi

options=()
[[ -z ${TUCKERC_JAVA_OPTIONS:-} ]] || read -r -a options <<<"$TUCKERC_JAVA_OPTIONS"

# JMH starts the measured JVMs with these options, too.
exec "$home/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -XX:+UseParallelGC -XX:MaxRAMPercentage=50 \
  -Dorg.bytedeco.javacpp.cachedir="$cache/natives/javacpp" \
  -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.log.org.nd4j=error \
  -Dorg.slf4j.simpleLogger.log.org.reflections=error \
  ${options[@]+"${options[@]}"} \
  -cp "$out/classes:$(<"$out/classpath.txt")" dev.tuckerc.benchmarks.BenchmarkMain "$@"
