#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keymeter::processor {

/// How much Redis keeps for a client that reads too slowly before it cuts it off.
struct BufferLimit {
  std::int64_t hard_bytes = 0;  ///< 0: none
  std::int64_t soft_bytes = 0;  ///< 0: none
  std::int64_t soft_seconds = 0;
};

/// A subscriber's, out of the value of client-output-buffer-limit:
/// "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60".
[[nodiscard]] std::optional<BufferLimit> PubSubLimit(std::string_view text);

/// What waits for the client of this id, out of CLIENT LIST's lines ("id=7 addr=… omem=0 …"): the bytes that
/// the limit is compared with. Nothing when it is not listed.
[[nodiscard]] std::optional<std::int64_t> OutputBufferBytes(std::string_view client_list,
                                                            std::int64_t client_id);

}  // namespace keymeter::processor
