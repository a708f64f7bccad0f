#include "query-api/http/request_metrics.h"

#include <gtest/gtest.h>

#include "schema/prometheus_text.h"

namespace keymeter::query_api {
namespace {

TEST(RequestMetrics, CountsByRouteAndStatusClass) {
  RequestMetrics metrics;
  metrics.Observe("/a", 200, 0.001);
  metrics.Observe("/a", 204, 0.3);
  metrics.Observe("/a", 503, 99);
  PrometheusText writer;
  metrics.Write(writer);
  const std::string text = writer.Text();
  EXPECT_NE(text.find("keymeter_api_requests_total{route=\"/a\",status=\"2xx\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("keymeter_api_requests_total{route=\"/a\",status=\"5xx\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("_bucket{route=\"/a\",le=\"0.001\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("_count{route=\"/a\"} 3\n"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::query_api
