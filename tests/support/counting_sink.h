#pragma once

#include <cstddef>

#include "processor/redis/pubsub_reader.h"

namespace keymeter::testing {

/// Counts messages and takes nothing else in: for what a message costs by itself.
class CountingSink : public processor::PubSubSink {
 public:
  std::size_t messages = 0;
  std::size_t bytes = 0;  ///< of their payloads

  void OnMessage(std::size_t, std::string_view payload) override {
    ++messages;
    bytes += payload.size();
  }
  void OnLongMessage(std::size_t) override {}
  void OnSubscribed(std::size_t) override {}
  void OnPong(std::string_view) override {}
  void OnStatus() override {}
  void OnClientId(std::int64_t) override {}
  void OnError(std::string_view) override {}
};

}  // namespace keymeter::testing
