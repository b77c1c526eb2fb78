// SPDX-License-Identifier: Apache-2.0
/// \file
/// Compiles the forms at every size, on every core, and brings together what is found.
#include "compiler/certify/Certificate.h"

#include "mlir/Parser/Parser.h"

#include <atomic>
#include <thread>

using namespace mlir;
using namespace braid::derive;
namespace braid::certify {

namespace {

/// Chunk and combine take longer to compile, and a chunk as long for one token as for all of its own.
bool isSlow(StringRef name) { return name == "chunk" || name == "combine"; }

using Certificates = std::vector<Certificate>;

/// The certificate of a form in `all`, which may be a new one.
Certificate &find(Certificates &all, const Certificate &like) {
  for (Certificate &each : all)
    if (each.form == like.form && each.isa == like.isa && each.precision == like.precision)
      return each;
  all.push_back({like.form, like.isa, like.precision});
  return all.back();
}

void merge(Certificate &into, const Certificate &other) {
  into.runs += other.runs;
  if (other.error > into.error || into.worst.empty()) {
    into.error = other.error;
    into.worst = other.worst;
    into.condition = other.condition;
  }
  for (const std::string &fault : other.faults)
    if (into.faults.size() < kMostFaults)
      into.faults.push_back(fault);
  if (into.growth.empty())
    into.growth = other.growth;
}

/// What is certified in all batches.
struct Plan {
  std::vector<Batch> batches;
  std::vector<std::string> fast, slow; ///< forms
  bool isQuick;
  bool hasSlow(size_t number) const { return !slow.empty() && (!isQuick || number == 0); }
};

/// About how many nanoseconds a batch takes: to compile its forms, and to run them.
double costOf(const Plan &plan, size_t number) {
  const auto &[size, allLevels, cases] = plan.batches[number];
  double tokens = 0;
  for (const Case &which : cases)
    tokens += double(which.tokens);
  return 1e8 * (allLevels ? 4 : 2) + (plan.hasSlow(number) ? 2e8 : 0) +
         3 * tokens * double(size.heads * size.K * size.V);
}

llvm::Expected<Certificates> certifyBatch(MLIRContext &context, const NormalForm &form, const Plan &plan,
                                          size_t number) {
  const Batch &batch = plan.batches[number];
  const Size &size = batch.size;
  const SmallVector<cpu::Isa> levels = levelsHere();
  auto best = ArrayRef(levels).take_back();
  auto forms = compileForms(context, form, plan.fast, batch.allLevels ? ArrayRef(levels) : best, size.K, size.V,
                            size.heads, size.ratio);
  if (!forms)
    return forms.takeError();
  if (plan.hasSlow(number)) {
    auto others = compileForms(context, form, plan.slow, best, size.K, size.V, size.heads, size.ratio);
    if (!others)
      return others.takeError();
    llvm::append_range(*forms, *others);
  }
  auto narrow = compileNarrowForms(context, form, plan.fast, best.front(), size.K, size.V, size.heads, size.ratio);
  if (!narrow)
    return narrow.takeError();
  llvm::append_range(*forms, *narrow);
  Certificates result;
  for (const CompiledForm &compiled : *forms)
    result.push_back({compiled.form, compiled.isa, compiled.precision()});
  auto pointers = llvm::map_to_vector(result, [](Certificate &certificate) { return &certificate; });
  for (const Case &which : batch.cases)
    if (llvm::Error error = certifyCase(form.op, size, which, *forms, pointers))
      return error;
  return result;
}

/// A variant in a context of its own, as a context serves one thread.
class Replica {
public:
  Replica(const DialectRegistry &registry, StringRef text) : context(registry, MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
    module = parseSourceString<ModuleOp>(text, &context);
    form = normalize(*module->getOps<attn::RecurrenceOp>().begin());
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  NormalForm form;
};

} // namespace

llvm::Expected<Certificates> certify(MLIRContext &context, const NormalForm &form, const CertifyOptions &options) {
  Plan plan{batchesFor(options.depth, options.seed), {}, {}, options.depth == Depth::Quick};
  std::vector<std::string> names = options.forms;
  if (names.empty())
    for (StringRef name : formsOf(form))
      names.push_back(name.str());
  for (const std::string &name : names)
    (isSlow(name) ? plan.slow : plan.fast).push_back(name);

  std::vector<std::optional<llvm::Expected<Certificates>>> parts(plan.batches.size());
  auto order = llvm::to_vector(llvm::seq(parts.size())); // those that take long first, so that cores end together
  llvm::sort(order, [&](size_t i, size_t j) { return std::pair(-costOf(plan, i), i) < std::pair(-costOf(plan, j), j); });
  std::atomic<size_t> next = 0;
  auto work = [&](MLIRContext &context, const NormalForm &form) {
    for (size_t place = next++; place < parts.size(); place = next++)
      parts[order[place]].emplace(certifyBatch(context, form, plan, order[place]));
  };
  std::string text;
  llvm::raw_string_ostream stream(text);
  attn::RecurrenceOp(form.op)->print(stream);
  const size_t cores = std::max<size_t>(std::thread::hardware_concurrency(), 1);
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < std::min(cores, parts.size()); ++i)
    helpers.emplace_back([&] {
      Replica replica(context.getDialectRegistry(), text);
      work(replica.context, replica.form);
    });
  work(context, form);
  for (std::thread &helper : helpers)
    helper.join();

  Certificates result;
  llvm::Error error = llvm::Error::success();
  for (auto &part : parts)
    if (!*part)
      error = llvm::joinErrors(std::move(error), part->takeError());
    else
      for (const Certificate &certificate : **part)
        merge(find(result, certificate), certificate);
  if (error)
    return error;
  return result;
}

} // namespace braid::certify
