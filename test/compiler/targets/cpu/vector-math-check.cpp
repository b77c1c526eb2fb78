// SPDX-License-Identifier: Apache-2.0
/// \file
/// vector-math-check <isa>: largest error of each vector function, in units in the last place, over all of its range.
#include "compiler/targets/cpu/Jit.h"
#include "compiler/targets/cpu/kernels/Attention.h"
#include "compiler/targets/cpu/kernels/VectorMath.h"
#include "runtime/include/braid_abi.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace braid;
using namespace braid::cpu;

namespace {

struct Function {
  const char *name;
  Value (*emit)(Emit &, Value);
  double (*exact)(double);
  double low, high;   ///< the range that is checked, beside the special values
  double bound;       ///< most units in the last place
  double floor = 0;   ///< absolute error that is always allowed
  bool special = true; ///< infinities, zeros and NaN must come out as in libm
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 40 ? x : std::log1p(std::exp(x)); }

// Flushing of subnormals is the caller's choice (the runtime flushes), so a floor covers them.
const Function functions[] = {
    {"exp", emitExp, std::exp, -110, 88.7, 1.5, 1.5e-45},
    {"exp2 of non-positive", emitExp2OfNonPositive, std::exp2, -126, 0, 2.5, 0, false},
    {"tanh", emitTanh, std::tanh, -1e38, 1e38, 2},
    {"sigmoid", emitSigmoid, sigmoid, -87, 1e38, 2.5},
    {"silu", emitSilu, [](double x) { return x * sigmoid(x); }, -87, 1e38, 3, 0, false},
    {"softplus", emitSoftplus, softplus, -87, 1e38, 3},
    {"erf", emitErf, std::erf, -1e38, 1e38, 2},
    {"log", emitLog, std::log, 1e-45, 3.4e38, 1.5},
    {"rsqrt", emitRsqrt, [](double x) { return 1 / std::sqrt(x); }, 1.2e-38, 3.4e38, 1.5},
    {"cos", [](Emit &e, Value x) { return emitCosSin(e, x).first; }, std::cos, -4194304, 4194304, 0.51, 0, false},
    {"sin", [](Emit &e, Value x) { return emitCosSin(e, x).second; }, std::sin, -4194304, 4194304, 0.51, 0, false},
};

double ulps(float got, double exact, double floor) {
  if (std::isnan(exact))
    return std::isnan(got) ? 0 : INFINITY;
  if (std::isinf(exact) || std::abs(exact) > 3.4028235e38)
    return double(got) == exact || std::isinf(got) ? 0 : INFINITY;
  double error = std::abs(double(got) - exact);
  if (error <= floor)
    return 0;
  int exponent;
  std::frexp(exact, &exponent);
  return std::isnan(error) ? INFINITY : error / std::ldexp(1, std::max(exponent - 24, -149));
}

/// Every 1013th float, so about four million numbers, those in the range.
bool check(const Function &f, void (*run)(const float *, float *, int64_t)) {
  std::vector<float> in;
  if (f.special)
    in = {0.0f, -0.0f, INFINITY, -INFINITY, NAN};
  for (uint64_t bits = 0; bits < (uint64_t(1) << 32); bits += 1013) {
    uint32_t low = uint32_t(bits);
    float x;
    memcpy(&x, &low, 4);
    if (x >= f.low && x <= f.high)
      in.push_back(x);
  }
  in.resize(llvm::alignTo(in.size(), 16), 1.0f);
  std::vector<float> out(in.size());
  run(in.data(), out.data(), int64_t(in.size()));
  double worst = 0;
  float where = 0;
  for (size_t i = 0; i < in.size(); ++i)
    if (double error = ulps(out[i], f.exact(in[i]), f.floor); error > worst) {
      worst = error;
      where = in[i];
    }
  llvm::outs() << llvm::formatv("{0}: {1}: {2:f2} ulp, at most {3:f2} ({4} numbers, worst at {5})\n",
                                worst <= f.bound ? "ok" : "FAIL", f.name, worst, f.bound, in.size(), where);
  return worst <= f.bound;
}

bool checkTable(void (*run)(const braid_call *, int64_t, float *), ArrayRef<float> frequencies, double factor) {
  double worst = 0;
  const int64_t rows = 5, n = frequencies.size();
  for (int64_t position : {0, 1, 4095, 131071, 999983, 1048571}) {
    std::vector<float> table(rows * 2 * n);
    braid_call call{};
    call.position = position;
    run(&call, rows, table.data());
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t i = 0; i < n; ++i) {
        float angle = float(position + r) * frequencies[i];
        worst = std::max(worst, std::abs(table[r * 2 * n + i] - factor * std::cos(double(angle))));
        worst = std::max(worst, std::abs(table[r * 2 * n + n + i] - factor * std::sin(double(angle))));
      }
  }
  bool ok = worst <= factor * 0x1p-23;
  llvm::outs() << llvm::formatv("{0}: rotations: error {1:e2}\n", ok ? "ok" : "FAIL", worst);
  return ok;
}

} // namespace

int main(int argc, char **argv) {
  std::optional<Isa> isa = findIsa(argc > 1 ? argv[1] : "native"), native = findIsa("native");
  if (!isa)
    return llvm::errs() << "unknown ISA\n", 2;
  if ((isa->required & native->required) != isa->required)
    return llvm::outs() << "not on this machine\n", 0;
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect, vector::VectorDialect>();
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  Emit e(*module);
  auto name = [](size_t index) { return "function" + std::to_string(index); };
  for (auto [index, f] : llvm::enumerate(functions)) {
    Type p = e.ptr();
    auto emit = f.emit;
    e.function(name(index), {p, p, e.getI64Type()}, [&](ValueRange args) {
      e.loop(e.i64(0), args[2], e.i64(kLanes), [&](Value i) {
        Value offset = e.mul(i, e.i64(4));
        e.store(emit(e, e.load(e.vf32(), e.at(args[0], offset), 4)), e.at(args[1], offset), 4);
      });
    }, /*exported=*/true);
  }
  std::vector<float> frequencies;
  for (int i = 0; i < 40; ++i)
    frequencies.push_back(float(std::pow(10000.0, -2.0 * i / 80)));
  emitRopeTable(e, "table", frequencies, 1.25).setLinkage(LLVM::Linkage::External);
  llvm::Expected<std::unique_ptr<Jit>> jit = Jit::compile(*module, *isa);
  if (!jit)
    return llvm::errs() << llvm::toString(jit.takeError()) << "\n", 1;
  bool ok = true;
  for (auto [index, f] : llvm::enumerate(functions))
    ok &= check(f, (*jit)->get<void(const float *, float *, int64_t)>(name(index)));
  ok &= checkTable((*jit)->get<void(const braid_call *, int64_t, float *)>("table"), frequencies, 1.25);
  return !ok;
}
