#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/relay_load/entity_fields.h"
#include "benchmarks/relay_load/models.h"

namespace keymeter::relay_load {

struct ApiKey {
  std::string id;
  std::string name;
  std::string json_name;            ///< `name` as it stands in JSON
  std::string secret_hash;          ///< field of apikey:hash_map
  Fields fields;                    ///< of apikey:{id}
  std::size_t last_used_at = 0;     ///< index into `fields`
  std::int64_t rate_percent = 100;  ///< what the customer pays, in percent of the real cost
};

struct Account {
  std::string id;
  const AccountKind* kind = nullptr;
  bool is_shared = true;
  Fields fields;
};

struct Group {
  std::string id;
  Fields fields;
  std::vector<std::size_t> members;  ///< indexes into Population::accounts
};

/// How large a Population is, and what its ids are drawn from.
struct PopulationOptions {
  std::size_t keys = 50;
  std::size_t accounts = 20;
  std::size_t models = 8;
  std::size_t groups = 4;
  std::uint64_t seed = 1;
  std::int64_t created_at_ms = 0;
  std::string secret_mark{};
};

/// Everything that traffic can be about. Made once, then constant.
///
/// Ids depend on the seed and their own number only, so a larger population contains the smaller one.
struct Population {
  std::vector<ApiKey> keys;
  std::vector<Account> accounts;
  std::vector<Group> groups;
  std::vector<Model> models;
  std::string secret_mark;
};

[[nodiscard]] Population MakePopulation(const PopulationOptions& options);

}  // namespace keymeter::relay_load
