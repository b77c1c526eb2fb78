// SPDX-License-Identifier: Apache-2.0
/// \file
/// Packs weights on all cores, one panel a task.
#include "compiler/WeightPacker.h"

#include "compiler/OutputFile.h"
#include "compiler/targets/cpu/Pack.h"
#include "models/formats/Dequantize.h"
#include "models/formats/FormatError.h"
#include "runtime/include/braid_abi.h"

#include <atomic>
#include <cstring>
#include <thread>

using namespace braid::cpu;
using namespace braid::formats;
namespace braid {

namespace {

/// Sixteen rows of one matrix, or a piece of a plain tensor.
struct Task {
  const PackItem *item;
  const Tensor *tensor;
  int64_t row, rows, offset;
};

std::optional<Codes> denseCodes(DType dtype) {
  switch (dtype) {
  case DType::F32: return Codes::F32;
  case DType::F16: return Codes::F16;
  case DType::BF16: return Codes::BF16;
  default: return std::nullopt;
  }
}

class Packer {
public:
  Packer(const WeightPlan &plan, const TensorStore &tensors, uint8_t *payload)
      : plan(plan), tensors(tensors), payload(payload) {}

  llvm::Error cut() {
    for (const PackItem &item : plan.items) {
      int64_t offset = item.offset;
      for (auto [index, name] : llvm::enumerate(item.names)) {
        llvm::Expected<const Tensor *> tensor = tensors.get(name);
        if (!tensor)
          return tensor.takeError();
        if (!canDequantize((*tensor)->dtype))
          return tensorError((*tensor)->file, name, "expected a type that can be compiled");
        if (item.form == WeightGroup::Form::Plain) {
          tasks.push_back({&item, *tensor, 0, (*tensor)->rowCount(), offset});
          offset += (*tensor)->rowCount() * (*tensor)->rowElements() * 4;
          continue;
        }
        if (llvm::Error error = cutMatrix(item, **tensor, index, offset))
          return error;
      }
    }
    return llvm::Error::success();
  }

  void run(llvm::function_ref<void(double)> progress) {
    unsigned count = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < count; ++i)
      threads.emplace_back([&] { work({}); });
    work(progress);
    for (std::thread &thread : threads)
      thread.join();
    progress(1);
  }

private:
  llvm::Error cutMatrix(const PackItem &item, const Tensor &tensor, size_t index, int64_t &offset) {
    const WeightLayout &layout = item.layout;
    std::optional<GroupFormat> groups = groupFormat(tensor.dtype);
    bool fits = (tensor.shape.size() == 2 || tensor.shape.size() == 3) && tensor.shape.back() == layout.k &&
                (layout.isQuantized() ? groups && int64_t(groups->group) == layout.group &&
                                            (layout.min || groups->zeroPoint == layout.zero)
                                      : denseCodes(tensor.dtype).has_value());
    if (!fits)
      return tensorError(tensor.file, tensor.name, tensor.offset,
                         "expected the type and shape that the graph gives it, got " + dtypeName(tensor.dtype));
    bool interleaved = item.form == WeightGroup::Form::Interleaved;
    int64_t stride = layout.panelBytes() * (interleaved ? 2 : 1);
    int64_t at = interleaved ? item.offset + int64_t(index) * layout.panelBytes() : offset;
    // Each matrix of a stack starts at a panel of its own.
    int64_t height = tensor.shape[tensor.shape.size() - 2];
    for (int64_t end = height; end <= tensor.rowCount(); end += height)
      for (int64_t row = end - height; row < end; row += 16, at += stride)
        tasks.push_back({&item, &tensor, row, std::min<int64_t>(16, end - row), at});
    if (!interleaved)
      offset = at;
    return llvm::Error::success();
  }

  void work(llvm::function_ref<void(double)> progress) {
    for (size_t i; (i = next++) < tasks.size();) {
      pack(tasks[i]);
      if (progress && i % 256 == 0)
        progress(double(i) / tasks.size());
    }
  }

  void pack(const Task &task) {
    const Tensor &tensor = *task.tensor;
    const WeightLayout &layout = task.item->layout;
    uint8_t *out = payload + task.offset;
    const uint8_t *source = tensor.data.data() + task.row * tensor.rowBytes();
    if (task.item->form == WeightGroup::Form::Plain) {
      for (int64_t row = 0; row < task.rows; ++row)
        dequantizeRow(tensor.dtype, source + row * tensor.rowBytes(), tensor.rowElements(),
                      reinterpret_cast<float *>(out) + row * tensor.rowElements());
      return;
    }
    if (std::optional<Codes> codes = denseCodes(tensor.dtype)) {
      llvm::SmallVector<const uint8_t *, 16> rows;
      for (int64_t row = 0; row < task.rows; ++row)
        rows.push_back(source + row * tensor.rowBytes());
      packDensePanel(layout, *codes, rows, out);
      return;
    }
    int64_t groups = layout.k / layout.group;
    static thread_local std::vector<uint8_t> codes;
    static thread_local std::vector<float> scales, mins;
    codes.resize(16 * layout.k);
    scales.resize(16 * groups);
    mins.resize(16 * groups);
    llvm::SmallVector<QuantRow, 16> rows;
    for (int64_t row = 0; row < task.rows; ++row) {
      QuantRow unpacked{&codes[row * layout.k], &scales[row * groups], &mins[row * groups]};
      unpackRow(tensor.dtype, source + row * tensor.rowBytes(), layout.k, &codes[row * layout.k],
                &scales[row * groups], &mins[row * groups]);
      rows.push_back(unpacked);
    }
    packQuantPanel(layout, rows, out);
  }

  const WeightPlan &plan;
  const TensorStore &tensors;
  uint8_t *payload;
  std::vector<Task> tasks;
  std::atomic<size_t> next = 0;
};

} // namespace

llvm::Error packWeights(const WeightPlan &plan, const TensorStore &tensors, uint8_t *payload,
                        llvm::function_ref<void(double)> progress) {
  Packer packer(plan, tensors, payload);
  if (llvm::Error error = packer.cut())
    return error;
  packer.run(progress);
  return llvm::Error::success();
}

llvm::Error packWeights(const WeightPlan &plan, const TensorStore &tensors, llvm::StringRef path,
                        llvm::function_ref<void(double)> progress) {
  constexpr int64_t kHeader = 4096;
  auto file = OutputFile::map(path, kHeader + plan.bytes);
  if (!file)
    return file.takeError();
  braid_weights_header header = {};
  std::memcpy(header.magic, "BRAIDWTS", 8);
  header.version = 1;
  header.header_bytes = kHeader;
  header.payload_bytes = plan.bytes;
  header.layout_hash = plan.hash();
  std::memcpy((*file)->data(), &header, sizeof(header));
  if (llvm::Error error = packWeights(plan, tensors, (*file)->data() + kHeader, progress))
    return error;
  return (*file)->commit();
}

} // namespace braid
