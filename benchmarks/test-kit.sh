#!/usr/bin/env bash
# Tests the packed laboratory: benchmarks/test-kit.sh [ARCHIVE]
#
# Packs a kit (with a fast xz) unless an archive is given, unpacks it in an empty file system that has
# bash, coreutils, awk, grep, tar, gzip, glibc and libstdc++ and nothing else (no Java, no Python, no network, the kit mounted
# read-only), and runs its commands there on the emulator. Where the system does not permit such a
# sandbox (unshare with user, mount and network namespaces), the test says so and is skipped.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
readonly here

say() { printf 'test-kit: %s\n' "$1"; }

# --- inside the namespaces -------------------------------------------------------------------------

# in_sandbox ROOT: mounts what a Linux has, then goes through the checks.
in_sandbox() {
  local root=$1
  mount --bind "$root/opt/tuckerc-kit" "$root/opt/tuckerc-kit"
  mount -o remount,bind,ro "$root/opt/tuckerc-kit"
  local device
  for device in null zero urandom random; do
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mount -t proc proc "$root/proc"

  failures=0
  # check NAME EXIT PATTERN COMMAND...: the command ends with this code and prints a line that matches.
  check() {
    local name=$1 wanted=$2 pattern=$3 status=0
    shift 3
    SECONDS=0
    chroot "$root" /bin/env -i PATH=/bin "${environment[@]}" /bin/bash -c "$*" >"$root/tmp/output" 2>&1 || status=$?
    if [[ $status -eq $wanted ]] && grep -Eq -- "$pattern" "$root/tmp/output"; then
      printf 'ok      %s (%s s)\n' "$name" "$SECONDS"
    else
      printf 'FAILED  %s: exit code %s, wanted %s and a line like "%s"\n' "$name" "$status" "$wanted" "$pattern"
      sed 's/^/        /' "$root/tmp/output" | tail -40
      failures=$((failures + 1))
    fi
  }

  local kit=/opt/tuckerc-kit
  environment=(HOME=/home/user)
  check 'there is no Java and no Python' 0 '^none$' \
    'command -v java || command -v python3 || echo none'
  check 'the kit cannot be written' 1 'Read-only file system' "echo x >$kit/x"
  check 'there is no network' 0 '^lo$' \
    'while IFS=: read -r name rest; do [[ -z $rest ]] || echo $name; done </proc/net/dev | { read -r name; echo $name; ! read -r name; }'
  check 'doctor finds the packed compiler' 0 '^ok +nvrtc +NVRTC 12\.9 .*shipped, compiled' "$kit/run.sh doctor"
  check 'doctor says that there is no GPU' 0 '^- +cuda +none: there is no NVIDIA driver' "$kit/run.sh doctor"
  check 'it runs from a folder that cannot be written, through a link' 0 '^verify: 2 done' \
    "cd $kit && /home/user/link verify --quick 'softmax/*' --device emulator --out /home/user/r"
  check 'the commit is packed' 0 "\"commit\":\"$(<"$root$kit/COMMIT")\"" 'cat /home/user/r/verify.jsonl'
  check 'an unknown option is an error' 2 "CLI001: Unknown option: '--fast'" "$kit/run.sh doctor --fast"
  check 'the plan fits 8 minutes' 0 '^estimated: 4[0-9][0-9] s of 480 s' "$kit/gpu-slot.sh /home/user/x --dry-run"
  check 'a slot on the emulator goes through its plan' 0 '^gpu-slot: verify-models: done' \
    "$kit/gpu-slot.sh /home/user/slot --tiny --device emulator --minutes 4"
  check 'its steps are told apart' 0 '^peers +missing' 'cat /home/user/slot/summary.txt'
  check 'what came of it is one archive' 0 'verify.jsonl' 'tar -tzf /home/user/slot/slot.tar.gz'
  check 'a second run goes on where the first ended' 0 '^gpu-slot: sanitize: missing' \
    "$kit/gpu-slot.sh /home/user/slot --tiny --device emulator --resume --minutes 4 >/tmp/log; ! grep verify /tmp/log && cat /tmp/log"

  if [[ -f $root/fake/libcuda.so.1 ]]; then
    environment=(HOME=/home/user LD_LIBRARY_PATH=/fake)
    check 'a driver is found, and its packed binding loads' 0 '^ok +cuda +Fake' "$kit/run.sh doctor"
  else
    printf 'skipped a driver is found: no C compiler for the stand-in driver\n'
  fi

  environment=(HOME=/proc/none TMPDIR=/tmp)
  check 'without a home the cache goes to TMPDIR' 0 '^ok +cache +/tmp/tuckerc-[0-9]+ is writable' "$kit/run.sh doctor"
  environment=(HOME=/home/user TUCKERC_CACHE=/proc/none)
  check 'a cache that was named and cannot be written is an error' 4 'TUCKERC_CACHE=/proc/none cannot be written' \
    "$kit/run.sh doctor"
  environment=(HOME=/home/user TUCKERC_NVRTC=/tmp/missing.so)
  check 'a compiler that was named and is missing is an error' 4 '^BAD +nvrtc +/tmp/missing.so is not a file' \
    "$kit/run.sh doctor"

  [[ $failures -eq 0 ]]
}

if [[ ${1:-} == --in-sandbox ]]; then
  in_sandbox "$2"
  exit
fi

# --- outside ---------------------------------------------------------------------------------------

namespaces=(unshare --user --map-root-user --mount --net --pid --fork)
if ! command -v unshare chroot >/dev/null || ! "${namespaces[@]}" true 2>/dev/null; then
  say 'SKIPPED: this system does not permit user, mount and network namespaces'
  exit 0
fi

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
archive=${1:-}
if [[ -z $archive ]]; then
  archive=$work/kit.tar.xz
  "$here/pack-kit.sh" -o "$archive" --xz -0 --targets none
fi

readonly root=$work/root
mkdir -p "$root"/{bin,usr,opt,tmp,dev,proc,home/user,etc}
ln -s ../bin "$root/usr/bin"
tar -xJf "$archive" -C "$root/opt"
rm -f "$work/kit.tar.xz"
ln -s /opt/tuckerc-kit/run.sh "$root/home/user/link"
touch "$root"/dev/{null,zero,urandom,random}

# Programs with the libraries that they need, and those of C++.
programs=()
for program in bash awk basename cat chmod cp cut date dirname env grep gzip head id ls mkdir mktemp mv pwd \
  readlink rm sleep sort stat tail tar timeout touch tr true uname wc; do
  programs+=("$(type -P "$program")")
done
cp -L "${programs[@]}" "$root/bin/"
"$root/opt/tuckerc-kit/jre/bin/java" -version >/dev/null 2>&1 || { say 'FAILED: the packed Java does not start'; exit 1; }
cpp=$(ldconfig -p 2>/dev/null | sed -nE 's/.*libstdc\+\+\.so\.6 \(libc6,x86-64\) => (.*)/\1/p' | head -1)
[[ -n $cpp ]] || { say 'SKIPPED: there is no libstdc++.so.6 to put into the sandbox'; exit 0; }
{
  ldd "${programs[@]}" "$cpp" "$root/opt/tuckerc-kit/jre/lib/server/libjvm.so" | grep -oE '/[^ ]+\.so[^ ]*' | grep -v '/tuckerc-kit/'
  printf '%s\n' "$cpp"
  for name in librt.so.1 libdl.so.2 libpthread.so.0 libm.so.6; do
    printf '%s\n' "$(dirname "$(ldd "$(type -P bash)" | grep -oE '/[^ ]*/libc\.so\.6')")/$name"
  done
} | sort -u | while IFS= read -r library; do
  [[ -f $library ]] || continue
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

# The stand-in driver of the runtime's tests.
mkdir "$root/fake"
cc -shared -fPIC -o "$root/fake/libcuda.so.1" "$here/../runtime/src/test/native/fake_cuda.c" 2>/dev/null \
  || rm -f "$root/fake/libcuda.so.1"

say "sandbox of $(find "$root" -path "$root/opt" -prune -o -type f -print | wc -l) files beside the kit"
start=$SECONDS
if "${namespaces[@]}" --kill-child "$BASH" "${BASH_SOURCE[0]}" --in-sandbox "$root"; then
  say "passed in $((SECONDS - start)) s"
else
  say 'FAILED'
  exit 1
fi
