// SPDX-License-Identifier: Apache-2.0
/// \file
/// Shows what was derived.
#include "compiler/targets/cpu/RecurrenceSchedule.h"
#include "tools/braid/Derive.h"

#include <cmath>

using namespace mlir;
using namespace braid::derive;
using braid::formats::Json;

namespace braid::tools {

std::string placeOf(Location location) {
  if (auto file = location->findInstanceOf<FileLineColLoc>())
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn())).str();
  return "";
}

namespace {

Json toJson(const Cost &cost) {
  return {{"KV", cost.kv}, {"K", cost.k}, {"V", cost.v}, {"one", cost.one}, {"text", cost.text()}};
}

/// A number that JSON has: infinity is written as a string.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json("infinite"); }

std::string layoutOf(const NormalForm &form) {
  std::string layout;
  for (unsigned index = 0; index < form.decays.size(); ++index) {
    attn::RecurrenceOp op = form.op;
    layout += (index ? "; " : "") + op.getArgName(index) + " ";
    layout += form.isColumn(index) ? "[head][K]"
                                   : llvm::formatv("[head][V / {0}][K][{0}]", cpu::kStateColumns).str();
  }
  return layout + ", f32, K and V padded to multiples of 16";
}

std::string microseconds(double seconds) { return llvm::formatv("{0:f3}", seconds * 1e6); }
std::string share(double part, double whole, double scale) {
  if (part == 0)
    return "-";
  return llvm::formatv("{0:f1} of {1:f1}", part / scale, whole / scale);
}

Json toJson(const certify::Certificate &certificate) {
  return {{"form", certificate.form},           {"isa", certificate.isa},
          {"precision", certificate.precision}, {"runs", certificate.runs},
          {"relative_error", number(certificate.error)}, {"bound", certificate.bound()},
          {"condition", number(certificate.condition)},  {"worst", certificate.worst},
          {"certified", certificate.isGood()},  {"faults", certificate.faults},
          {"growth", certificate.growth}};
}

Json toJson(const FormTime &time) {
  return {{"form", time.form},
          {"tokens", time.tokens},
          {"threads", time.threads},
          {"us_a_token_and_head", time.seconds * 1e6},
          {"gflops", time.flops * 1e-9},
          {"peak_gflops", time.peakFlops * 1e-9},
          {"gbytes_per_second", time.bytes * 1e-9},
          {"peak_gbytes_per_second", time.peakBytes * 1e-9},
          {"share", time.share()},
          {"bound", time.isBoundByMemory() ? "memory" : "multiply-adds"}};
}

Json toJson(const Derivation &derivation) {
  const NormalForm &form = derivation.form;
  attn::RecurrenceOp op = form.op;
  Json json = {{"variant", op.getSymName().str()},
               {"structure", nameOf(form.structure).str()},
               {"class", form.classification},
               {"forms", derivation.forms},
               {"milliseconds", derivation.seconds * 1e3}};
  if (!derivation.file.empty())
    json["file"] = derivation.file;
  if (!form.reason.empty())
    json["remark"] = {{"text", form.reason}, {"at", form.reasonAt ? placeOf(*form.reasonAt) : ""}};
  json["normal_form"] = Json::array();
  for (const auto &[left, right] : form.equations())
    json["normal_form"].push_back({{"left", left}, {"right", right}});
  if (form.hasScan()) {
    json["cost"] = {{"flops", toJson(form.flops())},
                    {"step_bytes", toJson(form.stepBytes())},
                    {"scan_bytes", toJson(form.scanBytes())}};
    json["state"] = {{"bytes", toJson(form.stateBytes())}, {"layout", layoutOf(form)}};
  }
  json["certificates"] = Json::array();
  for (const certify::Certificate &certificate : derivation.certificates)
    json["certificates"].push_back(toJson(certificate));
  json["times"] = Json::array();
  for (const FormTime &time : derivation.times)
    json["times"].push_back(toJson(time));
  return json;
}

std::string verdict(const certify::Certificate &certificate) {
  if (!certificate.isGood())
    return "WRONG";
  return certificate.condition > 0 ? llvm::formatv("certified, condition {0:f0}", certificate.condition).str()
                                   : std::string("certified");
}

void addCertificates(Table &table, const Derivation &derivation) {
  attn::RecurrenceOp op = derivation.form.op;
  for (const certify::Certificate &certificate : derivation.certificates) {
    Json values = {{"variant", op.getSymName().str()}};
    values.update(toJson(certificate));
    values.erase("faults");
    values.erase("growth");
    table.add(values,
              {certificate.form, certificate.isa, certificate.precision, std::to_string(certificate.runs),
               std::isfinite(certificate.error) ? llvm::formatv("{0:e1}", certificate.error).str() : "infinite",
               verdict(certificate)});
  }
}

void showText(llvm::raw_ostream &os, const Derivation &derivation) {
  const NormalForm &form = derivation.form;
  if (form.reasonAt && !placeOf(*form.reasonAt).empty())
    os << placeOf(*form.reasonAt) << ": remark: " << form.reason << "\n";
  form.print(os);
  if (form.hasScan())
    os << "  layout: " << layoutOf(form) << "\n";
  if (derivation.seconds > 0)
    os << llvm::formatv("  derived and compiled in {0:f0} ms (K = V = 128)\n", derivation.seconds * 1e3);
  if (!derivation.certificates.empty()) {
    os << "\n";
    Table table(os, TableFormat::Markdown,
                {{"form", 7, false}, {"isa", 9, false}, {"state", 5, false}, {"runs", 6}, {"relative error", 14},
                 {"", 9, false}});
    addCertificates(table, derivation);
    table.finish();
    for (const certify::Certificate &certificate : derivation.certificates)
      for (const std::string &fault : certificate.faults)
        os << "  " << fault << "\n";
    auto grows = llvm::find_if(derivation.certificates, [](const auto &c) { return !c.growth.empty(); });
    if (grows != derivation.certificates.end())
      os << "  the step itself leaves the range of f32; certified up to there: " << grows->growth << "\n";
  }
  if (!derivation.times.empty()) {
    os << "\n";
    Table table(os, TableFormat::Markdown,
                {{"form", 7, false}, {"tokens a call", 13}, {"us a token and head", 19}, {"GFLOP/s", 15},
                 {"GB/s", 13}, {"share", 7}});
    for (const FormTime &time : derivation.times)
      table.add({}, {time.form, std::to_string(time.tokens), microseconds(time.seconds),
                     share(time.flops, time.peakFlops, 1e9), share(time.bytes, time.peakBytes, 1e9),
                     time.share() > 0 ? llvm::formatv("{0:f1} %", 100 * time.share()).str() : "-"});
    table.finish();
  }
}

} // namespace

void report(llvm::raw_ostream &os, ArrayRef<Derivation> derivations, TableFormat format) {
  if (format == TableFormat::Markdown) {
    for (auto [index, derivation] : llvm::enumerate(derivations)) {
      if (index)
        os << "\n";
      showText(os, derivation);
    }
  } else if (format == TableFormat::Csv) {
    bool hasTimes = llvm::any_of(derivations, [](const Derivation &d) { return !d.times.empty(); });
    Table table(os, format, {});
    for (const Derivation &derivation : derivations) {
      if (!hasTimes)
        addCertificates(table, derivation);
      for (const FormTime &time : derivation.times) {
        attn::RecurrenceOp op = derivation.form.op;
        Json values = {{"variant", op.getSymName().str()}};
        values.update(toJson(time));
        table.add(values, {});
      }
    }
    table.finish();
  } else {
    Json all = Json::array();
    for (const Derivation &derivation : derivations)
      all.push_back(toJson(derivation));
    os << all.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  }
  os.flush();
}

} // namespace braid::tools
