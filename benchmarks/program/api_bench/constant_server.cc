#include "benchmarks/program/api_bench/constant_server.h"

#include <cstdlib>
#include <stdexcept>

#include <civetweb.h>
#include <fmt/format.h>

namespace keymeter::testing {

namespace {

int AnswerConstant(mg_connection* connection) {
  const mg_request_info* info = mg_get_request_info(connection);
  const auto size = static_cast<std::size_t>(std::strtoul(info->local_uri_raw + 1, nullptr, 10));
  const std::string answer =
      fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nContent-Type: application/json\r\n\r\n{}", size,
                  std::string(size, 'x'));
  mg_write(connection, answer.data(), answer.size());
  return 200;
}

}  // namespace

ConstantServer::ConstantServer(int threads) {
  const std::string count = fmt::format("{}", threads);
  const char* settings[] = {
      "listening_ports", "127.0.0.1:0", "num_threads", count.c_str(), "enable_keep_alive", "yes",
      "tcp_nodelay",     "1",           nullptr};
  mg_callbacks callbacks{};
  callbacks.begin_request = AnswerConstant;
  context_ = mg_start(&callbacks, nullptr, settings);
  if (context_ == nullptr) throw std::runtime_error("civetweb does not start");
}

ConstantServer::~ConstantServer() {
  mg_stop(context_);
}

std::string ConstantServer::base() const {
  mg_server_port port{};
  mg_get_server_ports(context_, 1, &port);
  return fmt::format("http://127.0.0.1:{}", port.port);
}

}  // namespace keymeter::testing
