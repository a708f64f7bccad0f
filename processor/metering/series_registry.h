#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tsl/robin_map.h>

#include "schema/profile.h"

namespace keymeter::processor {

using SeriesId = std::uint32_t;  ///< `series.id` in the file; from 1

/// An API key or account, with a model. The registry's texts neither move nor end while it lives, so a Series
/// that it returned may be used on other threads.
struct Series {
  EntityKind kind;
  std::string_view entity;
  std::string_view model;
};

/// Every series that was ever seen, with its number.
///
/// Threads: loop thread; a Series that it returned, any. Lifetime: texts are copied in, and never move or
/// end. Bounds: Find is O(1) without allocation; `kMaxSeries` series, and `kMostLongBytes` of names beyond
/// kLongestShownName, further ones are refused; about 50 bytes a series and the entity's name. A model's name
/// is kept once for all its series.
class SeriesRegistry {
 public:
  static constexpr std::size_t kMaxSeries = 4'000'000;
  static constexpr std::size_t kMostLongBytes = std::size_t{256} << 20U;
  static constexpr SeriesId kNone = 0;

  SeriesRegistry() { ids_.max_load_factor(kMostFull); }

  /// The series' number; kNone when it is unknown.
  [[nodiscard]] SeriesId Find(EntityKind kind, std::string_view entity, std::string_view model) const;
  /// The series' number, which it gets when it is new; kNone when there are too many series.
  SeriesId Intern(EntityKind kind, std::string_view entity, std::string_view model);
  /// Adds a series of the file. To be called in the order of their numbers, which are 1, 2, 3 …
  void Restore(const Series& series) { Add(series); }

  [[nodiscard]] Series operator[](SeriesId id) const;
  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  static constexpr float kMostFull = 0.8F;
  static constexpr std::size_t kBlockBytes = std::size_t{64} * 1024;

  struct Kept {
    const char* entity;
    std::uint32_t entity_bytes;
    std::uint32_t model : 24;  ///< in models_; there are no more models than series
    std::uint32_t kind : 8;
  };
  static_assert(sizeof(Kept) == 16 && kMaxSeries < 1U << 24U);

  SeriesId Add(const Series& series);
  std::string_view Keep(std::string_view text);
  std::uint32_t KeepModel(std::string_view model);

  std::deque<Kept> kept_;                        ///< by number, less 1
  std::vector<std::unique_ptr<char[]>> blocks_;  ///< memory of the entities' names
  char* block_end_ = nullptr;                    ///< of the last block
  std::size_t block_left_ = 0;                   ///< free bytes before block_end_
  std::size_t long_bytes_ = 0;                   ///< of names that are longer than is shown
  std::deque<std::string> models_;
  std::unordered_map<std::string_view, std::uint32_t> model_numbers_;
  /// By hash; when that is taken, by the next number that is not.
  tsl::robin_map<std::uint32_t, SeriesId> ids_;
};

}  // namespace keymeter::processor
