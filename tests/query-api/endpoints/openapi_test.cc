#include "query-api/endpoints/openapi.h"

#include <set>

#include <gtest/gtest.h>

#include "query-api/api_server.h"
#include "tests/support/api_options.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

/// "GET /api/groups ?cursor ?limit …": one line a method and path.
using Table = std::set<std::string>;

std::string Line(const std::string& method, const std::string& path, const std::set<std::string>& params) {
  std::string line = method + ' ' + path;
  for (const std::string& param : params) line += " ?" + param;
  return line;
}

Json Document() {
  return Json::parse(OpenApiDocument());
}

/// Follows `{"$ref": "#/components/…"}`.
const Json& Resolved(const Json& document, const Json& node) {
  if (!node.contains("$ref")) return node;
  return document.at(Json::json_pointer(node["$ref"].get<std::string>().substr(1)));
}

bool IsOfProbes(const Json& item) {
  return item.contains("servers");
}

Table Described(const Json& document, bool of_probes) {
  Table table;
  for (const auto& [path, item] : document["paths"].items()) {
    if (IsOfProbes(item) != of_probes) continue;
    for (const auto& [method, operation] : item.items()) {
      if (method == "servers") continue;
      std::set<std::string> params;
      for (const Json& reference : operation["parameters"]) {
        const Json& param = Resolved(document, reference);
        if (param["in"] == "query") params.insert(param["name"].get<std::string>());
      }
      table.insert(Line(method == "get" ? "GET" : method, path, params));
    }
  }
  return table;
}

Table Served(const std::vector<Route>& routes) {
  Table table;
  for (const Route& route : routes)
    table.insert(
        Line(std::string(route.method), std::string(route.path), {route.params.begin(), route.params.end()}));
  return table;
}

TEST(OpenApi, DescribesWhatIsServedAndNothingElse) {
  const ManualClock clock(kNowMs);
  const auto server = ApiServer::Start(SmallServer("/nowhere/keymeter.db"), clock);
  ASSERT_TRUE(server.has_value()) << server.error().message;
  const Json document = Document();
  EXPECT_EQ(Described(document, false), Served((*server)->api_routes()));
  EXPECT_EQ(Described(document, true), Served((*server)->probe_routes()));
}

TEST(OpenApi, EveryHoleOfAPathIsDescribed) {
  const Json document = Document();
  for (const auto& [path, item] : document["paths"].items()) {
    int holes = 0;
    for (const Json& param : item["get"]["parameters"])
      if (Resolved(document, param)["in"] == "path") ++holes;
    EXPECT_EQ(holes, path.find("{id}") == std::string::npos ? 0 : 1) << path;
  }
}

TEST(OpenApi, HasTheVersionOfTheProject) {
  EXPECT_EQ(Document()["info"]["version"], KEYMETER_PROJECT_VERSION);
}

TEST(OpenApi, IsAnsweredWithoutAFileAndNotTwice) {
  const ApiUnderTest api("/nowhere/keymeter.db");
  const Response first = api.Get("/openapi.json");
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(first.body, OpenApiDocument());
  ASSERT_NE(first.FindHeader("ETag"), nullptr);
  const Response second = api.Get("/openapi.json", {{"If-None-Match", *first.FindHeader("ETag")}});
  EXPECT_EQ(second.status, 304);
  EXPECT_TRUE(second.body.empty());
}

}  // namespace
}  // namespace keymeter::query_api
