#pragma once

#include <cstdint>
#include <string>

namespace keymeter::query_api {

/// The offset of the example's source: such that it is noon there, so that a test that runs for minutes stays
/// inside one of its days.
[[nodiscard]] std::int64_t ExampleOffset(std::int64_t now_s);

/// Writes a small usage file that has one of everything, with usage up to `now_s`: today, yesterday, last
/// month, a gap, untimed hours, what a relay took back, a model without a price, names that need quoting.
/// Throws when the file is there already or cannot be written.
void WriteExample(const std::string& path, std::int64_t now_s);

}  // namespace keymeter::query_api
