// SPDX-License-Identifier: Apache-2.0
/// \file
/// Emits `braid_module_data`.
#include "compiler/ModuleData.h"

#include "runtime/include/braid_abi.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

namespace braid {

namespace {

/// Builds constants the way C would lay them out (all fields naturally aligned).
class Constants {
public:
  explicit Constants(llvm::Module &module) : module(module), context(module.getContext()) {}

  llvm::Constant *i32(uint32_t value) { return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value); }
  llvm::Constant *i64(uint64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value); }
  llvm::Constant *text(llvm::StringRef value) {
    return constantGlobal(llvm::ConstantDataArray::getString(context, value));
  }
  llvm::Constant *structure(llvm::ArrayRef<llvm::Constant *> fields) {
    return llvm::ConstantStruct::getAnon(context, fields);
  }
  llvm::Constant *array(llvm::ArrayRef<llvm::Constant *> values) {
    if (values.empty())
      return llvm::ConstantPointerNull::get(llvm::PointerType::getUnqual(context));
    return constantGlobal(llvm::ConstantArray::get(llvm::ArrayType::get(values[0]->getType(), values.size()), values));
  }
  llvm::Constant *function(llvm::StringRef name) {
    auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {llvm::PointerType::getUnqual(context)}, false);
    auto *function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module);
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return function;
  }

private:
  llvm::Constant *constantGlobal(llvm::Constant *value) {
    return new llvm::GlobalVariable(module, value->getType(), true, llvm::GlobalValue::PrivateLinkage, value);
  }
  llvm::Module &module;
  llvm::LLVMContext &context;
};

} // namespace

llvm::Expected<llvm::SmallVector<char, 0>> emitModuleData(const ModuleInfo &info) {
  llvm::LLVMContext context;
  llvm::Module module("braid_module_data", context);
  Constants c(module);
  llvm::SmallVector<llvm::Constant *> states, levels;
  for (const StateInfo &state : info.states)
    states.push_back(c.structure({c.text(state.name), c.i32(state.kind), c.i32(state.window), c.i64(state.planes),
                                  c.i64(state.rowBytes)}));
  for (const ModuleInfo::Level &level : info.levels)
    levels.push_back(c.structure({c.text(level.name), c.i64(level.features), c.function(level.step)}));
  llvm::Constant *data = c.structure(
      {c.i32(BRAID_ABI_VERSION), c.i32(0), c.text(info.name), c.text(info.manifest), c.i64(info.vocab),
       c.i64(info.maxTokens), c.i64(info.maxPositions), c.i64(info.arenaBytes), c.i64(info.weightsBytes),
       c.i64(info.weightsHash), c.i64(info.states.size()), c.array(states), c.i64(info.levels.size()),
       c.array(levels)});
  auto *global = new llvm::GlobalVariable(module, data->getType(), true, llvm::GlobalValue::ExternalLinkage, data,
                                          "braid_module_data");
  global->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return cpu::emitLlvmModule(module, *cpu::findIsa("x86-64-v3"));
}

} // namespace braid
