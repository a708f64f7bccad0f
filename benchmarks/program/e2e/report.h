#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "benchmarks/program/e2e/promises.h"
#include "benchmarks/program/e2e/results.h"

namespace keymeter::e2e {

/// "0.351 [0.340 0.372]": median, least and most; "-" of no values, the value alone of one.
[[nodiscard]] std::string CellOf(const Summary& summary, int digits);

/// The tables of one load: what each subject costs, and how late and how right it is.
[[nodiscard]] std::string LoadText(const Results& results, const std::string& load);
/// What changed from another keymeter to this one, as ratios within a repeat; "" without
/// SubjectKind::kBefore.
[[nodiscard]] std::string ChangesText(const Results& results);
[[nodiscard]] std::string PromisesText(const std::vector<Promise>& promises);

/// {"runs": […], "summary": {load: {subject: {figure: {median, low, high, count}}}}, "promises": […]}
[[nodiscard]] nlohmann::ordered_json ToJson(const Results& results, const std::vector<Promise>& promises);

}  // namespace keymeter::e2e
