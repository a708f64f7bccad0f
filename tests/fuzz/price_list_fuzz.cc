/// Input: a price list, then a newline and what a relay calls a model. The list is taken or refused with a
/// reason; what is taken holds prices only, and finds each of its own names.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "schema/price_list.h"

namespace {

bool IsPrice(double usd) {
  return usd >= 0 && usd <= keymeter::PriceList::kMaxPrice;
}

bool ArePrices(const keymeter::TokenPrices& prices) {
  return IsPrice(prices.input) && IsPrice(prices.output) && IsPrice(prices.cache_create) &&
         IsPrice(prices.cache_create_1h) && IsPrice(prices.cache_read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.rfind('\n');
  const auto list = keymeter::PriceList::Parse(text.substr(0, end));
  if (!list) {
    if (list.error().message.empty()) std::abort();
    return 0;
  }
  for (const auto& [name, entry] : list->entries()) {
    const auto* found = list->Find(name);
    if (found != &entry || !ArePrices(entry.price.tokens) || !ArePrices(entry.price.long_context))
      std::abort();
  }
  if (end != std::string_view::npos) (void)list->Find(text.substr(end + 1));
  return 0;
}
