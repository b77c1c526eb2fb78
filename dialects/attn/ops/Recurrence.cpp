// SPDX-License-Identifier: Apache-2.0
/// \file
/// Syntax and checks of the recurrent family.
#include "dialects/Precompiled.h"
#include "dialects/attn/Attn.h"
#include "dialects/attn/ops/RegionSize.h"

#include <limits>

using namespace mlir;
using namespace braid::attn;

ParseResult RecurrenceOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> args;
  if (parser.parseSymbolName(name, "sym_name", state.attributes) ||
      parser.parseArgumentList(args, OpAsmParser::Delimiter::Paren, /*allowType=*/true, /*allowAttrs=*/true) ||
      parser.parseOptionalAttrDictWithKeyword(state.attributes))
    return failure();
  SmallVector<Attribute> facts;
  SmallVector<StringRef> names;
  bool any = false;
  for (OpAsmParser::Argument &arg : args) {
    StringRef text = arg.ssaName.name.drop_front(); // the percent sign
    names.push_back(llvm::isDigit(text.front()) ? StringRef() : text);
    facts.push_back(arg.attrs ? arg.attrs : parser.getBuilder().getDictionaryAttr({}));
    any |= arg.attrs && !arg.attrs.empty();
  }
  state.addAttribute("arg_names", parser.getBuilder().getStrArrayAttr(names));
  if (any)
    state.addAttribute("arg_attrs", parser.getBuilder().getArrayAttr(facts));
  return parser.parseRegion(*state.addRegion(), args);
}

void RecurrenceOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(getBody().getArguments(), printer, [&](BlockArgument arg) {
    DictionaryAttr facts;
    if (getArgAttrs())
      facts = cast<DictionaryAttr>((*getArgAttrs())[arg.getArgNumber()]);
    printer.printRegionArgument(arg, facts ? facts.getValue() : ArrayRef<NamedAttribute>());
  });
  printer << ')';
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"sym_name", "arg_names", "arg_attrs"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

unsigned RecurrenceOp::getStateCount() {
  return llvm::count_if(getBody().getArgumentTypes(), llvm::IsaPred<StateType, ColumnType>);
}

void RecurrenceOp::getAsmBlockArgumentNames(Region &region, OpAsmSetValueNameFn setName) {
  if (!getArgNames() || getArgNames()->size() != region.getNumArguments())
    return;
  for (auto [arg, name] : llvm::zip(region.getArguments(), getArgNames()->getAsValueRange<StringAttr>()))
    if (!name.empty())
      setName(arg, name);
}

std::string RecurrenceOp::getArgName(unsigned index) {
  if (getArgNames())
    if (StringRef name = cast<StringAttr>((*getArgNames())[index]).getValue(); !name.empty())
      return name.str();
  return "arg" + std::to_string(index);
}

Attribute RecurrenceOp::getArgFact(unsigned index, StringRef name) {
  if (!getArgAttrs())
    return {};
  return cast<DictionaryAttr>((*getArgAttrs())[index]).get(name);
}

std::pair<double, double> RecurrenceOp::getArgRange(unsigned index) {
  const double infinity = std::numeric_limits<double>::infinity();
  std::pair<double, double> range = {-infinity, infinity};
  if (auto bounds = dyn_cast_if_present<ArrayAttr>(getArgFact(index, "range")))
    range = {cast<FloatAttr>(bounds[0]).getValueAsDouble(), cast<FloatAttr>(bounds[1]).getValueAsDouble()};
  if (hasArgFact(index, "log"))
    range.second = std::min(range.second, 0.0);
  if (hasArgFact(index, "unit"))
    range = {std::max(range.first, -1.0), std::min(range.second, 1.0)};
  return range;
}

/// Checks one entry of an argument's dictionary.
static LogicalResult verifyFact(RecurrenceOp op, BlockArgument arg, NamedAttribute fact) {
  StringRef name = fact.getName();
  if (name == "range") {
    auto bounds = dyn_cast<ArrayAttr>(fact.getValue());
    if (!bounds || bounds.size() != 2 || !llvm::all_of(bounds, llvm::IsaPred<FloatAttr>))
      return op.emitOpError() << "expected the range of argument #" << arg.getArgNumber()
                              << " to be two numbers [low, high], got " << fact.getValue();
    double low = cast<FloatAttr>(bounds[0]).getValueAsDouble(), high = cast<FloatAttr>(bounds[1]).getValueAsDouble();
    if (!(low <= high))
      return op.emitOpError() << "expected the range of argument #" << arg.getArgNumber()
                              << " to rise, got " << fact.getValue();
  } else if (name == "log" || name == "unit" || name == "constant" || name == "shared") {
    if (!isa<UnitAttr>(fact.getValue()))
      return op.emitOpError() << "expected '" << name << "' of argument #" << arg.getArgNumber()
                              << " to stand alone, got " << fact.getValue();
    if (name == "unit" && isa<ScalarType>(arg.getType()))
      return op.emitOpError() << "expected argument #" << arg.getArgNumber()
                              << " to be a key or a value, as it is 'unit', got " << arg.getType();
  } else {
    return op.emitOpError() << "expected 'log', 'unit', 'range', 'constant' or 'shared' for argument #"
                            << arg.getArgNumber() << ", got " << fact.getName();
  }
  if (isa<StateType, ColumnType>(arg.getType()))
    return op.emitOpError() << "expected nothing to be said of a state, got '" << name << "' for argument #"
                            << arg.getArgNumber();
  return success();
}

LogicalResult RecurrenceOp::verifyRegions() {
  if (failed(verifySize(*this, getBody(), "step")))
    return failure();
  Block &block = getBody().front();
  unsigned states = getStateCount();
  if (!states)
    return emitOpError() << "expected a state or a column as its first argument, got none";
  for (BlockArgument arg : block.getArguments()) {
    if (!isa<StateType, ColumnType, KeyType, ValueType, ScalarType>(arg.getType()))
      return emitOpError() << "expected argument #" << arg.getArgNumber()
                           << " to be a state, a column, a key, a value or a scalar, got " << arg.getType();
    if (isa<StateType, ColumnType>(arg.getType()) && arg.getArgNumber() >= states)
      return emitOpError() << "expected the states before the token's inputs, got argument #" << arg.getArgNumber()
                           << " of " << arg.getType();
  }
  if (getArgNames() && getArgNames()->size() != block.getNumArguments())
    return emitOpError() << "expected a name for each of its " << block.getNumArguments() << " arguments, got "
                         << getArgNames()->size();
  if (getArgAttrs()) {
    if (getArgAttrs()->size() != block.getNumArguments() ||
        !llvm::all_of(*getArgAttrs(), llvm::IsaPred<DictionaryAttr>))
      return emitOpError() << "expected a dictionary for each of its " << block.getNumArguments() << " arguments";
    for (BlockArgument arg : block.getArguments())
      for (NamedAttribute fact : cast<DictionaryAttr>((*getArgAttrs())[arg.getArgNumber()]))
        if (failed(verifyFact(*this, arg, fact)))
          return failure();
  }
  for (Operation &op : block)
    if (!isa<AttnDialect>(op.getDialect()))
      return op.emitError() << "expected an operation of the attn dialect in a recurrence, got " << op.getName();
  SmallVector<Type> wanted(block.getArgumentTypes());
  wanted.truncate(states);
  wanted.push_back(ValueType::get(getContext()));
  auto yield = cast<YieldOp>(block.back()); // the dialect's one terminator
  if (yield.getOperandTypes() != TypeRange(wanted))
    return yield.emitOpError() << "expected the next states and the output, " << TypeRange(wanted) << ", got "
                               << yield.getOperandTypes();
  return success();
}
