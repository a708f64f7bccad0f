#pragma once

#include <optional>
#include <string>
#include <utility>

#include "schema/error.h"

namespace keymeter::processor {

/// The failure of something that is tried again and again, so that the log tells each failure once, and when
/// it is over.
///
/// Two failures are the same when code, reason and text are. That is for the log only: nothing else may
/// depend on the text.
/// Threads: one. Bounds: one error.
class LastFailure {
 public:
  LastFailure() = default;
  explicit LastFailure(Error failure) : failure_(std::move(failure)) {}

  /// True when it is another failure than the last one, or the first.
  bool Replace(const Error& failure) {
    const bool is_same = failure_ && failure_->code == failure.code && failure_->reason == failure.reason &&
                         failure_->Text() == failure.Text();
    failure_ = failure;
    return !is_same;
  }
  /// It works. True when it did not before.
  bool Clear() { return std::exchange(failure_, std::nullopt).has_value(); }

  [[nodiscard]] bool IsSet() const { return failure_.has_value(); }
  [[nodiscard]] std::string Text() const { return failure_ ? failure_->Text() : ""; }

 private:
  std::optional<Error> failure_;
};

}  // namespace keymeter::processor
