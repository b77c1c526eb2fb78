#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Layers of a published hybrid model with random weights, beside llama.cpp: makes what is missing in FOLDER, then compares
# (without options for compare.py it ends before).
#
#   hybrid.sh kimi-linear|qwen3-next FOLDER BF16|Q8_0|Q4_K_M [-t 1 -t 2 -p 512 -n 16 ...]
#
# Needs `braid` on PATH, and a python ($PYTHON) with numpy, torch and transformers, for llama.cpp's converter.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
family=$1 folder=$2 type=$3
shift 3
python=${PYTHON:-python3}
published=$here/../../goldens/published
small="--set num_hidden_layers=4 --set vocab_size=32768"
case $family in
kimi-linear)
  config=$published/kimi-linear-48b-a3b/config.json converter=conversion.kimi_linear:KimiLinearModel
  options=
  small="$small --set num_experts=24 --set linear_attn_config.kda_layers=[1,2,3] --set linear_attn_config.full_attn_layers=[4]" ;;
qwen3-next)
  config=$published/qwen3-next-80b-a3b/config.json converter=conversion.qwen:Qwen3NextModel
  options=--no-mtp # the checkpoint has no such layers
  small="$small --set num_experts=40" ;;
*)
  echo "hybrid.sh: expected kimi-linear or qwen3-next, got $family" >&2
  exit 2 ;;
esac
bench=$("$here/llama_cpp.py" build)
source=$(dirname "$bench")/../../llama_cpp_python-$(basename "$(dirname "$(dirname "$bench")")" | sed s/build-//)/vendor/llama.cpp
mkdir -p "$folder"
checkpoint=$folder/$family gguf=$folder/$family-$type.gguf artifact=$folder/$family-$type
[ -e "$checkpoint/model.safetensors" ] || "$python" "$here/../random_checkpoint.py" "$config" "$checkpoint" $small
[ -e "$folder/$family-BF16.gguf" ] ||
  "$python" "$here/to_gguf.py" "$source" $converter "$checkpoint" "$folder/$family-BF16.gguf" $options
[ -e "$gguf" ] || "$(dirname "$bench")/llama-quantize" --pure "$folder/$family-BF16.gguf" "$gguf" "$type"
[ -e "$artifact/manifest.json" ] || braid compile "$gguf" --isa=native -o "$artifact"
[ $# -eq 0 ] || exec "$python" "$here/compare.py" "$gguf" "$artifact" "$@"
