// SPDX-License-Identifier: Apache-2.0
/// \file
/// Writes artifacts.
#include "compiler/Artifact.h"

#include "compiler/LibraryName.h"
#include "compiler/Link.h"
#include "compiler/ModuleData.h"
#include "compiler/OutputFile.h"
#include "compiler/RuntimeArchive.h"
#include "compiler/StagedFolder.h"
#include "compiler/WeightPacker.h"
#include "models/formats/DType.h"
#include "runtime/include/braid_abi.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace braid::formats;
namespace braid {

static std::vector<StateInfo> statesOf(func::FuncOp main, const cpu::SelectOptions &options) {
  std::vector<StateInfo> states;
  for (unsigned i = 3; i < main.getNumArguments(); ++i) {
    auto type = cast<graph::SessionState>(main.getArgument(i).getType());
    cpu::StateLayout layout = cpu::stateLayout(type, options);
    auto name = main.getArgAttrOfType<StringAttr>(i, "braid.state");
    states.push_back({name ? name.str() : "state." + std::to_string(i - 3), layout.fixed ? BRAID_STATE_FIXED : BRAID_STATE_ROWS, int32_t(layout.window), layout.planes,
                      layout.rowBytes});
  }
  return states;
}

/// The storage that most bytes of the model have: what its users call its quantisation.
static std::string quantizationOf(const TensorStore &tensors) {
  llvm::StringMap<uint64_t> bytes;
  for (const Tensor &tensor : tensors.tensors())
    bytes[dtypeName(tensor.dtype)] += tensor.data.size();
  std::string best;
  uint64_t most = 0;
  for (auto &entry : bytes)
    if (entry.second > most || (entry.second == most && entry.first() < StringRef(best))) {
      most = entry.second;
      best = entry.first().str();
    }
  return best;
}

namespace {
/// What one token costs.
struct TokenWork {
  int64_t parameters = 0; ///< of the layers, that a token of a prompt is multiplied by
  int64_t idleBytes = 0;  ///< packed weights that a token does not read: experts not chosen, other rows of the embedding
};
} // namespace

static int64_t elementsOf(graph::WeightType type) {
  int64_t elements = 1;
  for (int64_t size : type.getShape())
    elements *= size;
  return elements;
}

static void addWork(graph::ExpertsOp op, TokenWork &work) {
  int64_t chosen = cast<RankedTensorType>(op.getIds().getType()).getDimSize(1);
  for (Value weight : {op.getGate(), op.getUp(), op.getDown()}) {
    if (!weight)
      continue;
    auto type = cast<graph::WeightType>(weight.getType());
    ArrayRef<int64_t> shape = type.getShape();
    work.parameters += elementsOf(type) / shape[0] * chosen;
    work.idleBytes += (shape[0] - chosen) * cpu::packedLayout(type.getStorage(), shape[2]).bytes(shape[1]);
  }
}

/// Linear maps, latent attention's and the chosen experts', of each layer counted once a call.
static TokenWork tokenWorkOf(ModuleOp program, const cpu::WeightPlan &plan) {
  TokenWork work;
  llvm::DenseMap<int64_t, int> readers; // of each place in the payload that main's kernels read
  auto calls = program.lookupSymbol<func::FuncOp>("main").getBody().getOps<func::CallOp>();
  for (auto call : calls)
    if (auto groups = plan.groups.find(call); groups != plan.groups.end())
      for (int64_t offset : groups->second)
        ++readers[offset];
  for (auto call : calls) {
    auto layer = program.lookupSymbol<func::FuncOp>(call.getCallee());
    if (auto groups = plan.groups.find(call); groups != plan.groups.end()) {
      layer.walk([&](graph::EmbedOp) { // a tied head reads all of it
        for (const cpu::PackItem &item : plan.items)
          if (item.offset == groups->second.front() && readers[item.offset] == 1)
            work.idleBytes += item.bytes;
      });
      continue;
    }
    for (auto kernelCall : layer.getBody().getOps<func::CallOp>())
      program.lookupSymbol<func::FuncOp>(kernelCall.getCallee()).walk([&](Operation *op) {
        llvm::TypeSwitch<Operation *>(op)
            .Case([&](graph::LinearOp linear) { work.parameters += elementsOf(linear.getWeight().getType()); })
            .Case([&](graph::LatentAttendOp attend) {
              work.parameters += elementsOf(attend.getWUk().getType()) + elementsOf(attend.getWUv().getType());
            })
            .Case([&](graph::ExpertsOp experts) { addWork(experts, work); });
      });
  }
  return work;
}

static Json manifestOf(const ModuleInfo &info, ModuleOp program, const cpu::WeightPlan &weights,
                       const CompileOptions &options, const ModelFile &source) {
  Json manifest;
  manifest["name"] = info.name;
  manifest["library"] = "lib" + info.name + ".so";
  manifest["weights"] = info.name + ".weights";
  manifest["compiler"] = "braid 0.1.0, LLVM " LLVM_VERSION_STRING;
  manifest["abi"] = BRAID_ABI_VERSION;
  auto modelName = program->getAttrOfType<StringAttr>("braid.name");
  manifest["source"] = modelName ? modelName.str() : info.name;
  int64_t parameters = 0;
  for (const Tensor &tensor : source.tensors.tensors())
    parameters += tensor.rowCount() * tensor.rowElements();
  if (auto planned = program->getAttrOfType<IntegerAttr>("braid.parameters"))
    parameters = planned.getInt();
  manifest["parameters"] = parameters;
  TokenWork work = tokenWorkOf(program, weights);
  manifest["token_parameters"] = work.parameters;
  manifest["quantization"] = quantizationOf(source.tensors);
  manifest["activations"] = options.target.select.reference ? "f32 (reference)"
                            : options.target.select.exact   ? "f32"
                                                            : "int8 for quantised weights, bf16 for bf16 weights, else f32";
  manifest["vocab"] = info.vocab;
  manifest["context"] = info.maxPositions;
  manifest["max_tokens"] = info.maxTokens;
  manifest["weights_bytes"] = info.weightsBytes;
  manifest["weights_hash"] = llvm::formatv("{0:x-16}", info.weightsHash).str();
  manifest["token_weights_bytes"] = info.weightsBytes - work.idleBytes;
  manifest["arena_bytes"] = info.arenaBytes;
  manifest["tolerance"] = options.target.select.exact ? 1e-4 : 1e-1;
  for (const char *key : {"bos_token_id", "eos_token_id"})
    if (auto found = source.generationConfig.find(key); found != source.generationConfig.end() && !found->is_null())
      manifest[key == StringRef("bos_token_id") ? "bos_token_id" : "eos_token_ids"] =
          key == StringRef("eos_token_id") && !found->is_array() ? Json::array({*found}) : *found;
  manifest["isa"] = Json::array();
  for (const ModuleInfo::Level &level : info.levels)
    manifest["isa"].push_back(level.name);
  manifest["states"] = Json::array();
  for (const StateInfo &state : info.states) {
    if (state.kind == BRAID_STATE_FIXED) {
      manifest["states"].push_back({{"name", state.name}, {"kind", "fixed"}, {"bytes", state.rowBytes}});
      continue;
    }
    manifest["states"].push_back({{"name", state.name},
                                  {"kind", "rows"},
                                  {"window", state.window},
                                  {"planes", state.planes},
                                  {"row_bytes", state.rowBytes},
                                  {"bytes_per_token", state.planes * state.rowBytes}});
  }
  return manifest;
}

/// The model's own header: its sizes as constants, and the interface.
static std::string headerOf(const ModuleInfo &info) {
  std::string upper = StringRef(info.name).upper();
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "/* " << info.name << ".h: sizes of this model. The interface is braid.h. Written by braid. */\n"
         << "#ifndef " << upper << "_H\n#define " << upper << "_H\n\n#include \"braid.h\"\n\n"
         << "#define " << upper << "_VOCAB " << info.vocab << "\n"
         << "#define " << upper << "_CONTEXT " << info.maxPositions << "\n"
         << "#define " << upper << "_MAX_TOKENS " << info.maxTokens << "\n"
         << "#define " << upper << "_WEIGHTS_BYTES " << info.weightsBytes << "\n"
         << "#define " << upper << "_ARENA_BYTES " << info.arenaBytes << "\n\n#endif\n";
  return text;
}

llvm::Error writeArtifact(ModuleOp program, const cpu::CpuProgram &plan, const CompileOptions &options,
                          ArrayRef<cpu::IsaCode> code, const ModelFile &source) {
  auto main = program.lookupSymbol<func::FuncOp>("main");
  std::string folder = options.output;
  ModuleInfo info;
  llvm::Expected<std::string> name = libraryNameOf(options);
  if (!name)
    return name.takeError();
  info.name = *name;
  info.vocab = cast<RankedTensorType>(main.getResultTypes()[0]).getDimSize(1);
  info.maxTokens = options.target.maxTokens;
  auto context = program->getAttrOfType<IntegerAttr>("braid.context");
  info.maxPositions = context ? context.getInt() : 4096;
  info.arenaBytes = plan.arena.bytes;
  info.weightsBytes = plan.weights.bytes;
  info.states = statesOf(main, options.target.select);
  for (const cpu::IsaCode &level : code)
    info.levels.push_back({level.isa.name, level.isa.required, level.step});

  // A directory without a tokenizer compiles to a model that takes token ids.
  TokenizerFiles tokenizer;
  if (source.kind == ModelKind::Gguf ? source.metadata.has_value()
                                     : !source.withoutWeights && llvm::sys::fs::exists(source.path + "/tokenizer.json")) {
    llvm::Expected<TokenizerFiles> files = source.tokenizer();
    if (!files)
      return files.takeError();
    tokenizer = std::move(*files);
  }
  llvm::Expected<std::unique_ptr<StagedFolder>> staged = StagedFolder::create(folder);
  if (!staged)
    return staged.takeError();
  auto path = [&](llvm::Twine name) { return (*staged)->add(name.str()); };
  // Where files move one by one, the weights go first and the manifest last. Library and manifest have the hash of the
  // weights, so that a folder whose files are of two compiles is refused by whoever loads it.
  if (source.withoutWeights) {
    (*staged)->drop(info.name + ".weights");
    info.weightsHash = plan.weights.hash();
  } else {
    llvm::Expected<uint64_t> hash = packWeights(plan.weights, source.tensors, path(info.name + ".weights"),
                                                [&](double share) { options.progress("packing weights", share); });
    if (!hash)
      return hash.takeError();
    info.weightsHash = *hash;
  }
  info.manifest = manifestOf(info, program, plan.weights, options, source).dump(2) + "\n";
  llvm::Expected<llvm::SmallVector<char, 0>> data = emitModuleData(info);
  if (!data)
    return data.takeError();
  llvm::SmallVector<llvm::SmallVector<char, 0>> objects = {std::move(*data)};
  for (const cpu::IsaCode &level : code)
    objects.push_back(level.object);
  for (auto &[name, text] : std::initializer_list<std::pair<std::string, std::string>>{
           {"tokenizer.json", tokenizer.tokenizerJson},
           {"tokenizer_config.json", tokenizer.tokenizerConfigJson},
           {"braid.h", runtimeHeader().str()},
           {info.name + ".h", headerOf(info)}}) {
    if (text.empty())
      (*staged)->drop(name); // another model's, compiled to this folder before
    else if (llvm::Error error = writeFile(path(name), text))
      return error;
  }
  options.progress("linking", 0);
  if (llvm::Error error = linkLibrary(objects, "lib" + info.name + ".so", path("lib" + info.name + ".so")))
    return error;
  if (llvm::Error error = writeFile(path("manifest.json"), info.manifest))
    return error;
  return (*staged)->commit();
}

} // namespace braid
