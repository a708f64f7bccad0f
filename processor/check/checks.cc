#include "processor/check/checks.h"

#include <optional>

namespace keymeter::check {

namespace {

std::optional<std::string> WhyNot(Needs needs, const Facts& facts) {
  if (needs == Needs::kRedis && facts.source.unreachable) return "Redis was not reached";
  if (needs != Needs::kFile) return std::nullopt;
  if (!facts.file.is_there) return "there is no file yet";
  if (!facts.file.is_readable) return "this user may not read the file";
  if (facts.file.unusable) return "the file is not ours to read";
  return std::nullopt;
}

}  // namespace

std::vector<Check> AllChecks() {
  std::vector<Check> all;
  for (const auto part : {SourceChecks(), RelayChecks(), FileChecks(), HostChecks()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<Finding> Examine(const Facts& facts, const processor::Options& options) {
  std::vector<Finding> findings;
  for (const Check& check : AllChecks()) {
    const auto why_not = WhyNot(check.needs, facts);
    const Observations seen = why_not ? Observations{Skipped(*why_not)} : check.judge(facts, options);
    for (const Observation& observation : seen)
      findings.push_back({check.group, std::string(check.name), observation});
  }
  return findings;
}

}  // namespace keymeter::check
