#pragma once

#include "processor/config/api_settings.h"
#include "processor/config/options.h"
#include "query-api/api_server.h"

/// Settings → options of the query API, which config does not know.
/// Tested by tests/processor/program/api_options_test.cc.
namespace keymeter {

[[nodiscard]] query_api::AccessOptions AccessOptionsOf(const processor::AccessSettings& settings);

/// `listen` is empty for a command that does not serve: only probes are answered then.
[[nodiscard]] query_api::ApiOptions ApiOptionsOf(const processor::Options& options);

}  // namespace keymeter
