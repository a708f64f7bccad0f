#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keymeter {

/// Writes metrics in the Prometheus text format 0.0.4.
///
/// Samples of one name stand together under one HELP and TYPE, whatever the order of the calls. Label values
/// are fixed words of ours: never ids, names or anything else from outside.
/// Threads: one. Bounds: holds the page until it is written.
class PrometheusText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Only grows; the name ends in `_total`.
  void Counter(std::string_view name, std::string_view help, double value, Labels labels = {});
  void Gauge(std::string_view name, std::string_view help, double value, Labels labels = {});
  /// `counts[i]` observations were at most `bounds[i]`, but above the bound before; `counts` has one more,
  /// for those above all bounds.
  void Histogram(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                 const std::vector<std::uint64_t>& counts, double sum, Labels labels = {});

  [[nodiscard]] std::string Text() const;

 private:
  using LabelList = std::vector<std::pair<std::string_view, std::string>>;
  struct Family {
    std::string name;
    std::string header;
    std::string samples;
  };

  Family& FamilyOf(std::string_view name, std::string_view help, std::string_view type);
  static void AddSample(Family& family, std::string_view name, const LabelList& labels, double value);

  std::vector<Family> families_;
};

}  // namespace keymeter
