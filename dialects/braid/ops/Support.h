// SPDX-License-Identifier: Apache-2.0
/// \file
/// Shared by the ops' verifiers and naive meanings.
#pragma once

#include "dialects/Precompiled.h"
#include "dialects/braid/Braid.h"

namespace braid::graph {

/// The feature size of a tensor<?xNxf32>.
int64_t features(mlir::Value tokens);

/// An empty tensor<?xNxf32> with as many tokens as `like`.
mlir::Value emptyLike(mlir::ImplicitLocOpBuilder &b, mlir::Value like, int64_t features);

/// The weight as f32 numbers.
mlir::Value unpack(mlir::ImplicitLocOpBuilder &b, mlir::Value weight);

/// A tensor<?xNxf32>, one element at a time: body(token, feature) gives the value.
mlir::Value generate(mlir::ImplicitLocOpBuilder &b, mlir::Value like, int64_t features,
                     llvm::function_ref<mlir::Value(mlir::Value token, mlir::Value feature)> body);

/// body(0) + ... + body(count - 1), in that order.
mlir::Value sumOver(mlir::ImplicitLocOpBuilder &b, int64_t count, llvm::function_ref<mlir::Value(mlir::Value)> body);

/// Which number of a vector serves a feature: the vector of n numbers repeats every n features.
mlir::Value perFeature(mlir::ImplicitLocOpBuilder &b, mlir::Value weight, mlir::Value feature);

/// Checks that `heads` equal slices make up the features of `tokens`.
mlir::LogicalResult expectHeads(mlir::Operation *op, mlir::Value tokens, int64_t heads);

/// Checks that a vector has the size of a slice, of which there are `heads`, or of all features.
mlir::LogicalResult expectSliceOrAll(mlir::Operation *op, llvm::StringRef operand, mlir::Value weight, int64_t features,
                                     int64_t heads);

/// Checks that a vector's size divides a number of features.
mlir::LogicalResult expectDivisor(mlir::Operation *op, llvm::StringRef operand, mlir::Value weight, int64_t features);

/// Checks that `weight` has `shape`; the error names the operand.
mlir::LogicalResult expectShape(mlir::Operation *op, llvm::StringRef operand, mlir::Value weight,
                                llvm::ArrayRef<int64_t> shape);

/// Checks that a tensor has `expected` features; the error names the value.
mlir::LogicalResult expectFeatures(mlir::Operation *op, llvm::StringRef name, mlir::Value tokens, int64_t expected);

} // namespace braid::graph
