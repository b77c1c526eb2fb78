// SPDX-License-Identifier: Apache-2.0
/// \file
/// Packs weights on all cores, one panel a task.
#include "compiler/WeightPacker.h"

#include "compiler/OutputFile.h"
#include "compiler/WeightView.h"
#include "compiler/targets/cpu/Pack.h"
#include "models/formats/Dequantize.h"
#include "models/formats/FormatError.h"
#include "runtime/include/braid_abi.h"

#include "llvm/Support/xxhash.h"

#include <array>
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
  const WeightView *view;
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
      for (auto [index, source] : llvm::enumerate(item.sources)) {
        llvm::Expected<WeightView> view = WeightView::create(source, tensors);
        if (!view)
          return view.takeError();
        views.push_back(std::make_unique<WeightView>(std::move(*view)));
        const WeightView &rows = *views.back();
        if (item.form == WeightGroup::Form::Plain) {
          tasks.push_back({&item, &rows, 0, rows.rows(), offset});
          offset += rows.rows() * rows.width() * 4;
          continue;
        }
        if (llvm::Error error = cutMatrices(item, source, rows, index, offset))
          return error;
      }
    }
    return llvm::Error::success();
  }

  /// Returns the hash of all bytes written, and of the plan.
  uint64_t run(llvm::function_ref<void(double)> progress) {
    hashes.resize(tasks.size() + 1);
    hashes.back() = plan.hash();
    unsigned count = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < count; ++i)
      threads.emplace_back([&] { work({}); });
    work(progress);
    for (std::thread &thread : threads)
      thread.join();
    progress(1);
    return hash(hashes.data(), hashes.size() * sizeof(uint64_t));
  }

private:
  /// A matrix, or each of a stack, from a panel boundary on; two that are interleaved go matrix by matrix.
  llvm::Error cutMatrices(const PackItem &item, const WeightSource &source, const WeightView &view, size_t index,
                          int64_t &offset) {
    const WeightLayout &layout = item.layout;
    std::optional<GroupFormat> groups = groupFormat(view.dtype());
    bool fits = source.shape.size() >= 2 && view.width() == layout.k &&
                (layout.isQuantized() ? groups && int64_t(groups->group) == layout.group &&
                                            (layout.min || groups->zeroPoint == layout.zero)
                                      : denseCodes(view.dtype()).has_value());
    if (!fits)
      return tensorError(view.tensor()->file, source.name, view.tensor()->offset,
                         "expected the type and shape that the graph gives it, got " + dtypeName(view.dtype()));
    bool interleaved = item.form == WeightGroup::Form::Interleaved;
    int64_t stride = layout.panelBytes() * (interleaved ? 2 : 1);
    int64_t at = interleaved ? item.offset + int64_t(index) * layout.panelBytes() : offset;
    int64_t height = source.shape[source.shape.size() - 2];
    for (int64_t first = 0; first < view.rows(); first += height)
      for (int64_t row = 0; row < height; row += 16, at += stride)
        tasks.push_back({&item, &view, first + row, std::min<int64_t>(16, height - row), at});
    if (!interleaved)
      offset = at;
    return llvm::Error::success();
  }

  static uint64_t hash(const void *data, size_t bytes) {
    return llvm::xxh3_64bits(llvm::ArrayRef(static_cast<const uint8_t *>(data), bytes));
  }

  void work(llvm::function_ref<void(double)> progress) {
    for (size_t i; (i = next++) < tasks.size();) {
      const Task &task = tasks[i];
      pack(task);
      bool isPlain = task.item->form == WeightGroup::Form::Plain;
      hashes[i] = hash(payload + task.offset,
                       isPlain ? task.rows * task.view->width() * sizeof(float) : task.item->layout.panelBytes());
      if (progress && i % 256 == 0)
        progress(double(i) / tasks.size());
    }
  }

  void pack(const Task &task) {
    const WeightView &view = *task.view;
    const WeightLayout &layout = task.item->layout;
    uint8_t *out = payload + task.offset;
    static thread_local std::array<std::vector<uint8_t>, 16> gathered;
    if (task.item->form == WeightGroup::Form::Plain) {
      auto *numbers = reinterpret_cast<float *>(out);
      for (int64_t row = 0; row < task.rows; ++row, numbers += view.width())
        dequantizeRow(view.dtype(), view.row(task.row + row, gathered[0]), view.width(), numbers);
      view.finish({reinterpret_cast<float *>(out), size_t(task.rows * view.width())});
      return;
    }
    llvm::SmallVector<const uint8_t *, 16> rows;
    for (int64_t row = 0; row < task.rows; ++row)
      rows.push_back(view.row(task.row + row, gathered[row]));
    if (std::optional<Codes> codes = denseCodes(view.dtype())) {
      packDensePanel(layout, *codes, rows, out);
      return;
    }
    int64_t groups = layout.k / layout.group;
    static thread_local std::vector<uint8_t> codes;
    static thread_local std::vector<float> scales, mins;
    codes.resize(16 * layout.k);
    scales.resize(16 * groups);
    mins.resize(16 * groups);
    llvm::SmallVector<QuantRow, 16> unpacked;
    for (auto [row, bytes] : llvm::enumerate(rows)) {
      unpacked.push_back({&codes[row * layout.k], &scales[row * groups], &mins[row * groups]});
      unpackRow(view.dtype(), bytes, layout.k, &codes[row * layout.k], &scales[row * groups], &mins[row * groups]);
    }
    packQuantPanel(layout, unpacked, out);
  }

  const WeightPlan &plan;
  const TensorStore &tensors;
  uint8_t *payload;
  std::vector<std::unique_ptr<WeightView>> views;
  std::vector<Task> tasks;
  std::vector<uint64_t> hashes; ///< of what each task wrote, then of the plan
  std::atomic<size_t> next = 0;
};

} // namespace

llvm::Expected<uint64_t> packWeights(const WeightPlan &plan, const TensorStore &tensors, uint8_t *payload,
                                     llvm::function_ref<void(double)> progress) {
  Packer packer(plan, tensors, payload);
  if (llvm::Error error = packer.cut())
    return std::move(error);
  return packer.run(progress);
}

llvm::Expected<uint64_t> packWeights(const WeightPlan &plan, const TensorStore &tensors, llvm::StringRef path,
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
  llvm::Expected<uint64_t> hash = packWeights(plan, tensors, (*file)->data() + kHeader, progress);
  if (!hash)
    return hash.takeError();
  header.weights_hash = *hash;
  std::memcpy((*file)->data(), &header, sizeof(header));
  if (llvm::Error error = (*file)->commit())
    return std::move(error);
  return hash;
}

} // namespace braid
