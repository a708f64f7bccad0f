#include "processor/config/command_line.h"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include "processor/config/apply_settings.h"
#include "processor/config/command_help.h"
#include "processor/config/nearest_name.h"
#include "processor/config/setting_parsers.h"
#include "schema/version.h"

namespace keymeter::processor {

namespace {

constexpr int kUsageError = 2;
constexpr std::size_t kHelpColumn = 36;
constexpr std::size_t kHelpWidth = 64;

/// One command of the command line and the flags that it takes; nullptr: it does not take that one.
struct CommandFlags {
  Command command = Command::kRun;
  CLI::App* app = nullptr;
  std::vector<std::pair<const Setting*, CLI::Option*>> settings;
  CLI::Option* print_config = nullptr;
  CLI::Option* live = nullptr;     ///< healthcheck
  CLI::Option* ready = nullptr;    ///< healthcheck
  CLI::Option* json = nullptr;     ///< status, check and token list
  CLI::Option* watch = nullptr;    ///< status
  CLI::Option* target = nullptr;   ///< backup: FILE
  CLI::Option* force = nullptr;    ///< backup and rebuild
  CLI::Option* dry_run = nullptr;  ///< rebuild
  CLI::Option* name = nullptr;     ///< token create
  CLI::Option* role = nullptr;     ///< token create
  CLI::Option* expires = nullptr;  ///< token create
  CLI::Option* token = nullptr;    ///< token revoke: ID|NAME
};

/// Broken into lines of at most kHelpWidth, for the right column of the help.
std::string Wrapped(std::string_view text) {
  std::string wrapped;
  for (std::size_t line = 0, begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const bool breaks = line > 0 && line + 1 + word.size() > kHelpWidth;
    if (line > 0) wrapped += breaks ? '\n' : ' ';
    line = (breaks || line == 0 ? 0 : line + 1) + word.size();
    wrapped += word;
    begin = end + 1;
  }
  return wrapped;
}

std::string HelpOf(const Setting& setting) {
  if (setting.default_text.empty() || setting.kind == Setting::Kind::kSwitch) return Wrapped(setting.help);
  return Wrapped(fmt::format("{} [{}]", setting.help, setting.default_text));
}

CLI::Option* AddFlag(CLI::App& app, std::string_view name, std::string_view help) {
  return app.add_flag(fmt::format("--{}", name))->description(Wrapped(help));
}

void AddSettings(CommandFlags& flags) {
  CLI::App& app = *flags.app;
  for (const Setting& setting : AllSettings()) {
    if (!setting.IsOf(flags.command) || !setting.MayStandIn(Setting::kFlag)) continue;
    CLI::Option* option = setting.kind == Setting::Kind::kSwitch ? app.add_flag(setting.Flag())
                                                                 : app.add_option(setting.Flag());
    if (setting.kind == Setting::Kind::kList) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    option->description(HelpOf(setting))->group(std::string(GroupName(setting.group)));
    if (setting.kind != Setting::Kind::kSwitch)
      option->type_name(std::string(setting.value_name))->option_text(std::string(setting.value_name));
    flags.settings.emplace_back(&setting, option);
  }
  flags.print_config = AddFlag(app, "print-config", "print every setting and where it came from, and exit");
  flags.print_config->group(std::string(GroupName(Setting::Group::kConfiguration)));
}

/// "token create" is the command create of token.
CLI::App* AddSubcommand(CLI::App& app, const CommandHelp& help) {
  const std::string name(CommandName(help.command));
  const std::size_t space = name.find(' ');
  if (space == std::string::npos) return app.add_subcommand(name, help.about);
  const std::string group = name.substr(0, space);
  const auto groups = app.get_subcommands([&](const CLI::App* known) { return known->get_name() == group; });
  CLI::App* parent = groups.empty() ? nullptr : groups.front();
  if (parent == nullptr) {
    parent = app.add_subcommand(group, kTokenAbout);
    parent->require_subcommand(1)->footer(kTokenFooter);
  }
  return parent->add_subcommand(name.substr(space + 1), help.about);
}

void AddTokenFlags(CommandFlags& flags) {
  if (flags.command == Command::kTokenCreate) {
    flags.name = flags.app->add_option("--name")->required()->option_text("NAME");
    flags.name->description(
        Wrapped("who or what uses the token: letters, digits and ._@-; the access log shows it"));
    flags.role = flags.app->add_option("--role")->option_text("ROLE");
    flags.role->description(Wrapped(
        "viewer: reads usage; admin: also reads owners and error messages, and exports everything [viewer]"));
    flags.expires = flags.app->add_option("--expires")->option_text("TIME");
    flags.expires->description(
        Wrapped("how long the token is valid: 12h, 90d; without: until it is revoked"));
  }
  if (flags.command == Command::kTokenRevoke)
    flags.token =
        flags.app->add_option("TOKEN")->required()->description("ID or NAME, as token list shows it");
}

CommandFlags AddCommand(CLI::App& app, const CommandHelp& help) {
  CommandFlags flags;
  flags.command = help.command;
  flags.app = AddSubcommand(app, help);
  flags.app->footer(help.footer);
  flags.app->allow_extras();  // reported by CheckExtras, with the nearest name and without a URL's password
  AddSettings(flags);
  if (help.command == Command::kHealthcheck) {
    flags.live = AddFlag(*flags.app, "live", "ask only whether the process is alive (/livez)");
    flags.ready = AddFlag(*flags.app, "ready", "ask only whether it is ready (/readyz)");
  }
  AddTokenFlags(flags);
  if (help.command == Command::kStatus || help.command == Command::kCheck ||
      help.command == Command::kTokenList)
    flags.json = AddFlag(*flags.app, "json", "print JSON, for programs");
  if (help.command == Command::kStatus) {
    flags.watch = flags.app->add_option("--watch")->expected(0, 1)->option_text("[SECONDS]");
    flags.watch->description(Wrapped("repeat every second, or at this interval, until Ctrl-C"));
  }
  if (help.command == Command::kBackup) {
    flags.target = flags.app->add_option("FILE")->required()->description("path of the copy");
    flags.force = AddFlag(*flags.app, "force", "replace FILE if it exists");
  }
  if (help.command == Command::kRebuild) {
    flags.force =
        AddFlag(*flags.app, "force", "also if the database is sound, or if the relay keeps no usage");
    flags.dry_run = AddFlag(*flags.app, "dry-run", "say what would be done, and change nothing");
  }
  return flags;
}

Invocation UsageError(std::string_view message) {
  return {.exit_code = kUsageError,
          .text = fmt::format("keymeter: {}\n", message),
          .is_error = true,
          .options = {}};
}

/// Something that could be meant as a command; a URL is not: it may hold a password.
bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// `group` is "" or "token ".
std::string UnknownCommand(std::string_view group, std::string_view typed) {
  std::vector<std::string> names;
  names.reserve(AllCommands().size());
  for (const CommandHelp& help : AllCommands()) {
    std::string_view name = CommandName(help.command);
    if (!name.starts_with(group)) continue;
    name = name.substr(group.size());
    if (const auto word = name.substr(0, name.find(' ')); names.empty() || names.back() != word)
      names.emplace_back(word);
  }
  return fmt::format("'{}{}' is no command; known are {}{}", group, typed, fmt::join(names, ", "),
                     Suggestion(typed, names));
}

/// What is left on the command line. Values are not repeated: they may be secrets.
Status CheckExtras(const CLI::App& app, const CommandFlags& flags) {
  const std::vector<std::string> extras = app.remaining(true);
  if (extras.empty()) return {};
  const std::string name = extras.front().substr(0, extras.front().find('='));
  if (!name.starts_with("--") || name == "--")
    return Fail(ErrorCode::kInvalid, "{}: takes flags only, such as {}", CommandName(flags.command),
                flags.settings.front().second->get_name());
  std::vector<std::string> known;
  for (const CLI::Option* option : flags.app->get_options())
    if (!option->get_positional()) known.push_back("--" + option->get_lnames().at(0));
  for (const Setting& setting : AllSettings()) {
    if (setting.Flag() != name) continue;
    if (!setting.MayStandIn(Setting::kFlag))
      return Fail(ErrorCode::kInvalid, "{}: is no flag; use {}", name, setting.Variable());
    return Fail(ErrorCode::kInvalid, "{}: is no flag of {}", name, CommandName(flags.command));
  }
  return Fail(MakeError(ErrorCode::kInvalid, "{}: is no flag of {}{}", name, CommandName(flags.command),
                        Suggestion(name, known))
                  .Because(ErrorReason::kUnknownName));
}

bool IsTyped(const CLI::Option* option) {
  return option != nullptr && option->count() > 0;
}

/// A list may be typed in several flags.
SettingTexts TypedSettings(const CommandFlags& flags) {
  SettingTexts texts;
  for (const auto& [setting, option] : flags.settings) {
    if (option->count() == 0) continue;
    const bool is_list = setting->kind == Setting::Kind::kList;
    texts[setting] =
        is_list ? fmt::format("{}", fmt::join(option->results(), ",")) : option->results().back();
  }
  return texts;
}

Status TakeTokenFlags(const CommandFlags& flags, TokenOptions& token) {
  if (flags.token != nullptr) token.revoked = flags.token->results().back();
  if (flags.name != nullptr) token.name = flags.name->results().back();
  if (IsTyped(flags.role)) {
    const std::string& role = flags.role->results().back();
    if (role != "viewer" && role != "admin")
      return Fail(ErrorCode::kInvalid, "--role: '{}' is neither viewer nor admin", role);
    token.is_admin = role == "admin";
  }
  if (!IsTyped(flags.expires)) return {};
  const auto lifetime_s = ParseLifetime(flags.expires->results().back());
  if (!lifetime_s) return Fail(lifetime_s.error().In("--expires"));
  token.lifetime_s = *lifetime_s;
  return {};
}

/// `--watch` alone means each second.
Result<std::int64_t> WatchInterval(const CLI::Option& watch) {
  const std::vector<std::string>& typed = watch.results();
  const bool has_interval = !typed.empty() && !typed.front().empty() && typed.front() != "{}";
  auto interval_ms = ParseDurationMs(has_interval ? typed.front() : "1s");
  if (!interval_ms) return Fail(interval_ms.error().In("--watch"));
  return interval_ms;
}

Result<CommandOptions> TakeCommandFlags(const CommandFlags& flags) {
  CommandOptions options;
  RETURN_IF_ERROR(TakeTokenFlags(flags, options.token));
  if (IsTyped(flags.live) && IsTyped(flags.ready))
    return Fail(ErrorCode::kInvalid, "--live and --ready: one of them");
  if (IsTyped(flags.live)) options.health_path = "/livez";
  if (IsTyped(flags.ready)) options.health_path = "/readyz";
  options.json = IsTyped(flags.json);
  options.force = IsTyped(flags.force);
  options.dry_run = IsTyped(flags.dry_run);
  if (flags.target != nullptr) options.backup_path = flags.target->results().back();
  if (IsTyped(flags.watch)) {
    ASSIGN_OR_RETURN(options.watch_ms, WatchInterval(*flags.watch));
  }
  return options;
}

Result<Invocation> Interpret(const CLI::App& app, const CommandFlags& flags, const Environment& environment) {
  RETURN_IF_ERROR(CheckExtras(app, flags));
  Invocation invocation;
  Options& options = invocation.options;
  options.command = flags.command;
  ASSIGN_OR_RETURN(options.of_command, TakeCommandFlags(flags));
  ASSIGN_OR_RETURN(const SettingValues values,
                   SettingValues::Collect(flags.command, TypedSettings(flags), environment));
  RETURN_IF_ERROR(ApplySettings(values, options));
  invocation.shows_settings = IsTyped(flags.print_config);
  if (invocation.shows_settings) invocation.text = values.Print();
  return invocation;
}

/// Help, version, or what was wrong with the command line. The parser's own messages are not used where they
/// would repeat what was typed: a URL may hold a password.
Invocation Explain(const CLI::App& app, const CLI::ParseError& stop, int argc, const char* const* argv) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  if (argc > 1 && IsWord(argv[1]) && parsed.empty()) return UsageError(UnknownCommand("", argv[1]));
  const bool is_in_group = !parsed.empty() && parsed.front()->get_name() == "token";
  if (is_in_group && argc == 2) return UsageError("token: takes create, list or revoke");
  if (is_in_group && IsWord(argv[2]) && parsed.front()->get_subcommands().empty())
    return UsageError(UnknownCommand("token ", argv[2]));
  if (stop.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError))
    return UsageError("flags stand behind the command, each with its value: keymeter run --redis URL");
  std::ostringstream out;
  const bool is_error = app.exit(stop, out, out) != 0;
  return {.exit_code = is_error ? kUsageError : 0,
          .text = CLI::detail::find_and_replace(out.str(), "\n\n\n", "\n\n"),
          .is_error = is_error,
          .options = {}};
}

}  // namespace

Invocation ParseCommandLine(int argc, const char* const* argv, const Environment& environment) {
  CLI::App app(kProgramAbout, "keymeter");
  app.footer(kProgramFooter);
  app.set_version_flag("--version", fmt::format("keymeter {}", kVersion), "print the version and exit");
  app.set_help_flag("-h,--help", "print this and exit");
  app.require_subcommand(1);
  app.get_formatter()->column_width(kHelpColumn);
  std::vector<CommandFlags> commands;
  commands.reserve(AllCommands().size());
  for (const CommandHelp& help : AllCommands()) commands.push_back(AddCommand(app, help));

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    return Explain(app, stop, argc, argv);
  }
  const auto asked = std::find_if(commands.begin(), commands.end(),
                                  [](const CommandFlags& flags) { return flags.app->parsed(); });
  auto invocation = Interpret(app, *asked, environment);
  return invocation ? *std::move(invocation) : UsageError(invocation.error().Text());
}

}  // namespace keymeter::processor
