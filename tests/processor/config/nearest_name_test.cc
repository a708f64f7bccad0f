#include "processor/config/nearest_name.h"

#include <gtest/gtest.h>

namespace keymeter::processor {
namespace {

TEST(NearestName, IsTheOneThatWasMeant) {
  const std::vector<std::string> known = {"redis", "redis_ca", "redis_cert", "listen", "probe_listen", "db"};
  const std::pair<const char*, const char*> cases[] = {
      {"redi", "redis"},
      {"redsi", "redis"},
      {"redis_cret", "redis_cert"},
      {"redis-ca", "redis_ca"},
      {"lisen", "listen"},
      {"probelisten", "probe_listen"},
      {"bd", ""},
      {"password", ""},
      {"", ""},
      {"db_", "db"},
  };
  for (const auto& [typed, meant] : cases) EXPECT_EQ(NearestName(typed, known), meant) << typed;
}

TEST(NearestName, OfWhatIsTooLongIsNone) {
  EXPECT_EQ(NearestName(std::string(10'000, 'a'), {std::string(9'999, 'a')}), "");
}

TEST(NearestName, EndsAnErrorAsAQuestion) {
  EXPECT_EQ(Suggestion("redi", {"redis"}), "; did you mean redis?");
  EXPECT_EQ(Suggestion("other", {"redis"}), "");
}

}  // namespace
}  // namespace keymeter::processor
