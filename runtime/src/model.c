// SPDX-License-Identifier: Apache-2.0
/// \file
/// A model: the generated module, its weights, the ISA level in use, scratch memory and the thread pool.
#include "runtime/src/internal.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static braid_status check_module(const braid_module *module, braid_error *error) {
  if (module->abi_version != BRAID_ABI_VERSION)
    return braid_fail(error, BRAID_ERROR_ABI, "module: expected ABI version %d, got %u", BRAID_ABI_VERSION,
                      module->abi_version);
  if (module->vocab < 1 || module->max_tokens < 1 || module->max_positions < 1 || module->arena_bytes < 0 ||
      module->weights_bytes < 0 || module->state_count < 0 || module->isa_count < 1)
    return braid_fail(error, BRAID_ERROR_ABI, "module '%s': a size is out of its range", module->name);
  for (int64_t i = 0; i < module->state_count; ++i) {
    const braid_state_desc *desc = &module->states[i];
    bool rows = desc->kind == BRAID_STATE_ROWS && desc->planes >= 1 && desc->window >= 0;
    if (desc->row_bytes < 1 || (!rows && desc->kind != BRAID_STATE_FIXED))
      return braid_fail(error, BRAID_ERROR_ABI, "module '%s': state '%s' is of no kind that this runtime knows",
                        module->name, desc->name);
  }
  return BRAID_OK;
}

static void list_isas(const braid_module *module, char *text, size_t bytes) {
  size_t used = 0;
  text[0] = 0;
  for (int64_t i = 0; i < module->isa_count && used < bytes; ++i)
    used += (size_t)snprintf(text + used, bytes - used, "%s%s", i ? ", " : "", module->isas[i].name);
}

static braid_status pick_isa(const braid_module *module, const char *wanted, const braid_isa **isa,
                             braid_error *error) {
  uint64_t present = braid_cpu_features();
  char list[160];
  for (int64_t i = 0; i < module->isa_count; ++i) {
    const braid_isa *candidate = &module->isas[i];
    uint64_t missing = candidate->features & ~present;
    if (wanted ? strcmp(wanted, candidate->name) != 0 : missing != 0)
      continue;
    if (missing) {
      braid_cpu_feature_names(missing, list, sizeof list);
      return braid_fail(error, BRAID_ERROR_ISA, "ISA level '%s': this CPU lacks %s", wanted, list);
    }
    *isa = candidate;
    return BRAID_OK;
  }
  list_isas(module, list, sizeof list);
  if (wanted)
    return braid_fail(error, BRAID_ERROR_ISA, "ISA level '%s': expected one of %s", wanted, list);
  return braid_fail(error, BRAID_ERROR_ISA, "model '%s' has code for %s, none of which this CPU can run", module->name,
                    list);
}

/// <name>.weights in the folder of the library that the module lies in.
static braid_status default_path(const braid_module *module, char *path, size_t bytes, braid_error *error) {
  Dl_info info;
  if (!dladdr(module, &info) || !info.dli_fname)
    return braid_fail(error, BRAID_ERROR_IO, "cannot tell where the library of model '%s' lies", module->name);
  const char *file = info.dli_fname;
  char program[PATH_MAX];
  if (!strchr(file, '/')) { // linked into a program that was found through PATH
    ssize_t got = readlink("/proc/self/exe", program, sizeof program - 1);
    program[got > 0 ? got : 0] = 0;
    file = program;
  }
  const char *slash = strrchr(file, '/');
  int folder = slash ? (int)(slash - file) + 1 : 0;
  int length = snprintf(path, bytes, "%.*s%s.weights", folder, file, module->name);
  if (length < 0 || (size_t)length >= bytes)
    return braid_fail(error, BRAID_ERROR_IO, "the path of the library of model '%s' is too long", module->name);
  return BRAID_OK;
}

static braid_status read_options(const braid_model_options *given, braid_model_options *options, braid_error *error) {
  *options = (braid_model_options)BRAID_MODEL_OPTIONS_INIT;
  if (given) {
    if (given->struct_bytes < sizeof given->struct_bytes)
      return braid_fail(error, BRAID_ERROR_ARGUMENT, "options: expected struct_bytes set, got %u", given->struct_bytes);
    memcpy(options, given, given->struct_bytes < sizeof *options ? given->struct_bytes : sizeof *options);
  }
  if (options->threads < 0 || options->threads > BRAID_MAX_THREADS)
    return braid_fail(error, BRAID_ERROR_ARGUMENT, "options: expected 0 to %d threads, got %d", BRAID_MAX_THREADS,
                      options->threads);
  if (options->flags & ~(uint32_t)(BRAID_MODEL_PIN_THREADS | BRAID_MODEL_COPY_WEIGHTS))
    return braid_fail(error, BRAID_ERROR_ARGUMENT, "options: unknown bits in flags %#x", options->flags);
  if (options->threads == 0) {
    int32_t cpus = braid_cpu_count();
    options->threads = cpus < BRAID_MAX_THREADS ? cpus : BRAID_MAX_THREADS;
  }
  return BRAID_OK;
}

static braid_status fill(braid_model *model, const char *path, const braid_model_options *options,
                         braid_error *error) {
  const braid_module *module = model->module;
  braid_status status = pick_isa(module, options->isa, &model->isa, error);
  if (status != BRAID_OK)
    return status;
  status = braid_weights_open(path, module, options->flags & BRAID_MODEL_COPY_WEIGHTS, &model->weights, error);
  if (status != BRAID_OK)
    return status;
  model->arena = braid_memory_acquire((size_t)module->arena_bytes);
  if (!model->arena)
    return braid_fail(error, BRAID_ERROR_MEMORY, "no memory for %lld bytes of scratch", (long long)module->arena_bytes);
  braid_memory_prefer_huge(model->arena, (size_t)module->arena_bytes);
  model->threads = options->threads;
  model->pool = braid_pool_create(options->threads, options->flags & BRAID_MODEL_PIN_THREADS, options->spin_us, &status);
  if (!model->pool)
    return braid_fail(error, status, "cannot start %d threads", options->threads);
  return BRAID_OK;
}

braid_status braid_model_create_for(const braid_module *module, const char *weights, const braid_model_options *given,
                                    braid_model **model, braid_error *error) {
  if (error)
    error->text[0] = 0;
  if (model)
    *model = NULL;
  if (!model || !module)
    return braid_fail(error, BRAID_ERROR_ARGUMENT, "expected a %s, got NULL", model ? "module" : "place for the model");
  braid_model_options options;
  char path[PATH_MAX];
  braid_status status = check_module(module, error);
  if (status == BRAID_OK)
    status = read_options(given, &options, error);
  if (status == BRAID_OK && !weights)
    status = default_path(module, path, sizeof path, error);
  if (status != BRAID_OK)
    return status;
  braid_model *made = calloc(1, sizeof *made);
  if (!made)
    return braid_fail(error, BRAID_ERROR_MEMORY, "no memory for a model");
  made->module = module;
  atomic_init(&made->references, 1);
  pthread_mutex_init(&made->step_lock, NULL);
  status = fill(made, weights ? weights : path, &options, error);
  if (status != BRAID_OK) {
    braid_model_release(made);
    return status;
  }
  *model = made;
  return BRAID_OK;
}

void braid_model_release(braid_model *model) {
  if (atomic_fetch_sub(&model->references, 1) != 1)
    return;
  braid_pool_destroy(model->pool);
  braid_memory_release(model->arena, (size_t)model->module->arena_bytes);
  braid_weights_close(&model->weights);
  pthread_mutex_destroy(&model->step_lock);
  free(model);
}

void braid_model_destroy(braid_model *model) {
  if (model)
    braid_model_release(model);
}

void braid_model_describe(const braid_model *model, braid_model_info *info) {
  const braid_module *module = model->module;
  braid_model_info full = {.struct_bytes = info->struct_bytes,
                           .threads = model->threads,
                           .name = module->name,
                           .isa = model->isa->name,
                           .manifest = module->manifest,
                           .vocab = module->vocab,
                           .max_positions = module->max_positions,
                           .max_tokens = module->max_tokens,
                           .weights_bytes = module->weights_bytes,
                           .arena_bytes = module->arena_bytes};
  memcpy(info, &full, full.struct_bytes < sizeof full ? full.struct_bytes : sizeof full);
}
