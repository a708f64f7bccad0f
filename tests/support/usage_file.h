#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "query-api/endpoints/api_context.h"
#include "query-api/endpoints/response_cache.h"
#include "query-api/exports/export_limiter.h"
#include "query-api/http/router.h"
#include "schema/civil_time.h"
#include "schema/clock.h"
#include "schema/sqlite.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {

/// A moment of the tests: 2026-11-20T12:34:30Z, half a minute into 20:34 of a source at +08:00.
inline constexpr std::int64_t kNowMs = 1'795'178'070'000;
inline constexpr std::int64_t kNow = kNowMs / 1000;
inline constexpr std::int64_t kMinuteNow = kNow - 30;
inline constexpr std::int64_t kHourNow = kMinuteNow - 34 * kMinuteSeconds;
inline constexpr std::int64_t kOffset = 8 * kHourSeconds;

/// What one row says: requests, with ten tokens of input, five of output and 1,000 micro-dollars each.
struct Used {
  std::string kind = "api_key";
  std::string entity;
  std::string model = "sonnet";
  std::int64_t requests = 1;
};

/// A usage file with the rows that a processor would have written. A small language: each call adds one fact.
///
/// Minutes before `rolled_until` stand in hour, day and month too, later ones do not yet.
class UsageFile {
 public:
  explicit UsageFile(std::int64_t utc_offset_s = kOffset, std::int64_t rolled_until = kMinuteNow);

  UsageFile& Key(const std::string& id, const std::string& name = "", const std::string& assignments = "");
  UsageFile& Account(const std::string& id, const std::string& assignments = "");
  UsageFile& Group(const std::string& id, const std::string& name, const std::vector<std::string>& members);
  /// Groups that serve the key, each for a platform of its own.
  UsageFile& Bound(const std::string& key, const std::vector<std::string>& groups);
  UsageFile& Minute(std::int64_t bucket, const Used& used);
  /// Known to this bucket and to nothing finer.
  UsageFile& Untimed(Level level, std::int64_t bucket, const Used& used);
  /// Closed minutes before `until` are inside hour, day and month from now on; no data changes by that.
  UsageFile& RollUp(std::int64_t until);
  UsageFile& Covered(std::int64_t minute, std::int64_t ms = 60'000);
  /// A heartbeat of a processor for which all is well, but for what `assignments` say.
  UsageFile& Heartbeat(std::int64_t flush_ms, const std::string& assignments = "");
  UsageFile& Sql(const std::string& statements);

  [[nodiscard]] std::int64_t Int(const std::string& sql);
  [[nodiscard]] std::string path() const { return directory_.File("keymeter.db"); }

 private:
  std::int64_t SeriesOf(const Used& used);
  void AddRow(const std::string& table, const std::string& key, const Used& used);
  void AddUpwards(Level level, std::int64_t moment, const Used& used);

  keymeter::testing::TempDir directory_;
  std::int64_t utc_offset_s_;
  std::int64_t rolled_until_;
  Database database_;
};

/// The API over such a file, without sockets, at a moment that the test moves. Keeps no answers unless it is
/// told to, since a test changes the file without a new data version.
class ApiUnderTest {
 public:
  explicit ApiUnderTest(const std::string& path, std::int64_t now_ms = kNowMs, Role role = Role::kAdmin,
                        std::size_t answer_cache_bytes = 0);

  /// A kept body stands in `body`, as every other.
  [[nodiscard]] Response Get(const std::string& target, std::vector<Header> headers = {}) const;
  [[nodiscard]] Response Send(const std::string& method, const std::string& target,
                              std::vector<Header> headers = {}) const;
  /// The body of a 200; a JSON null with a failed expectation for anything else.
  [[nodiscard]] Json GetJson(const std::string& target) const;

  /// The file as it is now.
  [[nodiscard]] Snapshot Now();
  [[nodiscard]] const ResponseCache& answers() const { return answers_; }
  [[nodiscard]] UsageCaches& caches() { return context_.caches; }
  [[nodiscard]] ExportLimiter& exports() { return exports_; }

  ManualClock clock;

 private:
  ConnectionPool pool_;
  ResponseCache answers_;
  ExportLimiter exports_;
  ApiContext context_;
  Router router_;
};

/// {"detail": …} of a problem+json answer; "" when it is none.
[[nodiscard]] std::string DetailOf(const Response& response);

/// What asks for a series; `more` is further parameters.
inline std::string Target(std::int64_t start, std::int64_t end, std::int64_t slot,
                          const std::string& more = "") {
  return fmt::format("/api/stats/series?start_ms={}&end_ms={}&slot_sec={}{}", start * 1000, end * 1000, slot,
                     more);
}

/// Over the rows of an answer.
inline std::int64_t Sum(const Json& rows, const char* member = "reqs") {
  std::int64_t sum = 0;
  for (const Json& row : rows) sum += row.at(member).get<std::int64_t>();
  return sum;
}

}  // namespace keymeter::query_api
