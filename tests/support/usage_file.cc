#include "tests/support/usage_file.h"

#include <chrono>
#include <stdexcept>

#include <gtest/gtest.h>

#include "query-api/api_routes.h"
#include "schema/migrations.h"
#include "tests/support/view_rows.h"

namespace keymeter::query_api {

namespace {

Database Create(const std::string& path) {
  auto database = Database::Open(path, Database::Mode::kReadWrite);
  if (!database) throw std::runtime_error(database.error().message);
  if (auto migrated = Migrate(*database); !migrated) throw std::runtime_error(migrated.error().message);
  return std::move(*database);
}

/// What a processor does with each change of usage: it raises the data version, and lists changed closed
/// buckets.
std::string ChangeTriggers() {
  std::string triggers;
  const auto add = [&](std::string_view table, std::string_view level, std::string_view when) {
    std::string end;
    if (level == "month")
      end =
          "unixepoch({0}.bucket + st.utc_offset_s, 'unixepoch', 'start of month', '+1 month') - "
          "st.utc_offset_s";
    else
      end = fmt::format("{{0}}.bucket + {}", level == "minute" ? 60 : level == "hour" ? 3600 : 86'400);
    for (const auto& [event, row] :
         {std::pair("INSERT", "new"), std::pair("UPDATE", "new"), std::pair("DELETE", "old")})
      triggers += fmt::format(
          R"(
          CREATE TEMP TRIGGER {0}_{1}_{2} AFTER {2} ON main.{0} WHEN {3} BEGIN
            UPDATE source_state SET data_version = data_version + 1;
            DELETE FROM bucket_change WHERE level = '{1}' AND bucket = {4}.bucket;
            INSERT INTO bucket_change
              SELECT '{1}', {4}.bucket, st.data_version FROM source_state st WHERE {5} <= st.rolled_until;
          END;)",
          table, level, event, fmt::format(fmt::runtime(when), row), row,
          fmt::format(fmt::runtime(end), row));
  };
  for (const std::string_view level : {"minute", "hour", "day", "month"}) {
    add(fmt::format("usage_{}", level), level, "true");
    if (level != "minute") add("usage_untimed", level, fmt::format("{{0}}.level = '{}'", level));
  }
  return triggers;
}

}  // namespace

UsageFile::UsageFile(std::int64_t utc_offset_s, std::int64_t rolled_until)
    : utc_offset_s_(utc_offset_s), rolled_until_(rolled_until), database_(Create(path())) {
  Sql(fmt::format(
      "UPDATE source_state SET profile = 'test', utc_offset_s = {}, rolled_until = {}, data_version = 1",
      utc_offset_s, rolled_until));
  Sql(ChangeTriggers());
  Sql(testing::kViewRowTriggers);
}

UsageFile& UsageFile::Sql(const std::string& statements) {
  if (auto run = database_.Execute(statements); !run)
    throw std::runtime_error(run.error().message + " in " + statements);
  return *this;
}

std::int64_t UsageFile::Int(const std::string& sql) {
  auto value = database_.QueryInt(sql);
  if (!value) throw std::runtime_error(value.error().message + " in " + sql);
  return *value;
}

UsageFile& UsageFile::Key(const std::string& id, const std::string& name, const std::string& assignments) {
  Sql(fmt::format("INSERT INTO api_key (id, name, is_active) VALUES ('{}', '{}', 1)", id, name));
  if (!assignments.empty()) Sql(fmt::format("UPDATE api_key SET {} WHERE id = '{}'", assignments, id));
  return *this;
}

UsageFile& UsageFile::Account(const std::string& id, const std::string& assignments) {
  Sql(fmt::format("INSERT INTO account (id, name, is_active) VALUES ('{0}', 'account {0}', 1)", id));
  if (!assignments.empty()) Sql(fmt::format("UPDATE account SET {} WHERE id = '{}'", assignments, id));
  return *this;
}

UsageFile& UsageFile::Group(const std::string& id, const std::string& name,
                            const std::vector<std::string>& members) {
  Sql(fmt::format("INSERT INTO account_group (id, name) VALUES ('{}', '{}')", id, name));
  for (const std::string& member : members)
    Sql(fmt::format("INSERT INTO group_member VALUES ('{}', '{}')", id, member));
  return *this;
}

UsageFile& UsageFile::Bound(const std::string& key, const std::vector<std::string>& groups) {
  for (std::size_t i = 0; i < groups.size(); ++i)
    Sql(fmt::format("INSERT INTO api_key_binding VALUES ('{}', 'platform {}', 'group', '{}')", key, i,
                    groups[i]));
  return *this;
}

std::int64_t UsageFile::SeriesOf(const Used& used) {
  Sql(fmt::format("INSERT OR IGNORE INTO series (kind, entity, model) VALUES ('{}', '{}', '{}')", used.kind,
                  used.entity, used.model));
  return Int(fmt::format("SELECT id FROM series WHERE kind = '{}' AND entity = '{}' AND model = '{}'",
                         used.kind, used.entity, used.model));
}

void UsageFile::AddRow(const std::string& table, const std::string& key, const Used& used) {
  const std::int64_t micros = used.kind == "api_key" ? used.requests * 1000 : 0;
  Sql(fmt::format(
      "INSERT INTO {0} VALUES ({1}, {2}, {3}, {4}, {5}, 0, 0, 0, 0, {6}, {6}) ON CONFLICT DO UPDATE SET "
      "requests = requests + {3}, input_tokens = input_tokens + {4}, output_tokens = output_tokens + {5}, "
      "cost_micros = cost_micros + {6}, real_cost_micros = real_cost_micros + {6}",
      table, key, SeriesOf(used), used.requests, used.requests * 10, used.requests * 5, micros));
}

void UsageFile::AddUpwards(Level level, std::int64_t moment, const Used& used) {
  for (const Level each : {Level::kHour, Level::kDay, Level::kMonth})
    if (each >= level)
      AddRow(fmt::format("usage_{}", LevelName(each)),
             fmt::format("{}", BucketOf(each, moment, utc_offset_s_)), used);
}

UsageFile& UsageFile::Minute(std::int64_t bucket, const Used& used) {
  AddRow("usage_minute", fmt::format("{}", bucket), used);
  if (bucket < rolled_until_) AddUpwards(Level::kHour, bucket, used);
  return *this;
}

UsageFile& UsageFile::Untimed(Level level, std::int64_t bucket, const Used& used) {
  AddRow("usage_untimed", fmt::format("'{}', {}", LevelName(level), bucket), used);
  AddUpwards(level, bucket, used);
  return *this;
}

UsageFile& UsageFile::RollUp(std::int64_t until) {
  const std::int64_t version = Int("SELECT data_version FROM source_state");
  std::string sums;
  std::string growth;
  for (const char* column :
       {"requests", "input_tokens", "output_tokens", "cache_create_tokens", "cache_read_tokens",
        "ephemeral_5m_tokens", "ephemeral_1h_tokens", "cost_micros", "real_cost_micros"}) {
    sums += fmt::format(", sum({})", column);
    growth += fmt::format("{0}{1} = {1} + excluded.{1}", growth.empty() ? "" : ", ", column);
  }
  for (const auto& [level, bucket] :
       {std::pair("hour", std::string("bucket - bucket % 3600")),
        std::pair("day", fmt::format("(bucket + {0}) / 86400 * 86400 - {0}", utc_offset_s_)),
        std::pair("month", fmt::format("unixepoch(bucket + {0}, 'unixepoch', 'start of month') - {0}",
                                       utc_offset_s_))})
    Sql(
        fmt::format("INSERT INTO usage_{} SELECT {}, series{} FROM usage_minute WHERE bucket >= {} AND "
                    "bucket < {} GROUP BY 1, 2 ON CONFLICT DO UPDATE SET {}",
                    level, bucket, sums, rolled_until_, until, growth));
  rolled_until_ = until;
  return Sql(fmt::format("UPDATE source_state SET rolled_until = {}, data_version = {}", until, version));
}

UsageFile& UsageFile::Covered(std::int64_t minute, std::int64_t ms) {
  return Sql(fmt::format("INSERT OR REPLACE INTO coverage VALUES ({}, {}, 0, 0, 0)", minute, ms));
}

UsageFile& UsageFile::Heartbeat(std::int64_t flush_ms, const std::string& assignments) {
  Sql(
      fmt::format("UPDATE source_state SET version = '1', pid = 1, started_ms = 0, stopped_ms = NULL, "
                  "connected = 1, baseline_read = 1, redis_version = '7', last_event_ms = {0}, "
                  "last_flush_ms = {0}, flush_interval_ms = 1000, lag_ms = 3, problem = ''",
                  flush_ms));
  return assignments.empty() ? *this : Sql("UPDATE source_state SET " + assignments);
}

ApiUnderTest::ApiUnderTest(const std::string& path, std::int64_t now_ms, Role role,
                           std::size_t answer_cache_bytes)
    : clock(now_ms),
      pool_(path, 4, std::chrono::seconds(10)),
      answers_({.max_bytes = answer_cache_bytes}),
      context_{pool_, clock, &answers_, &exports_},
      router_(ApiRoutes(context_),
              [role](const Request&) -> tl::expected<Caller, Response> { return Caller{.role = role}; }) {}

Snapshot ApiUnderTest::Now() {
  auto snapshot = context_.TakeSnapshot();
  if (!snapshot) throw std::runtime_error(snapshot.error().message);
  return std::move(*snapshot);
}

Response ApiUnderTest::Send(const std::string& method, const std::string& target,
                            std::vector<Header> headers) const {
  const std::size_t mark = target.find('?');
  const std::string query = mark == std::string::npos ? "" : target.substr(mark + 1);
  Response response = router_.Answer({method, target.substr(0, mark), query, std::move(headers)});
  response.body = response.Bytes();
  response.shared_body = nullptr;
  return response;
}

Response ApiUnderTest::Get(const std::string& target, std::vector<Header> headers) const {
  return Send("GET", target, std::move(headers));
}

Json ApiUnderTest::GetJson(const std::string& target) const {
  const Response response = Get(target);
  EXPECT_EQ(response.status, 200) << target << ": " << response.body;
  return response.status == 200 ? Json::parse(response.body) : Json();
}

std::string DetailOf(const Response& response) {
  const Json body = Json::parse(response.body, nullptr, false);
  return body.is_object() ? body.value("detail", "") : "";
}

}  // namespace keymeter::query_api
