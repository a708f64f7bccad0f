#pragma once

#include "query-api/usage/live_rates.h"
#include "query-api/usage/usage_sum.h"

namespace keymeter::query_api {

/// What one API key or account used: today, this month, in all, and right now.
///
/// Threads: a plain value. Tested by tests/query-api/usage/usage_reader_test.cc.
struct UsageSummary {
  UsageSum today;
  UsageSum month;
  UsageSum total;
  LiveRates rates;

  /// What another one used besides. Rates are of one entity, and stay.
  void AddSums(const UsageSummary& other) {
    today += other.today;
    month += other.month;
    total += other.total;
  }
};

}  // namespace keymeter::query_api
