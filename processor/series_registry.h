#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/profile.h"

namespace keymeter::processor {

using SeriesId = std::uint32_t;  ///< `series.id` in the file; from 1

/// An API key or account with a model.
struct Series {
  EntityKind kind;
  std::string entity;
  std::string model;
};

/// Every series that was ever seen, each with its number; its strings are kept once and never move.
///
/// Threads: loop thread. Bounds: O(1) Find without allocation; `kMaxSeries` series, further ones are refused.
class SeriesRegistry {
 public:
  static constexpr std::size_t kMaxSeries = 4'000'000;
  static constexpr SeriesId kNone = 0;

  /// The series' number, kNone when it is unknown.
  [[nodiscard]] SeriesId Find(EntityKind kind, std::string_view entity, std::string_view model) const;
  /// The same, but makes it known; kNone when there are too many.
  SeriesId Intern(EntityKind kind, std::string_view entity, std::string_view model);
  /// One that the file knows, in the order of their numbers from 1 on without holes.
  void Restore(Series series);

  [[nodiscard]] const Series& operator[](SeriesId id) const { return series_[id - 1]; }
  [[nodiscard]] std::size_t size() const { return series_.size(); }

 private:
  struct Key {
    EntityKind kind;
    std::string_view entity;
    std::string_view model;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };

  SeriesId Add(Series series);

  std::deque<Series> series_;  // a deque: the map's keys are views into it
  std::unordered_map<Key, SeriesId, Hash> ids_;
};

}  // namespace keymeter::processor
