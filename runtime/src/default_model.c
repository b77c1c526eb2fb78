// SPDX-License-Identifier: Apache-2.0
/// \file
/// The model of the library that this runtime is linked into. Apart, so that a program that names its module itself
/// (braid_model_create_for) needs no `braid_module_data`.
#include "runtime/src/internal.h"

braid_status braid_model_create(const char *weights, const braid_model_options *options, braid_model **model,
                                braid_error *error) {
  return braid_model_create_for(&braid_module_data, weights, options, model, error);
}
