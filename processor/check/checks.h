#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "processor/check/facts.h"
#include "processor/check/finding.h"
#include "processor/config/options.h"

namespace keymeter::check {

/// What a check needs. Where that is missing, the check is listed as skipped, with the reason.
enum class Needs : std::uint8_t { kNothing, kRedis, kFile };

/// One question of the list. Pure: facts and settings in, observations out; no observation when it does not
/// apply. Tested by tests/processor/check/{source,relay,file,host}_checks_test.cc.
struct Check {
  Group group;
  std::string_view name;
  Needs needs;
  Observations (*judge)(const Facts& facts, const processor::Options& options);
};

/// In the order of the list.
[[nodiscard]] std::vector<Check> AllChecks();

[[nodiscard]] std::vector<Finding> Examine(const Facts& facts, const processor::Options& options);

// The parts of AllChecks, each in a file of its own.
[[nodiscard]] std::span<const Check> SourceChecks();
[[nodiscard]] std::span<const Check> RelayChecks();
[[nodiscard]] std::span<const Check> FileChecks();
[[nodiscard]] std::span<const Check> HostChecks();

}  // namespace keymeter::check
