#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/mutex.h"

namespace keymeter::query_api {

/// The ids of a list in the order of one moment, each with the value that it is ordered by.
///
/// Threads: immutable once kept. Bounds: the ids, and twelve bytes each.
class ListOrder {
 public:
  /// `question`: what was asked, without the page.
  explicit ListOrder(std::string question) : question_(std::move(question)) {}

  void Add(std::string_view id, double value);
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] std::string_view at(std::size_t place) const;
  [[nodiscard]] double value(std::size_t place) const { return values_[place]; }
  [[nodiscard]] const std::string& question() const { return question_; }
  [[nodiscard]] std::size_t MemoryBytes() const;

 private:
  const std::string question_;
  std::string ids_;
  std::vector<std::uint32_t> ends_;  ///< in ids_
  std::vector<double> values_;
};

/// Orders of lists by a value that moves, so that all pages of a list are cut from the order of its first
/// page: each id comes once, and there is a last page.
///
/// Not for orders by attributes: those need no memory (see ListPage). What is no longer kept (another process
/// made it, it was restarted, others needed the room) is no error: see Cursor::left.
/// Threads: any. Bounds: `most_bytes`; the least recently asked orders go first, and one above half of it is
/// not kept.
class KeptOrders {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{32} << 20;

  explicit KeptOrders(std::size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  /// The name under which the order is kept; "" when it is too large.
  [[nodiscard]] std::string Keep(std::shared_ptr<const ListOrder> order) EXCLUDES(mutex_);
  /// Null when it is not kept, or answers another question.
  [[nodiscard]] std::shared_ptr<const ListOrder> Find(std::string_view name, std::string_view question)
      EXCLUDES(mutex_);
  [[nodiscard]] std::size_t bytes() const EXCLUDES(mutex_);

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<const ListOrder> order;
  };
  using Entries = std::list<Entry>;  ///< the most recently asked first

  void MakeRoom() REQUIRES(mutex_);

  const std::size_t most_bytes_;
  mutable Mutex mutex_;
  Entries entries_ GUARDED_BY(mutex_);
  std::unordered_map<std::string_view, Entries::iterator> by_name_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace keymeter::query_api
