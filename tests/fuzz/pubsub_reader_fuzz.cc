/// Input: the bytes of a subscribed connection; the first one says where they are split. However they are
/// split, the same is heard, and nothing of a channel that was not asked for.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "processor/redis/pubsub_reader.h"

namespace {

using keymeter::processor::PubSubReader;

constexpr std::size_t kChannels = 2;

void Require(bool holds) {
  if (!holds) std::abort();
}

/// Writes down all that is heard, as one text.
class Heard : public keymeter::processor::PubSubSink {
 public:
  std::string all;

  void OnMessage(std::size_t channel, std::string_view payload) override {
    Require(channel < kChannels);
    all.append("m").append(std::to_string(channel)).append(payload);
  }
  void OnLongMessage(std::size_t channel) override { all.append("l").append(std::to_string(channel)); }
  void OnSubscribed(std::size_t channel) override { all.append("s").append(std::to_string(channel)); }
  void OnPong(std::string_view text) override { all.append("p").append(text); }
  void OnStatus() override { all += 'o'; }
  void OnClientId(std::int64_t id) override { all.append("i").append(std::to_string(id)); }
  void OnError(std::string_view text) override { all.append("e").append(text); }
};

/// What was heard, and whether the bytes were the protocol.
std::string HeardOf(std::string_view bytes, std::size_t split) {
  Heard heard;
  PubSubReader reader({"__keyevent@0__:hset", "c"}, heard);
  auto fed = reader.Feed(bytes.substr(0, split));
  if (fed) fed = reader.Feed(bytes.substr(split));
  if (!fed) Require(fed.error().code == keymeter::ErrorCode::kCorrupt);
  return heard.all + (fed ? "." : "!");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Require(HeardOf(bytes, data[0] % size) == HeardOf(bytes, bytes.size()));
  return 0;
}
