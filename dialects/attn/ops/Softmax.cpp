// SPDX-License-Identifier: Apache-2.0
/// \file
/// Syntax and checks of the softmax family.
#include "dialects/Precompiled.h"
#include "dialects/attn/Attn.h"
#include "dialects/attn/ops/RegionSize.h"

using namespace mlir;
using namespace braid::attn;

/// The keywords of the regions, in their order.
static constexpr StringRef kParts[] = {"score", "mask", "block"};

/// Parses `keyword (args) { ... }` into `region`, whose block takes the variant's parameters first.
static OptionalParseResult parsePart(OpAsmParser &parser, StringRef keyword, ArrayRef<OpAsmParser::Argument> params,
                                     Region &region) {
  if (failed(parser.parseOptionalKeyword(keyword)))
    return std::nullopt;
  SmallVector<OpAsmParser::Argument> args(params);
  if (parser.parseArgumentList(args, OpAsmParser::Delimiter::Paren, /*allowType=*/true))
    return failure();
  return parser.parseRegion(region, args);
}

ParseResult SoftmaxOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  if (parser.parseSymbolName(name, "sym_name", state.attributes))
    return failure();
  SmallVector<OpAsmParser::Argument> params;
  if (parser.parseArgumentList(params, OpAsmParser::Delimiter::OptionalParen, /*allowType=*/true) ||
      parser.parseOptionalAttrDictWithKeyword(state.attributes) || parser.parseLBrace())
    return failure();
  SmallVector<Attribute> types;
  for (OpAsmParser::Argument &param : params)
    types.push_back(TypeAttr::get(param.type));
  state.addAttribute("params", parser.getBuilder().getArrayAttr(types));
  for (StringRef keyword : kParts) {
    OptionalParseResult result = parsePart(parser, keyword, params, *state.addRegion());
    if (result.has_value() && failed(*result))
      return failure();
  }
  return parser.parseRBrace();
}

void SoftmaxOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  Region *first = nullptr;
  for (Region &region : (*this)->getRegions())
    if (!region.empty() && !first)
      first = &region;
  unsigned count = getParams().size();
  if (count && first) {
    printer << '(';
    llvm::interleaveComma(first->getArguments().take_front(count), printer,
                          [&](BlockArgument arg) { printer.printRegionArgument(arg); });
    printer << ')';
  }
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"sym_name", "params"});
  printer << " {";
  printer.increaseIndent();
  for (auto [keyword, region] : llvm::zip(kParts, (*this)->getRegions())) {
    if (region.empty())
      continue;
    printer.printNewline();
    printer << keyword << " (";
    llvm::interleaveComma(region.getArguments().drop_front(count), printer,
                          [&](BlockArgument arg) { printer.printRegionArgument(arg); });
    printer << ") ";
    // The parameters are named once, at the head: the other regions use the same names.
    if (first != &region) {
      SmallVector<Value> names(first->getArguments().take_front(count));
      llvm::append_range(names, region.getArguments().drop_front(count));
      printer.shadowRegionArgs(region, names);
    }
    printer.printRegion(region, /*printEntryBlockArgs=*/false);
  }
  printer.decreaseIndent();
  printer.printNewline();
  printer << '}';
}

LogicalResult SoftmaxOp::verifyRegions() {
  if (!getParams().empty() && llvm::all_of((*this)->getRegions(), [](Region &region) { return region.empty(); }))
    return emitOpError() << "expected no parameters without a region that reads them, got " << getParams().size();
  auto index = IndexType::get(getContext());
  auto f32 = Float32Type::get(getContext());
  auto i1 = IntegerType::get(getContext(), 1);
  struct Part {
    StringRef name;
    Region &region;
    SmallVector<Type> takes, yields;
  };
  Part parts[] = {{"score", getScore(), {f32, index, index, index}, {f32}},
                  {"mask", getMask(), {index, index, index}, {i1}},
                  {"block", getBlock(), {index, index, index, index, index}, {i1, i1}}};
  for (Part &part : parts) {
    if (part.region.empty())
      continue;
    if (failed(verifySize(*this, part.region, part.name)))
      return failure();
    SmallVector<Type> takes(getParams().getAsValueRange<TypeAttr>());
    llvm::append_range(takes, part.takes);
    if (!part.region.hasOneBlock())
      return emitOpError() << "expected its " << part.name << " to have one block, got "
                           << part.region.getBlocks().size();
    if (part.region.getArgumentTypes() != TypeRange(takes))
      return emitOpError() << "expected its " << part.name << " to take " << TypeRange(takes) << ", got "
                           << TypeRange(part.region.getArgumentTypes());
    auto yield = dyn_cast_if_present<YieldOp>(
        part.region.front().empty() ? nullptr : &part.region.front().back());
    if (!yield)
      return emitOpError() << "expected its " << part.name << " to end with attn.yield of " << TypeRange(part.yields);
    if (yield.getOperandTypes() != TypeRange(part.yields))
      return emitOpError() << "expected its " << part.name << " to end with attn.yield of " << TypeRange(part.yields)
                           << ", got " << yield.getOperandTypes();
  }
  return success();
}
