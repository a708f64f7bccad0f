#include "query-api/metrics_writer.h"

#include <gtest/gtest.h>

#include "query-api/request_metrics.h"

namespace keymeter::query_api {
namespace {

TEST(MetricsWriter, SamplesOfOneNameStandTogetherUnderOneHeader) {
  MetricsWriter writer;
  writer.Counter("a_total", "What a\nis.", 1, {{"kind", "x"}});
  writer.Gauge("b", "What b is.", 0.5);
  writer.Counter("a_total", "What a\nis.", 2, {{"kind", "y\"\\\n"}});
  EXPECT_EQ(writer.Text(),
            "# HELP a_total What a\\nis.\n# TYPE a_total counter\n"
            "a_total{kind=\"x\"} 1\na_total{kind=\"y\\\"\\\\\\n\"} 2\n"
            "# HELP b What b is.\n# TYPE b gauge\nb 0.5\n");
}

TEST(MetricsWriter, HistogramsAreCumulative) {
  MetricsWriter writer;
  writer.Histogram("h_seconds", "Time.", {0.1, 1}, {3, 2, 1}, 4.5, {{"route", "/"}});
  EXPECT_EQ(writer.Text(),
            "# HELP h_seconds Time.\n# TYPE h_seconds histogram\n"
            "h_seconds_bucket{route=\"/\",le=\"0.1\"} 3\nh_seconds_bucket{route=\"/\",le=\"1\"} 5\n"
            "h_seconds_bucket{route=\"/\",le=\"+Inf\"} 6\nh_seconds_sum{route=\"/\"} 4.5\n"
            "h_seconds_count{route=\"/\"} 6\n");
}

TEST(RequestMetrics, CountsByRouteAndStatusClass) {
  RequestMetrics metrics;
  metrics.Observe("/a", 200, 0.001);
  metrics.Observe("/a", 204, 0.3);
  metrics.Observe("/a", 503, 99);
  MetricsWriter writer;
  metrics.Write(writer);
  const std::string text = writer.Text();
  EXPECT_NE(text.find("keymeter_api_requests_total{route=\"/a\",status=\"2xx\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("keymeter_api_requests_total{route=\"/a\",status=\"5xx\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("_bucket{route=\"/a\",le=\"0.001\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("_count{route=\"/a\"} 3\n"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::query_api
