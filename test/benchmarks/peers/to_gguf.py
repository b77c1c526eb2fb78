#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives llama.cpp the random weights of ../random_checkpoint.py: its own converter, without a tokenizer.

    to_gguf.py LLAMA_CPP_SOURCE MODULE:CLASS CHECKPOINT_DIR OUT.gguf [options of the converter]
    to_gguf.py .../vendor/llama.cpp conversion.kimi_linear:KimiLinearModel kimi kimi.gguf

The source is that of llama-cpp-python's archive (compare.py fetches it); its converter needs torch and transformers.
"""
import importlib
import runpy
import sys

if len(sys.argv) < 5:
    sys.exit(__doc__)
source, name, checkpoint, out, *options = sys.argv[1:]
sys.path[:0] = [source, source + "/gguf-py"]
module, kind = name.split(":")


def set_vocab(model):
    model._set_vocab_none()
    model.gguf_writer.add_vocab_size(model.hparams["vocab_size"])  # which else follows from the tokens


getattr(importlib.import_module(module), kind).set_vocab = set_vocab
sys.argv = ["convert_hf_to_gguf.py", checkpoint, "--outtype", "bf16", "--outfile", out, *options]
runpy.run_path(source + "/convert_hf_to_gguf.py", run_name="__main__")
