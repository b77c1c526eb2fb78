// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid bench --kernels`.
#include "compiler/targets/cpu/AttentionBench.h"
#include "compiler/targets/cpu/MixtureBench.h"
#include "compiler/targets/cpu/RowBench.h"
#include "tools/braid/Bench.h"
#include "tools/braid/CommandLine.h"

namespace braid::tools {

llvm::Error benchKernels(const cpu::KernelBenchOptions &options, TableFormat format) {
  Table table(llvm::outs(), format,
              {{"kernel", 33, false}, {"shape", 22, false}, {"threads", 7}, {"value", 18}, {"ceiling", 30, false},
               {"share", 7}});
  showStatus("compiling the kernels");
  bool isAny = false;
  auto report = [&](const cpu::KernelBenchRow &row) {
    isAny = true;
    showStatus("");
    formats::Json values = {{"kernel", row.kernel},   {"shape", row.shape},
                            {"threads", row.threads}, {"value", row.value},
                            {"unit", row.unit},       {"ceiling", row.ceiling},
                            {"ceiling_name", row.ceilingName}, {"share", row.share()}};
    std::string cells[] = {row.kernel,
                           row.shape,
                           std::to_string(row.threads),
                           llvm::formatv("{0:f1} {1}", row.value, row.unit),
                           llvm::formatv("{0:f1} {1} ({2})", row.ceiling, row.unit, row.ceilingName),
                           llvm::formatv("{0:f1} %", 100 * row.share())};
    table.add(values, cells);
    showStatus("measuring the next kernel");
  };
  llvm::Error error = cpu::runKernelBench(options, report);
  if (!error)
    error = cpu::runAttentionBench(options, report);
  if (!error)
    error = cpu::runMixtureBench(options, report);
  if (!error)
    error = cpu::runRowBench(options, report);
  showStatus("");
  table.finish();
  if (!error && !isAny)
    return makeError("--filter: no kernel and shape has '" + options.filter + "' in it");
  return error;
}

} // namespace braid::tools
