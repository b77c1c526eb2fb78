// SPDX-License-Identifier: Apache-2.0
/// \file
/// Prints tables.
#include "tools/braid/Table.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace braid::tools {

/// Columns of a terminal that UTF-8 text takes, for what the tables hold: letters and "±".
static size_t widthOf(llvm::StringRef text) {
  return llvm::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

static std::string csvField(const formats::Json &value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
  std::string quoted = "\"";
  for (char c : text)
    quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

Table::Table(llvm::raw_ostream &os, TableFormat format, std::vector<Column> columns)
    : os(os), format(format), columns(std::move(columns)) {
  if (format != TableFormat::Markdown)
    return;
  std::vector<std::string> titles;
  for (const Column &column : this->columns)
    titles.push_back(column.title);
  printCells(titles);
  os << "|";
  for (const Column &column : this->columns)
    os << " " << std::string(column.width - column.isRight, '-') << (column.isRight ? ": |" : " |");
  os << "\n";
  os.flush();
}

void Table::printCells(llvm::ArrayRef<std::string> cells) {
  os << "|";
  for (auto [column, cell] : llvm::zip_equal(columns, cells)) {
    std::string space(std::max<int64_t>(0, column.width - int64_t(widthOf(cell))), ' ');
    os << " " << (column.isRight ? space + cell : cell + space) << " |";
  }
  os << "\n";
}

void Table::add(const formats::Json &values, llvm::ArrayRef<std::string> cells) {
  if (format == TableFormat::Markdown) {
    printCells(cells);
  } else if (format == TableFormat::Json) {
    os << (rows ? ",\n  " : "[\n  ") << values.dump(-1, ' ', false, formats::Json::error_handler_t::replace);
  } else {
    std::vector<std::string> names, fields;
    for (const auto &[name, value] : values.items()) {
      names.push_back(csvField(name));
      fields.push_back(csvField(value));
    }
    if (!rows)
      os << llvm::join(names, ",") << "\n";
    os << llvm::join(fields, ",") << "\n";
  }
  ++rows;
  os.flush();
}

void Table::finish(llvm::ArrayRef<std::string> notes) {
  if (format == TableFormat::Json)
    os << (rows ? "\n]\n" : "[]\n");
  if (format == TableFormat::Markdown)
    for (auto [i, note] : llvm::enumerate(notes))
      os << (i ? "" : "\n") << note << "\n";
  os.flush();
}

} // namespace braid::tools
