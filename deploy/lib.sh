# Sourced by the scripts beside it: messages, and a build that is quiet until it fails. Sets ROOT.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# A cache of compilations makes the second build of a preset, and CI, quick. CMake reads this when it first configures.
if [[ -z "${CMAKE_CXX_COMPILER_LAUNCHER:-}" ]] && command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

# Shows ninja's "[12/340]" as one moving line on a terminal, else every tenth part of the way. (No awk: Debian's reads
# its input in large blocks.)
show_progress() {
  local line last=''
  while IFS= read -r line; do
    [[ "$line" =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    local at="${BASH_REMATCH[1]}" all="${BASH_REMATCH[2]}"
    if [[ -t 2 ]]; then
      printf '\r    %d of %d ' "$at" "$all" >&2
    elif [[ "$((10 * at / all))" != "$last" ]]; then
      printf '    %d of %d\n' "$at" "$all" >&2
    fi
    last="$((10 * at / all))"
  done
  if [[ -t 2 && -n "$last" ]]; then printf '\n' >&2; fi
}

# run_logged LOG COMMAND...: keeps what the command prints in LOG; shows its progress, and on failure what matters of it.
run_logged() {
  local log="$1"
  shift
  if "$@" 2>&1 | tee "$log" | show_progress; then return 0; fi
  # Errors of compilers and of CMake, each with what follows them; all of the end otherwise.
  grep -E -A 6 'error:|CMake Error|FAILED:|undefined reference' "$log" | tail -n 60 >&2 || tail -n 40 "$log" >&2
  die "failed: $* (all of its output: $log)"
}

# configure PRESET [CMAKE-ARGS...], build PRESET [TARGETS...]
configure() {
  local preset="$1"
  shift
  mkdir -p "$ROOT/build/$preset"
  say "configuring $preset"
  cd "$ROOT" || exit
  run_logged "$ROOT/build/$preset/configure.log" cmake --preset "$preset" "$@"
}

build() {
  local preset="$1"
  shift
  local targets=()
  if (($# > 0)); then targets=(--target "$@"); fi
  say "building $preset${*:+: $*}"
  cd "$ROOT" || exit
  run_logged "$ROOT/build/$preset/build.log" cmake --build --preset "$preset" "${targets[@]}"
}
