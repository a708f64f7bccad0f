#include "schema/price_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/ranges.h>

#include "schema/bounded_json.h"
#include "schema/embedded.h"
#include "schema/small_file.h"

namespace keymeter {

namespace {

using PriceJson = nlohmann::json;

/// Not a model: LiteLLM's description of the format, inside the file.
constexpr std::string_view kDescription = "sample_spec";

/// Where a relay keeps the list that it charges by, from its folder on: what it fetched, what it came with.
constexpr auto kListsOfRelay = std::to_array<std::string_view>(
    {"data/model_pricing.json", "resources/model-pricing/model_prices_and_context_window.json"});

/// Of one entry. Thrown inside this file only, and caught in Parse.
struct PriceMisfit {
  std::string message;
};

/// One model's fields.
class Fields {
 public:
  explicit Fields(const PriceJson& json) : json_(json) {
    if (!json.is_object()) throw PriceMisfit{"is not an object"};
  }

  /// Nothing when the field is missing or null.
  [[nodiscard]] std::optional<double> Price(const std::string& field) const {
    const auto found = json_.find(field);
    if (found == json_.end() || found->is_null()) return std::nullopt;
    const double price = NumberOf(field, *found);
    if (!(price >= 0 && price <= PriceList::kMaxPrice))
      Misfits(field, fmt::format("{} is no price: USD for one token, from 0 to {}", found->dump(),
                                 PriceList::kMaxPrice));
    return price;
  }

  /// The least of the numbers in `input_cost_per_token_above_200k_tokens`; 0 without such a field.
  [[nodiscard]] std::int64_t LongAbove() const {
    std::int64_t least = 0;
    for (const auto& [name, value] : json_.items()) {
      const std::int64_t above = value.is_null() ? 0 : ThresholdOf(name);
      if (above > 0 && (least == 0 || above < least)) least = above;
    }
    return least;
  }

  /// What follows a field's name for prices of long contexts: "_above_200k_tokens".
  [[nodiscard]] std::string LongSuffix(std::int64_t above) const {
    for (const auto& [name, value] : json_.items())
      if (ThresholdOf(name) == above) return name.substr(kInput.size());
    return {};
  }

 private:
  static constexpr std::string_view kInput = "input_cost_per_token";

  [[noreturn]] static void Misfits(const std::string& field, const std::string& why) {
    throw PriceMisfit{fmt::format("{}: {}", field, why)};
  }

  /// LiteLLM takes numbers that stand in quotes, too.
  [[nodiscard]] static double NumberOf(const std::string& field, const PriceJson& json) {
    if (json.is_number()) return json.get<double>();
    if (!json.is_string()) Misfits(field, "is not a number");
    const auto& text = json.get_ref<const std::string&>();
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) Misfits(field, "is not a number");
    return value;
  }

  static std::int64_t ThresholdOf(std::string_view name) {
    constexpr std::string_view kPrefix = "input_cost_per_token_above_";
    if (!name.starts_with(kPrefix)) return 0;
    name.remove_prefix(kPrefix.size());
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
    const std::string_view rest(end, static_cast<std::size_t>(name.data() + name.size() - end));
    constexpr std::int64_t kMost = 1'000'000'000;
    if (failure != std::errc() || number <= 0 || number > kMost) return 0;
    if (rest == "k_tokens") return number * 1000;
    return rest == "_tokens" ? number : 0;
  }

  const PriceJson& json_;
};

/// The prices whose fields end in `suffix`. What is missing costs what it costs in `base`, if that has a
/// field of its own for it; else what the header says.
TokenPrices ReadTokens(const Fields& fields, double input, const std::string& suffix = "",
                       const TokenPrices* base = nullptr) {
  const auto price = [&](const std::string& field, double TokenPrices::*kind, double otherwise) {
    if (const auto own = fields.Price(field + suffix)) return *own;
    return base != nullptr && fields.Price(field) ? base->*kind : otherwise;
  };
  TokenPrices prices;
  prices.input = input;
  prices.output = price("output_cost_per_token", &TokenPrices::output, 0);
  prices.cache_create = price("cache_creation_input_token_cost", &TokenPrices::cache_create, input);
  prices.cache_create_1h =
      price("cache_creation_input_token_cost_above_1hr", &TokenPrices::cache_create_1h, prices.cache_create);
  prices.cache_read = price("cache_read_input_token_cost", &TokenPrices::cache_read, input);
  return prices;
}

/// Nothing for a model that is not priced by the token.
std::optional<ModelPrice> ReadModel(std::string_view name, const PriceJson& json) {
  if (name.empty() || name.size() > PriceList::kMaxNameBytes)
    throw PriceMisfit{fmt::format("a name has 1 to {} bytes", PriceList::kMaxNameBytes)};
  const Fields fields(json);
  const auto input = fields.Price("input_cost_per_token");
  if (!input) return std::nullopt;
  ModelPrice price;
  price.tokens = ReadTokens(fields, *input);
  price.long_above = fields.LongAbove();
  if (price.long_above > 0) {
    const std::string suffix = fields.LongSuffix(price.long_above);
    price.long_context = ReadTokens(fields, fields.Price("input_cost_per_token" + suffix).value_or(*input),
                                    suffix, &price.tokens);
  }
  return price;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view TailOf(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string_view WithoutLongMark(std::string_view name) {
  constexpr std::string_view kMark = "[1m]";
  return name.ends_with(kMark) ? name.substr(0, name.size() - kMark.size()) : name;
}

/// Without "-20250805" or "-2025-08-07".
std::string_view WithoutDate(std::string_view name) {
  for (const std::string_view form : {std::string_view("-20dddddd"), std::string_view("-20dd-dd-dd")}) {
    if (name.size() <= form.size()) continue;
    const std::string_view end = name.substr(name.size() - form.size());
    const auto fits = [](char c, char wanted) { return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted; };
    if (std::equal(end.begin(), end.end(), form.begin(), fits))
      return name.substr(0, name.size() - form.size());
  }
  return name;
}

}  // namespace

Result<PriceList> PriceList::Parse(std::string_view json, std::string_view source) {
  ASSIGN_OR_RETURN(const auto root, ParseJson<PriceJson>(json, {.bytes = kMaxBytes, .depth = kMaxDepth}));
  if (!root.is_object()) return Fail(ErrorCode::kInvalid, "is not an object of models");
  if (root.size() > kMaxModels) return Fail(ErrorCode::kInvalid, "has more than {} models", kMaxModels);
  PriceList list;
  list.source_ = source;
  for (const auto& [name, fields] : root.items()) {
    if (name == kDescription) continue;
    try {
      if (const auto price = ReadModel(name, fields)) {
        list.entries_.emplace(name, Entry{name, *price, list.source_});
      } else {
        ++list.skipped_;
      }
    } catch (const PriceMisfit& misfit) {
      list.faults_.push_back(
          {name.size() > kMaxNameBytes ? fmt::format("{:.40}…", name) : name, misfit.message});
    }
  }
  if (list.entries_.empty() && list.faults_.empty())
    return Fail(ErrorCode::kInvalid, "has no model with input_cost_per_token");
  list.BuildIndexes();
  return list;
}

Result<std::string> PriceList::FileOf(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code none;
  if (!fs::is_directory(path, none)) return path;
  for (const std::string_view list : kListsOfRelay)
    if (const fs::path file = fs::path(path) / list; fs::exists(file, none)) return file.string();
  return Fail(MakeError(ErrorCode::kInvalid, "prices {}: is a folder without {}", path,
                        fmt::join(kListsOfRelay, " and without "))
                  .Remedy("name the relay's folder, or the list itself"));
}

Result<PriceList> PriceList::Load(const std::string& path) {
  auto list = Parse(EmbeddedPrices().front().text, kBuiltIn);
  if (!list) return Fail(list.error().In("built-in prices"));
  if (path.empty()) return list;
  ASSIGN_OR_RETURN(const auto file, FileOf(path));
  const auto text = ReadSmallFile(file, kMaxBytes);
  if (!text)
    return Fail(
        MakeError(ErrorCode::kInvalid, "prices {}", text.error().message).Because(text.error().reason));
  auto own = Parse(*text, file);
  if (!own) return Fail(own.error().In(fmt::format("prices {}", file)));
  for (const Fault& fault : own->faults_) list->entries_.erase(fault.name);
  own->entries_.merge(list->entries_);
  own->BuildIndexes();
  return own;
}

void PriceList::BuildIndexes() {
  by_lower_name_.clear();
  by_lower_tail_.clear();
  const auto add = [](Index& index, std::string key, const Entry& entry) {
    const auto [place, is_new] = index.emplace(std::move(key), &entry);
    if (!is_new && place->second != nullptr && place->second->price != entry.price) place->second = nullptr;
  };
  for (const auto& [name, entry] : entries_) {
    add(by_lower_name_, Lower(name), entry);
    const std::string_view tail = TailOf(name);
    if (tail.size() < name.size() && !tail.empty()) add(by_lower_tail_, Lower(tail), entry);
  }
}

const PriceList::Entry* PriceList::FindName(std::string_view name) const {
  if (const auto exact = entries_.find(name); exact != entries_.end()) return &exact->second;
  const std::string lower = Lower(name);
  for (const Index* index : {&by_lower_name_, &by_lower_tail_})
    if (const auto found = index->find(lower); found != index->end()) return found->second;
  return nullptr;
}

const PriceList::Entry* PriceList::Find(std::string_view model) const {
  const std::string_view name = WithoutLongMark(model);
  const std::string_view tail = TailOf(name);
  for (const std::string_view candidate : {model, name, tail, WithoutDate(name), WithoutDate(tail)})
    if (const Entry* entry = FindName(candidate)) return entry;
  return nullptr;
}

}  // namespace keymeter
