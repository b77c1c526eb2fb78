// SPDX-License-Identifier: Apache-2.0
/// \file
/// The check dialect: registration.
#include "dialects/check/Check.h"

#include "dialects/Precompiled.h"

using namespace mlir;
using namespace braid::check;

#include "dialects/check/CheckDialect.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/check/CheckOps.cpp.inc"

void CheckDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/check/CheckOps.cpp.inc"
      >();
}
