#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Percent-encoding of URLs (RFC 3986, section 2.1). Threads: pure functions.
namespace keymeter {

/// What '+' stands for: itself in paths, a blank in the queries of HTML forms.
enum class PlusSign : bool { kPlus, kBlank };

/// "%E2%82%AC" → "€". Nothing when an escape is cut short or no hex. The outcome may be any bytes: look at
/// them before you use them.
[[nodiscard]] std::optional<std::string> PercentDecode(std::string_view text,
                                                       PlusSign plus = PlusSign::kPlus);

/// Escapes all bytes for which `keeps` is false.
[[nodiscard]] std::string PercentEncode(std::string_view text, bool (*keeps)(char c));

/// Escapes everything but letters, digits and "-._~", which stand for themselves in every part of a URL.
[[nodiscard]] std::string PercentEncode(std::string_view text);

}  // namespace keymeter
