#pragma once

#include "query-api/snapshot/catalog_cache.h"
#include "query-api/snapshot/usage_blocks.h"
#include "query-api/usage/entity_sums_cache.h"
#include "query-api/usage/last_use.h"

namespace keymeter::query_api {

/// What answers about usage keep in memory between them, for one file.
///
/// Threads: any. Lifetime: stays where it is made. Bounds: those of its parts.
/// Tested by tests/query-api/usage/entity_sums_cache_test.cc.
struct UsageCaches {
  UsageBlocks blocks{};
  CatalogCache catalogs{};
  EntitySumsCache sums{blocks, catalogs};
  LastUseCache last_use{};
};

}  // namespace keymeter::query_api
