#include "benchmarks/relay_load/models.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace keymeter::relay_load {
namespace {

struct KnownModel {
  const char* name;
  const char* request_name;
  bool is_claude;
  Prices prices;
};

// Prices as of the recorded trace. The free model has no cost: the relay then writes no cost field at all.
constexpr std::array kKnownModels{
    KnownModel{"claude-sonnet-4-20250514", "", true, {3'000'000, 15'000'000, 3'750'000, 6'000'000, 300'000}},
    KnownModel{
        "claude-opus-4-20250514", "", true, {15'000'000, 75'000'000, 18'750'000, 30'000'000, 1'500'000}},
    KnownModel{"deepseek/deepseek-r1:free", "", false, {}},
    KnownModel{"gpt-5", "", false, {1'250'000, 10'000'000, 0, 0, 125'000}},
    KnownModel{"claude-3-5-haiku-20241022",
               "us.anthropic.claude-3-5-haiku-20241022-v1:0",
               true,
               {800'000, 4'000'000, 1'000'000, 1'600'000, 80'000}},
    KnownModel{"gemini-2.5-pro", "", false, {1'250'000, 10'000'000, 0, 0, 125'000}},
    KnownModel{"unknown", "", false, {3'000'000, 15'000'000, 3'750'000, 6'000'000, 300'000}},
    KnownModel{"openrouter/anthropic/claude-3:beta",
               "",
               false,
               {3'000'000, 15'000'000, 3'750'000, 6'000'000, 300'000}},
};

}  // namespace

std::vector<Model> MakeModels(std::size_t count) {
  std::vector<Model> models;
  models.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (i >= kKnownModels.size()) {
      const std::string name = fmt::format("vendor-{}/model-{}:v{}", i % 7, i, i % 3);
      models.push_back({name, name, false, kKnownModels.front().prices});
      continue;
    }
    const KnownModel& known = kKnownModels[i];
    const std::string request_name = *known.request_name != '\0' ? known.request_name : known.name;
    models.push_back({known.name, request_name, known.is_claude, known.prices});
  }
  return models;
}

}  // namespace keymeter::relay_load
