#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keymeter::query_api {

/// The names under which the API may be called, as the Host header and the Origin of a page give them.
///
/// Two writings of one name are the same: any case, with the dot at its end (localhost.), an IPv6 address
/// with zeros or without. A port says nothing about the machine and is ignored; whatever else stands there
/// (user@host, a port that is no number) is no name of ours.
/// Threads: const, any. Bounds: linear in the names.
class HostNames {
 public:
  /// A name or address; IPv6 with or without brackets.
  void Add(std::string_view name);
  /// `authority` is HOST or HOST:PORT, with IPv6 in brackets.
  [[nodiscard]] bool Contain(std::string_view authority) const;

 private:
  std::vector<std::string> names_;  ///< canonical
};

}  // namespace keymeter::query_api
