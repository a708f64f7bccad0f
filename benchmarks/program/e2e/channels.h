#pragma once

namespace keymeter::e2e {

/// What the clients beside keymeter subscribe to: its own channels, and the one that says that no more comes.
/// They print a line of JSON when they are there, when they have worked off all that came before an end mark,
/// and at SIGTERM.
inline constexpr const char* kEventChannels[] = {"__keyevent@0__:hset", "__keyevent@0__:hincrby",
                                                 "__keyevent@0__:del", "__keyevent@0__:expired"};
inline constexpr const char* kEndChannel = "keymeter:e2e:end";

}  // namespace keymeter::e2e
