#include "schema/shown_name.h"

#include <algorithm>
#include <array>

#include <openssl/sha.h>

#include "schema/hex.h"
#include "schema/utf8.h"

namespace keymeter {

namespace {

constexpr char kMark = '~';
constexpr std::size_t kHashBytes = 10;
constexpr std::size_t kSuffixBytes = 1 + 2 * kHashBytes;
/// What is shown of a long name: enough to tell which it is.
constexpr std::size_t kShortenedBytes = 256;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool IsControl(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/// Ends as the name of an odd one does.
bool HasSuffix(std::string_view name) {
  if (name.size() < kSuffixBytes || name[name.size() - kSuffixBytes] != kMark) return false;
  const std::string_view digits = name.substr(name.size() - kSuffixBytes + 1);
  return std::all_of(digits.begin(), digits.end(),
                     [](char c) { return HexDigitValue(c) >= 0 && (c < 'A' || c > 'F'); });
}

bool IsClean(std::string_view name) {
  while (!name.empty()) {
    const auto letter = utf8::First(name);
    if (!letter || IsControl(letter->value)) return false;
    name.remove_prefix(letter->bytes);
  }
  return true;
}

/// At most about `most_bytes` of it, cleaned.
std::string Cleaned(std::string_view name, std::size_t most_bytes) {
  std::string clean;
  while (!name.empty() && clean.size() < most_bytes) {
    const auto letter = utf8::First(name);
    const std::size_t bytes = letter ? letter->bytes : 1;
    clean += letter && !IsControl(letter->value) ? name.substr(0, bytes) : kReplacement;
    name.remove_prefix(bytes);
  }
  return clean;
}

std::string Suffix(std::string_view name) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest.data());
  return kMark + ToHex({reinterpret_cast<const char*>(digest.data()), kHashBytes});
}

}  // namespace

bool IsShownAsItIs(std::string_view name) {
  return name.size() <= kLongestShownName && name != kShownEmptyName && !HasSuffix(name) && IsClean(name);
}

std::string ShownName(std::string_view name) {
  if (name == kEmptyName) return std::string(kShownEmptyName);
  if (IsShownAsItIs(name)) return std::string(name);
  const bool is_long = name.size() > kLongestShownName / kReplacement.size() - kSuffixBytes;
  return Cleaned(name, is_long ? kShortenedBytes : kLongestShownName) + Suffix(name);
}

std::string ShownText(std::string_view text) {
  std::string shown = utf8::Repaired(text);
  for (std::size_t at = shown.find('\0'); at != std::string::npos; at = shown.find('\0', at))
    shown.replace(at, 1, kReplacement);
  return shown;
}

}  // namespace keymeter
