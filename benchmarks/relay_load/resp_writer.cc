#include "benchmarks/relay_load/resp_writer.h"

#include <iterator>

#include <fmt/format.h>

namespace keymeter::relay_load {
namespace {

void AppendHeader(std::string& bytes, char type, std::size_t number) {
  const fmt::format_int digits(number);
  bytes.push_back(type);
  bytes.append(digits.data(), digits.size());
  bytes.append("\r\n");
}

}  // namespace

void RespWriter::BeginCommand(std::size_t arg_count) {
  AppendHeader(bytes_, '*', arg_count);
  ++commands_;
}

void RespWriter::Arg(std::string_view arg) {
  AppendHeader(bytes_, '$', arg.size());
  bytes_.append(arg);
  bytes_.append("\r\n");
}

void RespWriter::Command(std::initializer_list<std::string_view> args) {
  BeginCommand(args.size());
  for (const std::string_view arg : args) Arg(arg);
}

void RespWriter::Increment(std::string_view key, std::string_view field, std::int64_t amount) {
  const bool absolute = counting_ == Counting::kAbsolute;
  const fmt::format_int digits(absolute ? GrownValue(key, field, amount) : amount);
  Command({absolute ? "hset" : "hincrby", key, field, std::string_view(digits.data(), digits.size())});
}

void RespWriter::Expire(std::string_view key, std::int64_t ttl_seconds) {
  const fmt::format_int digits(ttl_seconds - age_seconds_);
  Command({"expire", key, std::string_view(digits.data(), digits.size())});
}

void RespWriter::EndPart() {
  const Part part{bytes_.size() - part_begin_bytes_, commands_ - part_begin_commands_};
  if (part.commands == 0) return;
  parts_.push_back(part);
  part_begin_bytes_ = bytes_.size();
  part_begin_commands_ = commands_;
}

void RespWriter::Clear() {
  bytes_.clear();
  parts_.clear();
  commands_ = part_begin_bytes_ = part_begin_commands_ = 0;
}

std::int64_t RespWriter::GrownValue(std::string_view key, std::string_view field, std::int64_t amount) {
  std::string name;
  name.reserve(key.size() + 1 + field.size());
  name.append(key).push_back('\0');
  name.append(field);
  return values_[std::move(name)] += amount;
}

}  // namespace keymeter::relay_load
