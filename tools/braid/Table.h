// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rows of results as Markdown, CSV or JSON, printed as they come.
#pragma once

#include "models/formats/Json.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace braid::tools {

enum class TableFormat { Markdown, Csv, Json };

struct Column {
  std::string title;
  int width;
  bool isRight = true;
};

/// Markdown shows the cells; CSV and JSON the named values of each row. All rows have the same names.
class Table {
public:
  Table(llvm::raw_ostream &os, TableFormat format, std::vector<Column> columns);
  void add(const formats::Json &values, llvm::ArrayRef<std::string> cells);
  /// Ends the table; notes follow it where the format has room for them.
  void finish(llvm::ArrayRef<std::string> notes = {});

private:
  void printCells(llvm::ArrayRef<std::string> cells);

  llvm::raw_ostream &os;
  TableFormat format;
  std::vector<Column> columns;
  size_t rows = 0;
};

} // namespace braid::tools
