#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/error.h"

namespace keymeter {

/// USD for one token, by kind.
struct TokenPrices {
  double input = 0;
  double output = 0;
  double cache_create = 0;     ///< kept five minutes
  double cache_create_1h = 0;  ///< kept one hour
  double cache_read = 0;

  bool operator==(const TokenPrices&) const = default;
};

/// What a model costs.
struct ModelPrice {
  TokenPrices tokens;
  /// A request with more input tokens than this costs `long_context`; 0: there are no such prices.
  std::int64_t long_above = 0;
  TokenPrices long_context;

  bool operator==(const ModelPrice&) const = default;
};

/// Prices by model, read from LiteLLM's `model_prices_and_context_window.json`.
///
/// Not for what a model cost last month: that is the table `price` (see PriceWriter). An entry that cannot be
/// used is left out and named (faults), so that no price can stop the metering. Fields that are read
/// are `input_cost_per_token`, `output_cost_per_token`, `cache_creation_input_token_cost` (also
/// `…_above_1hr`) and `cache_read_input_token_cost`, each also with `_above_200k_tokens` (or another number).
/// Where a field is missing, output costs nothing (such a model has none), cached tokens cost as much as
/// input, and an hour in the cache as much as five minutes. Other fields, and models without
/// `input_cost_per_token` (images, audio), are skipped.
/// Threads: const, any. Bounds: kMaxBytes, kMaxModels, kMaxDepth, kMaxPrice.
class PriceList {
 public:
  static constexpr std::size_t kMaxBytes = 16U << 20U;  ///< LiteLLM's own file has 1.6 MB
  static constexpr std::size_t kMaxModels = 20'000;
  static constexpr std::size_t kMaxNameBytes = 256;
  static constexpr std::size_t kMaxDepth = 16;
  static constexpr double kMaxPrice = 1.0;  ///< USD for a token; a higher price has the wrong unit

  static constexpr std::string_view kBuiltIn = "built-in";

  struct Entry {
    std::string name;  ///< in the list
    ModelPrice price;
    std::string source{};  ///< kBuiltIn, or the file that it comes from
  };
  struct Fault {
    std::string name;    ///< of the entry, cut when it is too long for a model
    std::string reason;  ///< with the field
  };

  /// Errors are kInvalid and of the list as a whole: it is not JSON, or names no model.
  static Result<PriceList> Parse(std::string_view json, std::string_view source = "");
  /// The built-in prices, with those of the file (unless `path` is empty) in the place of theirs, by model.
  /// An entry that cannot be used takes the built-in one's place, too: its model keeps the price that it had.
  /// `path` may also be the relay's folder: then it is the list that the relay itself charges by (FileOf).
  static Result<PriceList> Load(const std::string& path);
  /// The list that a relay keeps in its folder: data/model_pricing.json, before it first fetched one the
  /// resources/model-pricing/model_prices_and_context_window.json that it came with. What is no folder is
  /// returned as it is.
  static Result<std::string> FileOf(const std::string& path);

  /// The entry that prices what a relay calls `model`; null when there is none, or when several that differ
  /// could be meant. Tried in this order, each as it is, then in any case, then as the part of a
  /// listed name behind its last '/': the name; without `[1m]` (the relay's mark of a long context); its
  /// part behind the last '/'; both without the date at their end (`-20250805`, `-2025-08-07`).
  [[nodiscard]] const Entry* Find(std::string_view model) const;

  [[nodiscard]] const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }
  [[nodiscard]] std::size_t skipped() const { return skipped_; }  ///< models without prices for tokens
  /// Entries that cannot be used, in the order of their names.
  [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
  [[nodiscard]] const std::string& source() const { return source_; }  ///< kBuiltIn, or the file

  PriceList(PriceList&&) noexcept = default;
  PriceList& operator=(PriceList&&) noexcept = default;
  PriceList(const PriceList&) = delete;  // the indexes point into the entries
  PriceList& operator=(const PriceList&) = delete;
  ~PriceList() = default;

 private:
  /// Null: several entries with different prices.
  using Index = std::unordered_map<std::string, const Entry*>;

  PriceList() = default;
  void BuildIndexes();
  [[nodiscard]] const Entry* FindName(std::string_view name) const;

  std::map<std::string, Entry, std::less<>> entries_;  ///< by name
  Index by_lower_name_;
  Index by_lower_tail_;
  std::size_t skipped_ = 0;
  std::vector<Fault> faults_;
  std::string source_;
};

}  // namespace keymeter
