// SPDX-License-Identifier: Apache-2.0
/// \file
/// Chooses emitters and layouts.
#include "compiler/targets/cpu/Kernel.h"

using namespace mlir;
namespace braid::cpu {

WeightLayout packedLayout(graph::Storage storage, int64_t k) {
  using graph::Storage;
  switch (storage) {
  case Storage::F32: return {Codes::F32, k};
  case Storage::F16: return {Codes::F16, k};
  case Storage::BF16: return {Codes::BF16, k};
  case Storage::Q4_0: return {Codes::U4, k, 32, ScaleType::F16, false, 8};
  case Storage::Q4_1: return {Codes::U4, k, 32, ScaleType::F16, true, 0};
  case Storage::Q5_0: return {Codes::U8, k, 32, ScaleType::F16, false, 16};
  case Storage::Q5_1: return {Codes::U8, k, 32, ScaleType::F16, true, 0};
  case Storage::Q8_0: return {Codes::U8, k, 32, ScaleType::F16, false, 128};
  // The product of a block's f16 and a group's 6 or 8 bits needs f32.
  case Storage::Q4_K: return {Codes::U4, k, 32, ScaleType::F32, true, 0};
  case Storage::Q5_K: return {Codes::U8, k, 32, ScaleType::F32, true, 0};
  case Storage::Q6_K: return {Codes::U8, k, 16, ScaleType::F32, false, 32};
  }
  llvm_unreachable("unknown storage");
}

Codes cacheCodes(graph::StateStorage storage) {
  using graph::StateStorage;
  switch (storage) {
  case StateStorage::F32: return Codes::F32;
  case StateStorage::F16: return Codes::F16;
  case StateStorage::BF16: return Codes::BF16;
  case StateStorage::Int8: return Codes::I8;
  }
  llvm_unreachable("unknown storage");
}

Nonlinearity nonlinearityOf(graph::Activation kind) {
  using graph::Activation;
  switch (kind) {
  case Activation::Silu: return Nonlinearity::Silu;
  case Activation::Gelu: return Nonlinearity::Gelu;
  case Activation::GeluTanh: return Nonlinearity::GeluTanh;
  case Activation::Relu: return Nonlinearity::Relu;
  case Activation::Relu2: return Nonlinearity::Relu2;
  case Activation::Sigmoid: return Nonlinearity::Sigmoid;
  case Activation::Softplus: return Nonlinearity::Softplus;
  case Activation::Exp: return Nonlinearity::Exp;
  case Activation::Tanh: return Nonlinearity::Tanh;
  }
  llvm_unreachable("unknown activation");
}

FailureOr<Kernel> selectKernel(func::FuncOp function, const SelectOptions &options) {
  if (!options.reference)
    for (auto select : {selectContraction, selectAttention, selectRecurrence, selectLatentAttention, selectRouter,
                        selectExperts, selectEmbed, selectRopeTable, selectRows})
      if (std::optional<Kernel> kernel = select(function, options))
        return *kernel;
  return selectGeneric(function);
}

} // namespace braid::cpu
