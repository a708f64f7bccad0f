#include "tests/integration/relay_snapshot.h"

#include <cstddef>
#include <string>
#include <vector>

namespace keymeter::testing {

relay_load::Snapshot TakeSnapshot(RedisClient& redis) {
  relay_load::Snapshot snapshot;
  for (const std::string& key : redis.Must({"KEYS", "*"}).Texts()) {
    const std::string type = redis.Text({"TYPE", key});
    if (type == "hash") {
      const std::vector<std::string> texts = redis.Must({"HGETALL", key}).Texts();
      relay_load::Fields& fields = snapshot.hashes[key];
      for (std::size_t i = 0; i + 1 < texts.size(); i += 2) fields.emplace_back(texts[i], texts[i + 1]);
    } else if (type == "string") {
      snapshot.strings[key] = redis.Text({"GET", key});
    } else if (type != "none") {
      snapshot.others.insert(key);
    }
  }
  return snapshot;
}

}  // namespace keymeter::testing
