// SPDX-License-Identifier: Apache-2.0
/// \file
/// Finds the family of a model file.
#include "models/architectures/Architecture.h"

#include "models/formats/FormatError.h"

using namespace mlir;
namespace braid::models {

#define ARCHITECTURE(name) extern const Architecture name##Architecture;
#include "models/architectures/architecture.inc"
#undef ARCHITECTURE

static ArrayRef<const Architecture *> all() {
  static const Architecture *const list[] = {
#define ARCHITECTURE(name) &name##Architecture,
#include "models/architectures/architecture.inc"
#undef ARCHITECTURE
  };
  return list;
}

llvm::Expected<OwningOpRef<ModuleOp>> importModel(MLIRContext &context, const formats::ModelFile &file,
                                                  const ImportOptions &options) {
  bool isGguf = file.kind == formats::ModelKind::Gguf;
  StringRef key = isGguf ? "general.architecture" : "model_type";
  formats::Fields fields(file.configFile, file.config);
  std::string type = fields.string(key);
  if (llvm::Error error = fields.takeError())
    return error;
  std::string known;
  for (const Architecture *architecture : all())
    for (StringRef name : isGguf ? architecture->ggufArchitectures : architecture->modelTypes) {
      if (name == type)
        return architecture->build(context, file, options);
      known += (known.empty() ? "" : ", ") + name.str();
    }
  return formats::fileError(file.configFile, llvm::Twine("field '") + key + "': expected one of " + known + ", got '" +
                                                 formats::printable(type) + "'");
}

} // namespace braid::models
