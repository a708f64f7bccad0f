#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace keymeter::relay_load {

/// Millionths of a USD per million tokens, which is the same as millionths of a micro-dollar per token: a
/// product with tokens is an exact integer of "pico-dollars", and a million of them is one micro-dollar.
struct Prices {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t cache_write_5m = 0;
  std::int64_t cache_write_1h = 0;
  std::int64_t cache_read = 0;
};

struct Model {
  std::string name;          ///< as it stands in keys
  std::string request_name;  ///< as the client asked for it; the relay normalizes a few
  bool is_claude = false;
  Prices prices;
};

/// The first `count` of a fixed list (it has names with colons and slashes, one that is free, and "unknown");
/// beyond the list, made-up ones.
[[nodiscard]] std::vector<Model> MakeModels(std::size_t count);

}  // namespace keymeter::relay_load
