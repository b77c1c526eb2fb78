// SPDX-License-Identifier: Apache-2.0
/// \file
/// The recurrent operators of ggml behind the interface that `plain-step compare` calls, for recurrences.sh. An operator
/// takes its inputs in place and writes its output, and its states behind it, where it is told: nothing is copied.
#include "ggml-cpu.h"
#include "ggml.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The graph of one operator; inputs that the operator wants in another form than the variant has them are own copies.
static struct {
  struct ggml_context *context;
  struct ggml_tensor *result, *state;
  struct ggml_cgraph *graph;
  struct ggml_cplan plan;
} op;

static void *allocate(size_t bytes) { return aligned_alloc(4096, (bytes + 4095) / 4096 * 4096); }

static struct ggml_tensor *tensor(void *data, int64_t a, int64_t b, int64_t c, int64_t d) {
  struct ggml_tensor *result = ggml_new_tensor_4d(op.context, GGML_TYPE_F32, a, b, c, d);
  result->data = data;
  return result;
}

static float identity(float x, float y) { return x * y; }
static float expOf(float x, float y) { return expf(x) * y; }
static float beforeSoftplus(float x, float y) { return logf(expm1f(x)) * y; }

/// f(in[i], by) of all numbers, for an input of `width` numbers a head.
static float *mapped(const float *in, int64_t count, float (*f)(float, float), float by) {
  float *data = allocate(4 * count);
  for (int64_t i = 0; i < count; ++i)
    data[i] = f(in[i], by);
  return data;
}

static struct ggml_tensor *mamba2(int T, int H, int K, int V, float *const *in) {
  // The operator's gate is step size times a constant of the head, and the skip is another operator's.
  float *rates = allocate(4 * H);
  int *ids = allocate(4);
  for (int h = 0; h < H; ++h)
    rates[h] = -1;
  for (int64_t i = 0; i < (int64_t)T * H; ++i)
    in[3][i] = -in[4][i];
  memset(in[5], 0, 4 * H);
  ids[0] = 0;
  struct ggml_tensor *which = ggml_new_tensor_1d(op.context, GGML_TYPE_I32, 1);
  which->data = ids;
  op.state = tensor(NULL, K, V, H, 1);
  return ggml_ssm_scan(op.context, op.state, tensor(in[2], V, H, T, 1),
                       tensor(mapped(in[4], (int64_t)T * H, beforeSoftplus, 1), H, T, 1, 1), tensor(rates, 1, H, 1, 1),
                       tensor(in[1], K, H, T, 1), tensor(in[0], K, H, T, 1), which, 1);
}

static struct ggml_tensor *rwkv7(int T, int H, int K, float *const *in) {
  const int64_t count = (int64_t)T * H * K;
  float *added = allocate(4 * count);
  for (int64_t i = 0; i < count; ++i)
    added[i] = in[4][i] * in[5][i];
  op.state = tensor(NULL, K * K * H, 1, 1, 1);
  return ggml_rwkv_wkv7(op.context, tensor(in[0], K, H, T, 1), tensor(mapped(in[3], count, expOf, 1), K, H, T, 1),
                        tensor(in[1], K, H, T, 1), tensor(in[2], K, H, T, 1),
                        tensor(mapped(in[4], count, identity, -1), K, H, T, 1), tensor(added, K, H, T, 1), op.state);
}

static struct ggml_tensor *gla(int T, int H, int K, float *const *in) {
  op.state = tensor(NULL, K * K * H, 1, 1, 1);
  return ggml_gated_linear_attn(op.context, tensor(in[1], K, H, T, 1), tensor(in[2], K, H, T, 1),
                                tensor(in[0], K, H, T, 1),
                                tensor(mapped(in[3], (int64_t)T * H * K, expOf, 1), K, H, T, 1), op.state, 1);
}

static struct ggml_tensor *gatedDeltaNet(int T, int H, int K, int gate, float *const *in) {
  op.state = tensor(NULL, K, K, H, 1);
  float *q = mapped(in[0], (int64_t)T * H * K, identity, sqrtf(K)); // the operator divides its output by that
  return ggml_gated_delta_net(op.context, tensor(q, K, H, T, 1), tensor(in[1], K, H, T, 1), tensor(in[2], K, H, T, 1),
                              tensor(in[3], gate, H, T, 1), tensor(in[4], 1, H, T, 1), op.state, 1);
}

void prepare(const char *variant, int threads, int tokens, int heads, int K, int V, float *const *in) {
  op.context = ggml_init((struct ggml_init_params){.mem_size = 1 << 20, .no_alloc = true});
  if (!strcmp(variant, "mamba2"))
    op.result = mamba2(tokens, heads, K, V, in);
  else if (!strcmp(variant, "rwkv7"))
    op.result = rwkv7(tokens, heads, K, in);
  else if (!strcmp(variant, "gla"))
    op.result = gla(tokens, heads, K, in);
  else if (!strcmp(variant, "kda") || !strcmp(variant, "gated_delta_net"))
    op.result = gatedDeltaNet(tokens, heads, K, strcmp(variant, "kda") ? 1 : K, in);
  else {
    fprintf(stderr, "ggml has no operator for '%s'\n", variant);
    exit(1);
  }
  op.graph = ggml_new_graph(op.context);
  ggml_build_forward_expand(op.graph, op.result);
  struct ggml_threadpool_params params = ggml_threadpool_params_default(threads);
  op.plan = ggml_graph_plan(op.graph, threads, ggml_threadpool_new(&params));
  op.plan.work_data = allocate(op.plan.work_size + 4096);
}

void scan(int tokens, int heads, const float *const *in, float *const *state, float *out) {
  op.state->data = state[0];
  op.result->data = out;
  ggml_graph_compute(op.graph, &op.plan);
}
