#include "schema/prometheus_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace keymeter {

namespace {

std::string Escape(std::string_view text, bool is_label) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\\\";
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (c == '"' && is_label) {
      escaped += "\\\"";
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

template <typename Labels>
auto Listed(const Labels& labels) {
  std::vector<std::pair<std::string_view, std::string>> list;
  for (const auto& [name, value] : labels) list.emplace_back(name, value);
  return list;
}

}  // namespace

PrometheusText::Family& PrometheusText::FamilyOf(std::string_view name, std::string_view help,
                                                 std::string_view type) {
  const auto found = std::find_if(families_.begin(), families_.end(),
                                  [&](const Family& family) { return family.name == name; });
  if (found != families_.end()) return *found;
  const std::string header = fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, Escape(help, false), type);
  return families_.emplace_back(Family{std::string(name), header, ""});
}

void PrometheusText::AddSample(Family& family, std::string_view name, const LabelList& labels, double value) {
  family.samples += name;
  char separator = '{';
  for (const auto& [label, text] : labels) {
    family.samples += fmt::format("{}{}=\"{}\"", separator, label, Escape(text, true));
    separator = ',';
  }
  family.samples += fmt::format("{} {}\n", labels.empty() ? "" : "}", value);
}

void PrometheusText::Counter(std::string_view name, std::string_view help, double value, Labels labels) {
  AddSample(FamilyOf(name, help, "counter"), name, Listed(labels), value);
}

void PrometheusText::Gauge(std::string_view name, std::string_view help, double value, Labels labels) {
  AddSample(FamilyOf(name, help, "gauge"), name, Listed(labels), value);
}

void PrometheusText::Histogram(std::string_view name, std::string_view help,
                               const std::vector<double>& bounds, const std::vector<std::uint64_t>& counts,
                               double sum, Labels labels) {
  Family& family = FamilyOf(name, help, "histogram");
  const std::string bucket = fmt::format("{}_bucket", name);
  std::uint64_t running = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    running += counts[i];
    LabelList with_bound = Listed(labels);
    with_bound.emplace_back("le", i < bounds.size() ? fmt::format("{}", bounds[i]) : "+Inf");
    AddSample(family, bucket, with_bound, static_cast<double>(running));
  }
  AddSample(family, fmt::format("{}_sum", name), Listed(labels), sum);
  AddSample(family, fmt::format("{}_count", name), Listed(labels), static_cast<double>(running));
}

std::string PrometheusText::Text() const {
  std::string text;
  for (const Family& family : families_) text += family.header + family.samples;
  return text;
}

}  // namespace keymeter
