#pragma once

#include <string>

#include "tests/support/port_taker.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// nginx on a port of its own before a server ("127.0.0.1:8787"), with kept connections to it and WebSockets.
/// A client that sends nothing more is given up after a second. Threads: one. Lifetime: it ends with the
/// object.
class NginxBefore {
 public:
  explicit NginxBefore(const std::string& server);
  [[nodiscard]] std::string address() const;  ///< "127.0.0.1:…"

 private:
  TempDir directory_;
  PortTaker process_;
};

/// HAProxy likewise; it shares kept connections among clients as much as it can.
class HaproxyBefore {
 public:
  explicit HaproxyBefore(const std::string& server);
  [[nodiscard]] std::string address() const;

 private:
  TempDir directory_;
  PortTaker process_;
};

}  // namespace keymeter::testing
