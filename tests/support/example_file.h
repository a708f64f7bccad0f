#pragma once

#include <cstdint>
#include <string>

namespace keymeter::query_api {

/// The UTC offset of the example's source, chosen so that it is noon there: a test that runs for minutes
/// stays inside one day.
[[nodiscard]] std::int64_t ExampleOffset(std::int64_t now_s);

/// Writes a small usage file that has one of everything, with usage up to `now_s`: today, yesterday, last
/// month, a gap, untimed hours, what a relay took back, a model without a price, names that need quoting.
/// Throws when the file exists already or cannot be written.
void WriteExample(const std::string& path, std::int64_t now_s);

}  // namespace keymeter::query_api
