#pragma once

#include <string>

#include <gtest/gtest.h>

#include "processor/check/checks.h"

namespace keymeter::check {

/// Facts in which all is well, for a test to plant a fault in.
class WellFacts : public ::testing::Test {
 protected:
  WellFacts();

  /// The lines of one check; "" when there is none.
  [[nodiscard]] std::vector<Finding> Of(const std::string& check) const;
  /// The worst line of one check.
  [[nodiscard]] Observation Worst(const std::string& check) const;
  /// `check` says so, as severe as that, and names the remedy; every other check is content.
  void Expect(const std::string& check, Severity severity, const std::string& seen,
              const std::string& remedy = "") const;

  static constexpr std::int64_t kNowMs = 1'795'176'000'000;  ///< 2026-11-20T12:00:00Z

  Facts facts_;
  processor::Options options_;
};

}  // namespace keymeter::check
