#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keymeter::processor {

/// How much Redis buffers for a client that reads too slowly, before it closes that client's connection: at
/// once beyond `hard_bytes`, after `soft_seconds` beyond `soft_bytes`.
struct BufferLimit {
  std::int64_t hard_bytes = 0;  ///< 0: none
  std::int64_t soft_bytes = 0;  ///< 0: none
  std::int64_t soft_seconds = 0;
};

/// The limit for subscribers, from the value of client-output-buffer-limit:
/// "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60".
[[nodiscard]] std::optional<BufferLimit> PubSubLimit(std::string_view text);

/// Bytes that Redis buffers for the client with this id, which it compares with the limit; from CLIENT LIST's
/// lines ("id=7 addr=… omem=0 …"). Empty when the client is not listed.
[[nodiscard]] std::optional<std::int64_t> OutputBufferBytes(std::string_view client_list,
                                                            std::int64_t client_id);

}  // namespace keymeter::processor
