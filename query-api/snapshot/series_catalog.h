#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keymeter::query_api {

/// Every series of the file as small numbers: its API key or account, its model, the key's owner.
///
/// Immutable once published. Series are only ever added to a file, so a newer catalog fits an older reader.
/// Threads: const, any. Bounds: 12 bytes a series and 4 an API key, plus each id once.
class SeriesCatalog {
 public:
  enum class Kind : std::uint8_t { kNone, kApiKey, kAccount };
  using Names = std::vector<std::shared_ptr<const std::string>>;

  struct Entry {
    std::uint32_t entity = 0;  ///< of its kind
    std::uint32_t model = 0;
    Kind kind = Kind::kNone;  ///< kNone: there is no such series
  };

  /// By `series.id`; an id beyond the end does not exist.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] const Names& keys() const { return keys_; }
  [[nodiscard]] const Names& accounts() const { return accounts_; }
  [[nodiscard]] const Names& models() const { return models_; }
  /// By number of the API key: keys of one owner share a number, one without an owner has its own.
  [[nodiscard]] const std::vector<std::uint32_t>& owners() const { return owners_; }
  [[nodiscard]] std::size_t owner_count() const { return owner_count_; }
  [[nodiscard]] std::int64_t owners_version() const { return owners_version_; }

 private:
  friend class CatalogBuilder;

  std::vector<Entry> entries_;
  Names keys_;
  Names accounts_;
  Names models_;
  std::vector<std::uint32_t> owners_;
  std::size_t owner_count_ = 0;
  std::int64_t owners_version_ = -1;
};

struct KeyOwner {
  std::string key;
  std::string owner;
};

/// Makes the next catalog out of the last one.
///
/// Threads: one at a time. Bounds: those of the catalog, and each owner's name once more.
class CatalogBuilder {
 public:
  /// A row of `series`; ids ascend. What is known already is skipped.
  void AddSeries(std::uint32_t id, std::string_view kind, std::string_view entity, std::string_view model);
  /// Who owns keys; keys that are not in it have no owner.
  void SetOwners(const std::vector<KeyOwner>& owners, std::int64_t version);
  /// The number after the last known series.
  [[nodiscard]] std::size_t next_id() const { return next_.entries_.size(); }
  [[nodiscard]] std::int64_t owners_version() const { return next_.owners_version_; }
  [[nodiscard]] std::shared_ptr<const SeriesCatalog> Publish();

 private:
  /// Numbers for names, in the order of their first appearance.
  struct Numbers {
    std::unordered_map<std::string_view, std::uint32_t> of;
    std::uint32_t Of(std::string_view name, SeriesCatalog::Names& names);
  };

  SeriesCatalog next_;
  Numbers keys_, accounts_, models_;
  std::unordered_map<std::string, std::string> owner_of_key_;
};

}  // namespace keymeter::query_api
