#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace keymeter::testing {

/// One counter of a relay, as it stands in Redis.
struct RelayItem {
  std::string key;
  std::string index;   ///< a set, or empty
  std::string member;  ///< of it
  std::int64_t requests = 0;
  std::int64_t ephemeral = 0;  ///< days and months have them, hours have not
};

/// What a relay may hold of some entities and days, chosen at random: hours by model, days, months, counters
/// without a model, each there or gone; and what must be known of each entity, day and month, by a rule that
/// is plainly written down.
class RelayTables {
 public:
  /// `holds_days`: counters of days and months without a model are all there, as an import leaves them.
  RelayTables(unsigned seed, bool holds_days, std::string closed_month)
      : random_(seed), holds_days_(holds_days), closed_month_(std::move(closed_month)) {}

  void Add(const std::string& id, bool is_account, const std::vector<std::string>& dates);

  std::vector<RelayItem> items;
  /// By "id date" and "id month".
  [[nodiscard]] const std::map<std::string, std::int64_t>& expected() const { return expected_; }

 private:
  struct Sums {
    std::int64_t all = 0;            ///< what happened
    std::int64_t known = 0;          ///< what the finest consistent evidence says
    std::int64_t without_model = 0;  ///< the part of it that no model is known of
    Sums& operator+=(const Sums& other);
  };
  using MonthSums = std::map<std::string, Sums>;  ///< by model; "": of all

  [[nodiscard]] std::int64_t Below(unsigned n) { return static_cast<std::int64_t>(random_() % n); }
  [[nodiscard]] bool Is(unsigned percent) { return random_() % 100 < percent; }
  Sums AddDay(const std::string& id, bool is_account, const std::string& date, MonthSums& months);
  Sums AddModelDay(const std::string& id, bool is_account, const std::string& date, const std::string& model);
  void AddMonth(const std::string& id, bool is_account, MonthSums& months);

  std::mt19937 random_;
  bool holds_days_;
  std::string closed_month_;
  std::map<std::string, std::int64_t> expected_;
  std::array<std::int64_t, 2> of_hour_{};        ///< of the day that is being made
  std::array<std::int64_t, 2> known_of_hour_{};  ///< by model
};

}  // namespace keymeter::testing
