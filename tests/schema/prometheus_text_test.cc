#include "schema/prometheus_text.h"

#include <gtest/gtest.h>

namespace keymeter {
namespace {

TEST(PrometheusText, SamplesOfOneNameStandTogetherUnderOneHeader) {
  PrometheusText writer;
  writer.Counter("a_total", "What a\nis.", 1, {{"kind", "x"}});
  writer.Gauge("b", "What b is.", 0.5);
  writer.Counter("a_total", "What a\nis.", 2, {{"kind", "y\"\\\n"}});
  EXPECT_EQ(writer.Text(),
            "# HELP a_total What a\\nis.\n# TYPE a_total counter\n"
            "a_total{kind=\"x\"} 1\na_total{kind=\"y\\\"\\\\\\n\"} 2\n"
            "# HELP b What b is.\n# TYPE b gauge\nb 0.5\n");
}

TEST(PrometheusText, HistogramsAreCumulative) {
  PrometheusText writer;
  writer.Histogram("h_seconds", "Time.", {0.1, 1}, {3, 2, 1}, 4.5, {{"route", "/"}});
  EXPECT_EQ(writer.Text(),
            "# HELP h_seconds Time.\n# TYPE h_seconds histogram\n"
            "h_seconds_bucket{route=\"/\",le=\"0.1\"} 3\nh_seconds_bucket{route=\"/\",le=\"1\"} 5\n"
            "h_seconds_bucket{route=\"/\",le=\"+Inf\"} 6\nh_seconds_sum{route=\"/\"} 4.5\n"
            "h_seconds_count{route=\"/\"} 6\n");
}

}  // namespace
}  // namespace keymeter
