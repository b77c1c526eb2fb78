// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs checks.
#include "compiler/numerics/Numerics.h"

#include "compiler/numerics/Session.h"
#include "dialects/check/Check.h"

using namespace mlir;
using namespace braid::check;
namespace braid::numerics {

namespace {

struct Check {
  Operation *op;
  Script script;
  SmallVector<InputKind> kinds;
  bool bits;             ///< check.equal
  double tolerance, rounded; ///< of exact forms, and of the default form
  bool hasDefault = false;   ///< the default form is other code

  template <typename CheckOp> explicit Check(CheckOp op) : op(op) {
    script.function = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, op.getFunctionAttr());
    script.tokens.assign(op.getTokens().begin(), op.getTokens().end());
    script.start = op.getStart();
    script.rows = op.getRows();
    if (std::optional<ArrayAttr> inputs = op.getInputs())
      for (StringRef name : inputs->getAsValueRange<StringAttr>())
        kinds.push_back(inputKindOf(name));
    else
      kinds = {InputKind::Random, InputKind::Zeros, InputKind::Repeated, InputKind::Large, InputKind::Tiny};
  }
};

LogicalResult expectRunnable(func::FuncOp function) {
  size_t indices = 0;
  for (Type type : function.getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    bool fits = isa<graph::WeightType, graph::SessionState>(type) || (type.isIndex() && ++indices <= 2);
    if (tensor && tensor.getRank() == 2)
      fits = tensor.isDynamicDim(0) && !tensor.isDynamicDim(1) && tensor.getElementType().isF32();
    else if (tensor)
      fits = tensor.getRank() == 1 && tensor.isDynamicDim(0) && tensor.getElementType().isSignlessInteger(32);
    if (!fits)
      return function.emitError() << "expected tensor<?xNxf32>, tensor<?xi32>, weights, states and up to 2 indices, got "
                                  << type;
  }
  if (llvm::none_of(function.getResultTypes(), [](Type type) { return isa<RankedTensorType>(type); }))
    return function.emitError() << "expected a tensor to compare, got no result";
  return success();
}

/// Whether int8 activations meet its weights.
bool isQuantised(func::FuncOp function) {
  return llvm::any_of(function.getArgumentTypes(), [](Type type) {
    auto weight = dyn_cast<graph::WeightType>(type);
    return weight && weight.getStorage() != graph::Storage::F32 && weight.getStorage() != graph::Storage::F16 &&
           weight.getStorage() != graph::Storage::BF16;
  });
}

/// The levels that this machine runs; a native level that is one of the others is left out.
std::vector<std::string> levels() {
  cpu::Isa native = *cpu::findIsa("native");
  std::vector<std::string> names;
  uint64_t best = 0;
  for (StringRef name : {"x86-64-v3", "x86-64-v4"})
    if (uint64_t needs = cpu::findIsa(name)->required; (needs & native.required) == needs) {
      names.push_back(name.str());
      best = needs;
    }
  if (native.required != best)
    names.push_back("native");
  return names;
}

class Runner {
public:
  Runner(const Tests &tests, ArrayRef<Check> checks, llvm::raw_ostream &os) : tests(tests), checks(checks), os(os) {
    for (const Check &check : checks)
      maxTokens = std::max(maxTokens, check.script.maxTokens());
  }

  LogicalResult run() {
    std::vector<std::string> isas = levels();
    if (isas.empty())
      return emitError(checks[0].op->getLoc()) << "expected a machine with x86-64-v3";
    Form reference{isas.front(), {/*exact=*/true, /*reference=*/true}};
    FailureOr<std::unique_ptr<Program>> oracle = Program::compile(tests, reference, maxTokens);
    if (failed(oracle))
      return failure();
    std::vector<std::vector<Outputs>> wanted; // of each check, for each of its inputs
    for (const Check &check : checks) {
      std::vector<Outputs> &each = wanted.emplace_back();
      for (InputKind kind : check.kinds) {
        FailureOr<Outputs> outputs =
            numerics::run(**oracle, reference, check.script, makeInputs(check.script, kind), Threads::One);
        if (failed(outputs))
          return failure();
        each.push_back(std::move(*outputs));
      }
    }
    LogicalResult result = success();
    bool hasDefault = llvm::any_of(checks, [](const Check &check) { return check.hasDefault; });
    for (const std::string &isa : isas)
      for (bool exact : {true, false}) {
        if (!exact && !hasDefault)
          continue; // the same code
        Form form{isa, {exact, false}};
        FailureOr<std::unique_ptr<Program>> program = Program::compile(tests, form, maxTokens);
        if (failed(program))
          return failure();
        for (auto [check, want] : llvm::zip(checks, wanted))
          if (exact || check.hasDefault)
            result = failed(runForm(check, form, **program, want)) ? failure() : result;
      }
    return result;
  }

private:
  LogicalResult runForm(const Check &check, const Form &form, Program &program, ArrayRef<Outputs> wanted) {
    double worst = 0;
    func::FuncOp function = check.script.function;
    for (auto [kind, want] : llvm::zip(check.kinds, wanted)) {
      Inputs inputs = makeInputs(check.script, kind);
      FailureOr<Outputs> got = numerics::run(program, form, check.script, inputs, Threads::One);
      FailureOr<Outputs> threaded = numerics::run(program, form, check.script, inputs, Threads::Three);
      if (failed(got) || failed(threaded))
        return failure();
      auto fault = [&](StringRef what, const std::string &where) {
        static const char *names[] = {"random", "zeros", "repeated", "large", "tiny"};
        return emitError(check.op->getLoc()) << "@" << function.getName() << ", " << form.name() << ", inputs "
                                             << names[int(kind)] << ": " << what << where;
      };
      double tolerance = form.select.exact ? check.tolerance : check.rounded;
      if (std::optional<std::string> where = check.bits ? compareBits(check.script, *got, want)
                                                        : compare(check.script, *got, want, tolerance, worst))
        return check.bits ? fault("", *where) : fault("", *where) << ", tolerance " << tolerance;
      if (std::optional<std::string> where = compareBits(check.script, *threaded, *got))
        return fault("on several threads: ", *where);
    }
    os << "@" << function.getName() << ": " << form.name() << ": " << check.kinds.size() * check.script.tokens.size()
       << " calls, ";
    if (check.bits)
      os << "same bits\n";
    else
      os << llvm::format("error %.1e\n", worst);
    return success();
  }

  const Tests &tests;
  ArrayRef<Check> checks;
  llvm::raw_ostream &os;
  int64_t maxTokens = 1;
};

} // namespace

LogicalResult runChecks(ModuleOp file, llvm::raw_ostream &os) {
  SmallVector<Check> checks;
  for (Operation &op : *file.getBody()) {
    if (auto close = dyn_cast<CloseOp>(op)) {
      Check &check = checks.emplace_back(close);
      check.bits = false;
      check.tolerance = close.getTolerance().convertToDouble();
      std::optional<llvm::APFloat> int8 = close.getInt8(), bf16 = close.getBf16();
      check.rounded = std::max(int8 ? int8->convertToDouble() : 0, bf16 ? bf16->convertToDouble() : 0);
      if (!int8 && !bf16)
        check.rounded = check.tolerance;
      check.hasDefault = bf16 || isQuantised(check.script.function);
    } else if (auto equal = dyn_cast<EqualOp>(op)) {
      Check &check = checks.emplace_back(equal);
      check.bits = true;
      check.hasDefault = isQuantised(check.script.function);
    }
  }
  if (checks.empty())
    return file.emitError() << "expected at least 1 check, got 0";
  SmallVector<func::FuncOp> functions;
  for (Check &check : checks) {
    if (failed(expectRunnable(check.script.function)))
      return failure();
    if (!llvm::is_contained(functions, check.script.function))
      functions.push_back(check.script.function);
  }
  FailureOr<Tests> tests = Tests::create(file, functions);
  if (failed(tests))
    return failure();
  return Runner(*tests, checks, os).run();
}

} // namespace braid::numerics
