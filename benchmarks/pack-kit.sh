#!/usr/bin/env bash
# Packs the GPU laboratory into one archive for a machine without Java and network:
#
#   benchmarks/pack-kit.sh -o tuckerc-kit.tar.xz
#
#   -o FILE       the archive to write
#   --xz LEVEL    options of xz (default: -9e); -0 packs in seconds, to a larger file
#   --limit MB    largest size that is accepted (default: 62 MB with -9e, else none)
#   --targets A,B GPUs that kernels are compiled for beforehand (default: h100,h200; none: no kernels)
#
# Needs a JDK 25, Maven (for what is not built), GNU tar and xz. Packed are a Java runtime of the modules
# that are used, tuckerc and the libraries it uses, NVRTC, the peers script, and what a processor can do
# before a GPU is there: the machine code of the kernels that gpu-slot.sh runs, and the outputs that the
# headline models must give. Weights are not packed: they come from a seed. ND4J, libtorch and JMH are left out.
# What was prepared is kept in benchmarks/target/prepared for the next time.
set -euo pipefail

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

fail() {
  printf 'pack-kit: error: %s\n' "$1" >&2
  exit 2
}

say() { printf 'pack-kit: %s\n' "$1" >&2; }

archive='' level=-9e limit='' targets=h100,h200
while [[ $# -gt 0 ]]; do
  case $1 in
    -o | --xz | --limit | --targets)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      case $1 in -o) archive=$2 ;; --xz) level=$2 ;; --limit) limit=$2 ;; --targets) targets=$2 ;; esac
      shift 2
      ;;
    -h | --help)
      sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) fail "unknown argument '$1'; see $0 --help" ;;
  esac
done
[[ -n $archive ]] || fail "-o FILE is missing: the archive to write, such as -o tuckerc-kit.tar.xz"
[[ $level =~ ^-[0-9]e?$ ]] || fail "--xz '$level' is none of -0 ... -9, -0e ... -9e"
[[ -n $limit || $level != -9e ]] || limit=62
[[ -z $limit || $limit =~ ^[0-9]+$ ]] || fail "--limit '$limit' is no number of megabytes"
for tool in tar xz; do
  command -v "$tool" >/dev/null || fail "'$tool' is not on the PATH"
done
[[ $(uname -s) == Linux && $(uname -m) == x86_64 ]] || fail "the kit is for, and packed on, Linux on x86-64"
mkdir -p "$(dirname "$archive")"

# What the packed code uses; Jackson and picocli name java.sql and java.desktop for types that nobody
# hands them here.
readonly modules=java.base,java.logging,java.management,jdk.unsupported

prepare
readonly kit=$out/kit/tuckerc-kit
rm -rf "$out/kit"
mkdir -p "$kit/lib" "$kit/licences"

jar=("$out"/tuckerc-benchmarks-*.jar)
[[ ${#jar[@]} -eq 1 && -f ${jar[0]} ]] || fail "expected one jar tuckerc-benchmarks-*.jar in $out, found ${jar[*]}"
readonly classpath="${jar[0]}:$(<"$out/classpath.txt")"

say "reducing the libraries"
"$home/bin/java" -cp "$classpath" dev.tuckerc.lab.kit.KitJars \
  "$kit/lib" "$kit/licences" "$root/benchmarks/kit/NOTICE.md" "$classpath"

say "linking a Java runtime of $modules"
used=$("$home/bin/jdeps" --print-module-deps --ignore-missing-deps --multi-release 25 \
  -cp "$kit/lib/*" "$kit"/lib/tuckerc-*.jar) || fail "jdeps failed: $used"
"$home/bin/jlink" --output "$kit/jre" --add-modules "$modules" --compress zip-0 --vm server \
  --strip-java-debug-attributes --no-header-files --no-man-pages
own=$("$home/bin/jdeps" -summary --ignore-missing-deps --multi-release 25 -cp "$kit/lib/*" \
  "$kit"/lib/tuckerc-*.jar | sed -nE 's/^tuckerc-.* -> ((java|jdk)\.[a-z.]+)$/\1/p' | sort -u)
for module in $own; do
  [[ ,$modules, == *,$module,* ]] || fail "the packed classes use the module $module; add it to 'modules' in $0"
done

cp "$root/benchmarks/kit/run.sh" "$root/benchmarks/kit/README.md" "$root/benchmarks/kit/NOTICE.md" \
  "$root/LICENSE" "$kit/"
cp "$root"/benchmarks/kit/licences/* "$kit/licences/"
printf '%s\n' "$(commit)" >"$kit/COMMIT"
if [[ -d $root/benchmarks/peers ]]; then
  (cd "$root/benchmarks" && find peers -name '*.py' -not -path '*/tests/*' | sort) | while IFS= read -r file; do
    mkdir -p "$kit/$(dirname "$file")"
    cp "$root/benchmarks/$file" "$kit/$file"
  done
fi
cp "$root/benchmarks/gpu-slot.sh" "$root/benchmarks/sanitize.sh" "$kit/"

# What gpu-slot.sh runs before "everything else": kernels, headline models, more models.
readonly cases=('tdc.core/f16/*' 'gemm.*/f16/*' 'gemv.simt/f16/*' 'map/f16/max-pool*' 'pointwise/f16/*'
  'reduce/f16/*' 'softmax/f16/last-3x1000' 'resnet20/fp16/fixed=0.5' 'resnet18/fp16/*' 'vgg16_bn/fp16/*'
  'densenet121/fp16/*' 'resnet50/fp16/*' 'vdsr-1080x1920/fp16/*')
if [[ $targets != none ]]; then
  say "compiling kernels for $targets, and computing expected outputs"
  readonly prepared=$out/prepared
  TUCKERC_CACHE=$prepared/cache "$root/benchmarks/lab.sh" prepare --targets "$targets" \
    --expected "$prepared/expected" "${cases[@]}"
  cp -r "$prepared/cache/kernels" "$prepared/expected" "$kit/"
fi
chmod -R u=rwX,go=rX "$kit"
chmod 755 "$kit/run.sh" "$kit/gpu-slot.sh" "$kit/sanitize.sh"

say "compressing with xz $level"
readonly unfinished=$archive.unfinished
trap 'rm -f "$unfinished"' EXIT
tar --create --directory "$out/kit" --sort=name --format=gnu --mtime=@1767225600 --owner=0 --group=0 \
  --numeric-owner tuckerc-kit | xz "$level" --threads=1 --check=crc32 >"$unfinished"
bytes=$(stat --format=%s "$unfinished")
if [[ -n $limit && $bytes -gt $((limit * 1000000)) ]]; then
  du -ah --apparent-size "$kit" | sort -rh | head -20 >&2
  fail "the archive has $bytes bytes, more than $limit MB; its largest files are listed above"
fi
mv -f "$unfinished" "$archive"
rm -rf "$out/kit"
printf '%s: %d.%01d MB%s\n' "$archive" $((bytes / 1000000)) $((bytes / 100000 % 10)) \
  "${limit:+ of $limit MB at most}"
