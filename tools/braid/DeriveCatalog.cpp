// SPDX-License-Identifier: Apache-2.0
/// \file
/// `braid derive --catalog`: a page on every variant of the catalogue, from the files themselves.
#include "tools/braid/Derive.h"

#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace braid::derive;

namespace braid::tools {

namespace {

/// The comment at the head of a file: prose, and formulas, which are indented.
struct HeadComment {
  struct Line {
    std::string text;
    bool isFormula;
  };
  std::vector<Line> lines;

  explicit HeadComment(StringRef text) {
    while (text.consume_front("//")) {
      auto [line, rest] = text.split('\n');
      lines.push_back({line.trim().str(), line.starts_with("   ")});
      text = rest;
    }
  }

  void print(llvm::raw_ostream &os) const {
    bool inFormula = false;
    for (const Line &line : lines) {
      if (line.isFormula != inFormula)
        os << "\n";
      inFormula = line.isFormula;
      os << (inFormula ? "    " : "") << line.text << "\n";
    }
    os << "\n";
  }

  /// Links to the papers, or "-".
  std::string papers() const {
    std::string all, links;
    for (const Line &line : lines)
      all += line.text + " ";
    llvm::Regex paper("arXiv ([0-9]{4}\\.[0-9]{5})");
    SmallVector<StringRef> groups;
    for (StringRef rest = all; paper.match(rest, &groups); rest = rest.substr(rest.find(groups[0]) + groups[0].size()))
      links += (links.empty() ? "" : ", ") + ("[" + groups[1] + "](https://arxiv.org/abs/" + groups[1] + ")").str();
    return links.empty() ? "-" : links;
  }
};

std::string formsText(const NormalForm &form) {
  return form.hasChunk() ? "step, scan, chunk, combine" : form.hasScan() ? "step, scan" : "step";
}

} // namespace

llvm::Error reportCatalog(MLIRContext &context, llvm::raw_ostream &os) {
  os << "# The catalogue of attention variants\n\n"
        "Generated from `dialects/attn/catalog/*/*.mlir` by `braid derive --catalog`; do not edit.\n"
        "What each column means, and how to add a variant: [variants.md](variants.md).\n\n"
        "## Recurrent\n\n";
  std::vector<OwningOpRef<ModuleOp>> modules;
  std::vector<NormalForm> forms;
  for (StringRef name : attn::catalogNames(attn::RecurrenceOp::getOperationName())) {
    modules.push_back(ModuleOp::create(UnknownLoc::get(&context)));
    auto op = attn::importVariant<attn::RecurrenceOp>(*modules.back(), name);
    if (failed(op))
      return llvm::createStringError("the catalogue entry '" + name + "' does not parse");
    forms.push_back(normalize(*op));
  }
  os << "| variant | class | forms | operations a token and head | bytes of state a head | papers |\n"
        "|---|---|---|--:|--:|---|\n";
  for (NormalForm &form : forms) {
    StringRef name = form.op.getSymName();
    os << "| [" << name << "](#" << name << ") | " << form.classification << " | " << formsText(form) << " | "
       << form.flops().text() << " | " << form.stateBytes().text() << " | "
       << HeadComment(*attn::catalogText(name)).papers() << " |\n";
  }
  for (NormalForm &form : forms) {
    StringRef name = form.op.getSymName();
    os << "\n### " << name << "\n\n";
    HeadComment(*attn::catalogText(name)).print(os);
    os << "Normal form:\n\n";
    for (const auto &[left, right] : form.equations())
      os << "    " << left << " = " << right << "\n";
  }
  os << "\n## Softmax\n";
  for (StringRef name : attn::catalogNames(attn::SoftmaxOp::getOperationName())) {
    os << "\n### " << name << "\n\n";
    HeadComment comment(*attn::catalogText(name));
    comment.print(os);
    os << "Papers: " << comment.papers() << "\n";
  }
  return llvm::Error::success();
}

} // namespace braid::tools
