/// Input: a query. What is taken is UTF-8 (names without control characters), within the bounds, and the same
/// again when it is encoded and parsed once more; what is not is refused with a reason. Its values as
/// parameters are within what was asked for.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "query-api/http/params.h"
#include "query-api/http/url.h"
#include "schema/percent.h"
#include "schema/utf8.h"

namespace {

using namespace keymeter;
using namespace keymeter::query_api;

constexpr std::int64_t kLeast = -7;
constexpr std::int64_t kMost = 10'000;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsText(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return utf8::IsValid(text) && std::none_of(text.begin(), text.end(), is_control);
}

void CheckDecoding(std::string_view text) {
  for (const PlusSign plus : {PlusSign::kPlus, PlusSign::kBlank}) {
    const auto decoded = DecodeUrlText(text, plus);
    if (!decoded) continue;
    Require(utf8::IsValid(*decoded) && decoded->size() <= text.size());
    Require(DecodeUrlText(PercentEncode(*decoded), plus) == decoded);
  }
}

void CheckQuery(std::string_view text) {
  const auto pairs = ParseQuery(text);
  if (!pairs) {
    Require(!pairs.error().message.empty() && utf8::IsValid(pairs.error().message));
    return;
  }
  Require(pairs->size() <= kMaxQueryParameters);
  std::string again;
  for (const auto& [name, value] : *pairs) {
    Require(IsText(name) && utf8::IsValid(value) && value.size() <= kMaxValueBytes);
    again += PercentEncode(name) + '=' + PercentEncode(value) + '&';
  }
  Require(ParseQuery(again) == *pairs);
}

void CheckParams(std::string_view text) {
  const auto params = Params::Parse(text, {"limit", "order", "isActive", "search"});
  if (!params) return;
  const auto limit = params->Int("limit", kLeast, kMost);
  Require(!limit || !*limit || (**limit >= kLeast && **limit <= kMost));
  const auto order = params->OneOf("order", {"asc", "desc"});
  Require(!order || *order == "asc" || *order == "desc");
  Require(params->Bool("isActive") || params->Text("isActive"));
  Require(params->pairs().size() <= 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckDecoding(text);
  CheckQuery(text);
  CheckParams(text);
  return 0;
}
