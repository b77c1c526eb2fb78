// SPDX-License-Identifier: Apache-2.0
/// \file
/// Checks of text before it is parsed.
#include "compiler/ParseFile.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
namespace braid {

static constexpr int mostLevels = 256;

/// Where brackets, or signs in front of a number, nest too deeply; npos if nowhere. Strings and comments do not count.
static size_t tooDeep(StringRef text) {
  int levels = 0, signs = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i)
        i += text[i] == '\\';
    } else if (c == '/' && text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
    } else if (StringRef("([{<").contains(c)) {
      ++levels;
    } else if (StringRef(")]}>").contains(c)) {
      bool isArrow = c == '>' && i && text[i - 1] == '-';
      levels -= levels > 0 && !isArrow;
    }
    signs = c == '-' ? signs + 1 : isspace(static_cast<unsigned char>(c)) ? signs : 0;
    if (levels > mostLevels || signs > mostLevels)
      return i;
  }
  return StringRef::npos;
}

OwningOpRef<ModuleOp> parseFile(StringRef path, const ParserConfig &config) {
  auto fault = [&](StringRef text, size_t at) {
    StringRef before = text.take_front(at);
    return emitError(FileLineColLoc::get(config.getContext(), path, before.count('\n') + 1,
                                         before.size() - (before.rfind('\n') + 1) + 1));
  };
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file) {
    emitError(UnknownLoc::get(config.getContext())) << path << ": cannot be opened: " << file.getError().message();
    return nullptr;
  }
  StringRef text = (*file)->getBuffer();
  if (isBytecode(**file)) {
    fault(text, 0) << "expected text, got bytecode";
    return nullptr;
  }
  if (size_t at = tooDeep(text); at != StringRef::npos) {
    fault(text, at) << "expected at most " << mostLevels << " levels of nesting, got more";
    return nullptr;
  }
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(*file), SMLoc());
  return parseSourceFile<ModuleOp>(sources, config);
}

} // namespace braid
