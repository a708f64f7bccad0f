#include <array>

#include <fmt/format.h>

#include "query-api/exports/report_writer.h"

/// Tested by tests/query-api/exports/report_writer_test.cc.
namespace keymeter::query_api {

void AppendUsd(std::string& out, std::int64_t micros) {
  constexpr std::uint64_t kMicros = 1'000'000;
  // The smallest number has no positive one of its own.
  const std::uint64_t amount =
      micros < 0 ? ~static_cast<std::uint64_t>(micros) + 1 : static_cast<std::uint64_t>(micros);
  if (micros < 0) out.push_back('-');
  out += fmt::format_int(amount / kMicros).c_str();
  std::uint64_t fraction = amount % kMicros;
  if (fraction == 0) return;
  std::array<char, 7> digits{'.'};
  for (std::size_t i = 6; i >= 1; --i, fraction /= 10) digits.at(i) = static_cast<char>('0' + fraction % 10);
  const std::string_view text(digits.data(), digits.size());
  out += text.substr(0, text.find_last_not_of('0') + 1);
}

}  // namespace keymeter::query_api
