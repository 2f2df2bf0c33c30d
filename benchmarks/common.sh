# Shared by the scripts of this folder, which source it: builds the module where a source is newer than
# the last build, and starts a class of it.
#
#   TUCKERC_JAVA_OPTIONS   further options for the Java virtual machine, such as -Xmx8g
#   TUCKERC_CACHE          cache folder, as for ./tuckerc
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly root
readonly out=$root/benchmarks/target
readonly stamp=$out/built

is_current() {
  [[ -f $stamp && -f $out/classpath.txt ]] || return 1
  [[ -z $(find "$root/pom.xml" "$root"/{grammar,templates,compiler,runtime,training,cli,benchmarks}/{pom.xml,src} \
    -newer "$stamp" -print -quit) ]] || return 1
  local entry entries
  IFS=: read -r -a entries <"$out/classpath.txt"
  for entry in "${entries[@]}"; do
    [[ -e $entry ]] || return 1
  done
}

# Sets `home` to a JDK 25 and builds what is not current.
prepare() {
  home=$("$root/tuckerc" --print-jdk)
  is_current && return
  command -v mvn >/dev/null || {
    printf "benchmarks: error: Maven is needed to build them and 'mvn' is not on the PATH.\n" >&2
    exit 2
  }
  printf 'benchmarks: building\n' >&2
  mkdir -p "$out"
  touch "$out/started"
  rm -f "$stamp"
  JAVA_HOME=$home mvn -B -q -f "$root/pom.xml" -pl benchmarks -am -Dmaven.test.skip=true \
    -Dspotless.check.skip=true package </dev/null >&2
  mv -f "$out/started" "$stamp"
}

# The commit of the sources, with -dirty where they differ from it.
commit() {
  local id
  id=$(git -C "$root" rev-parse HEAD 2>/dev/null) || { printf unknown; return; }
  if [[ -n $(git -C "$root" status --porcelain --untracked-files=no 2>/dev/null) ]]; then id+=-dirty; fi
  printf '%s' "$id"
}

# start CLASS ARGUMENTS...: replaces this process by the class. JMH gives these options to the JVMs that
# it measures, too.
start() {
  local class=$1 options=() cache=${TUCKERC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tuckerc}
  shift
  [[ -z ${TUCKERC_JAVA_OPTIONS:-} ]] || read -r -a options <<<"$TUCKERC_JAVA_OPTIONS"
  if [[ -t 2 ]]; then options+=(-Dtuckerc.terminal=true); fi
  exec "$home/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -XX:+UseParallelGC -XX:MaxRAMPercentage=50 \
    -Dorg.bytedeco.javacpp.cachedir="$cache/natives/javacpp" \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.log.org.nd4j=error \
    -Dorg.slf4j.simpleLogger.log.org.reflections=error \
    -Dtuckerc.commit="$(commit)" -Dtuckerc.root="$root" \
    ${options[@]+"${options[@]}"} \
    -cp "$out/classes:$(<"$out/classpath.txt")" "$class" "$@"
}
