#include "query-api/usage/bucket_list.h"

namespace keymeter::query_api {

Result<std::vector<std::int64_t>> BucketsOf(Snapshot& snapshot, std::string_view table, std::int64_t first,
                                            std::int64_t end) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(fmt::format(
                                   R"(
      WITH RECURSIVE b(bucket) AS (
        SELECT min(bucket) FROM {0} WHERE bucket >= ?1
        UNION ALL
        SELECT (SELECT min(bucket) FROM {0} WHERE bucket > b.bucket) FROM b WHERE b.bucket < ?2)
      SELECT bucket FROM b WHERE bucket < ?2)",
                                   table)));
  query->Bind(1, first).Bind(2, end);
  std::vector<std::int64_t> buckets;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return buckets;
    buckets.push_back(query->Int(0));
  }
}

}  // namespace keymeter::query_api
