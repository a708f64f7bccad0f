#include "processor/config/command_line.h"

#include <algorithm>
#include <array>
#include <sstream>

#include <CLI/CLI.hpp>

#include "processor/config/access_settings.h"
#include "processor/config/nearest_name.h"
#include "schema/version.h"

namespace keymeter::processor {

namespace {

constexpr int kUsageError = 2;
constexpr std::size_t kHelpColumn = 36;
constexpr std::size_t kHelpWidth = 64;

constexpr const char* kAbout =
    "Keymeter meters API keys: it subscribes to the keyspace events of a relay's Redis, keeps exact usage "
    "by\n"
    "minute, hour, day and month in one SQLite file, and serves it over HTTP. It never writes to the "
    "relay's\n"
    "data.";

constexpr const char* kExamples =
    "Examples:\n"
    "  keymeter run --redis redis://127.0.0.1:6379/0 --db keymeter.db\n"
    "  keymeter run --config /etc/keymeter.json --print-config\n"
    "  keymeter check --redis redis://127.0.0.1:6379/0\n"
    "  keymeter status --watch\n"
    "  curl -s http://127.0.0.1:8787/api/realtime/system-metrics\n"
    "  sqlite3 -readonly keymeter.db 'SELECT * FROM api_key_usage_minute ORDER BY bucket DESC LIMIT 10'\n"
    "\n"
    "Flags win over the environment (--utc-offset is KEYMETER_UTC_OFFSET), which wins over the file of "
    "--config\n"
    "(its key is utc_offset), which wins over the defaults. A password belongs into KEYMETER_REDIS_PASSWORD "
    "or\n"
    "--redis-password-file rather than into a process list.\n"
    "\n"
    "Exit codes: 0 stopped by a signal, 1 cannot work (the log says why), 2 wrong usage.";

constexpr const char* kTokenCreateFooter =
    "Examples:\n"
    "  keymeter token create --token-file tokens.json --name grafana\n"
    "  keymeter token create --token-file tokens.json --name ann --role admin --expires 90d\n"
    "  keymeter serve --token-file tokens.json\n"
    "  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8787/api/apikeys\n"
    "\n"
    "The token is printed once, alone on stdout; the file keeps its hash only. A running server follows the "
    "file.\n"
    "\n"
    "Exit codes: 0 done, 1 not done, 2 wrong usage.";

constexpr const char* kTokenFooter =
    "A running server follows the file within two seconds. Exit codes: 0 done, 1 not done, 2 wrong usage.";

struct CommandHelp {
  Command command;
  const char* about;
  const char* footer;
};

constexpr std::array kCommands = {
    CommandHelp{Command::kRun, "meter a relay and serve its usage: process and serve in one", kExamples},
    CommandHelp{Command::kProcess, "only meter: Redis to SQLite", kExamples},
    CommandHelp{Command::kServe, "only serve: a SQLite file over HTTP", kExamples},
    CommandHelp{Command::kHealthcheck, "ask the running one how it is: for containers, which have no curl",
                "Exit codes: 0 healthy, 1 not healthy or no answer within 3 s, 2 wrong usage."},
    CommandHelp{Command::kCheck, "would it work? looks at Redis, relay, file and host, and says what to do",
                "It reads only. Exit codes: 0 all is well, 1 warnings, 2 wrong usage, 3 it cannot work."},
    CommandHelp{Command::kStatus, "what the running one is doing, read from its file",
                "Exit codes: 0 all is well, 1 not running or a problem, 2 wrong usage."},
    CommandHelp{
        Command::kBackup, "copy the file into FILE, also while it is written",
        "The copy is one moment's, in one file, and was checked. Exit codes: 0 it is there, 1 it is not "
        "(nothing\nhalf is left), 2 wrong usage."},
    CommandHelp{
        Command::kRebuild, "make a damaged file anew from the relay's own history",
        "The damaged one is kept beside it. Exit codes: 0 done, 1 not (nothing was changed), 2 wrong usage."},
    CommandHelp{Command::kTokenCreate, "make a token that lets somebody use the API", kTokenCreateFooter},
    CommandHelp{Command::kTokenList,
                "the tokens of a file: names, roles, until when; not the tokens themselves", kTokenFooter},
    CommandHelp{Command::kTokenRevoke, "take a token back", kTokenFooter},
};

/// One command of the command line and the flags that it takes.
struct CommandFlags {
  Command command = Command::kRun;
  CLI::App* app = nullptr;
  std::vector<std::pair<const Setting*, CLI::Option*>> settings;
  CLI::Option* print_config = nullptr;
  CLI::Option* live = nullptr;     ///< of healthcheck
  CLI::Option* ready = nullptr;    ///< likewise
  CLI::Option* json = nullptr;     ///< of status, check and token list
  CLI::Option* watch = nullptr;    ///< of status
  CLI::Option* target = nullptr;   ///< of backup: FILE
  CLI::Option* force = nullptr;    ///< of backup and rebuild
  CLI::Option* dry_run = nullptr;  ///< of rebuild
  CLI::Option* name = nullptr;     ///< of token create
  CLI::Option* role = nullptr;     ///< likewise
  CLI::Option* expires = nullptr;  ///< likewise
  CLI::Option* token = nullptr;    ///< of token revoke: ID|NAME
};

/// In lines of at most kHelpWidth, for the right column of the help.
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
    if (!setting.IsOf(flags.command) || (setting.places & Setting::kFlag) == 0) continue;
    CLI::Option* option = setting.kind == Setting::Kind::kSwitch ? app.add_flag(setting.Flag())
                                                                 : app.add_option(setting.Flag());
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
    parent = app.add_subcommand(group, "who may use the API: create, list, revoke");
    parent->require_subcommand(1)->footer(kTokenCreateFooter);
  }
  return parent->add_subcommand(name.substr(space + 1), help.about);
}

void AddTokenFlags(CommandFlags& flags) {
  if (flags.command == Command::kTokenCreate) {
    flags.name = flags.app->add_option("--name")->required()->option_text("NAME");
    flags.name->description(Wrapped("whom or what it is for: letters, digits and ._@-; in the access log"));
    flags.role = flags.app->add_option("--role")->option_text("ROLE");
    flags.role->description(
        Wrapped("viewer reads usage; admin also reads owners, error messages, and exports all [viewer]"));
    flags.expires = flags.app->add_option("--expires")->option_text("TIME");
    flags.expires->description(Wrapped("how long it holds: 12h, 90d; without: until it is revoked"));
  }
  if (flags.command == Command::kTokenRevoke)
    flags.token =
        flags.app->add_option("TOKEN")->required()->description("its ID or NAME, as token list shows it");
}

CommandFlags AddCommand(CLI::App& app, const CommandHelp& help) {
  CommandFlags flags;
  flags.command = help.command;
  flags.app = AddSubcommand(app, help);
  flags.app->footer(help.footer);
  flags.app->allow_extras();  // reported by CheckExtras, with the nearest name and without a URL's password
  AddSettings(flags);
  if (help.command == Command::kHealthcheck) {
    flags.live = AddFlag(*flags.app, "live", "ask only whether the loop turns (/livez)");
    flags.ready = AddFlag(*flags.app, "ready", "ask only whether it can do its role (/readyz)");
  }
  AddTokenFlags(flags);
  if (help.command == Command::kStatus || help.command == Command::kCheck ||
      help.command == Command::kTokenList)
    flags.json = AddFlag(*flags.app, "json", "for programs");
  if (help.command == Command::kStatus) {
    flags.watch = flags.app->add_option("--watch")->expected(0, 1)->option_text("[SECONDS]");
    flags.watch->description(Wrapped("show it again and again, each second or each so many; Ctrl-C ends it"));
  }
  if (help.command == Command::kBackup) {
    flags.target = flags.app->add_option("FILE")->required()->description("where the copy is to be");
    flags.force = AddFlag(*flags.app, "force", "replace FILE when it is there");
  }
  if (help.command == Command::kRebuild) {
    flags.force = AddFlag(*flags.app, "force", "also when the file is sound, or the relay keeps no usage");
    flags.dry_run = AddFlag(*flags.app, "dry-run", "say what would be done, and touch nothing");
  }
  return flags;
}

Invocation UsageError(std::string_view message) {
  return {kUsageError, fmt::format("keymeter: {}\n", message), true, {}};
}

/// Something that could be meant as a command; a URL is not: it may hold a password.
bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// `group` is "" or "token ".
std::string UnknownCommand(std::string_view group, std::string_view typed) {
  std::vector<std::string> names;
  names.reserve(kCommands.size());
  for (const CommandHelp& help : kCommands) {
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
    if ((setting.places & Setting::kFlag) == 0)
      return Fail(ErrorCode::kInvalid, "{}: is no flag; use {}", name, setting.Variable());
    return Fail(ErrorCode::kInvalid, "{}: is no flag of {}", name, CommandName(flags.command));
  }
  return Fail(ErrorCode::kInvalid, "{}: is no flag of {}{}", name, CommandName(flags.command),
              Suggestion(name, known));
}

SettingTexts TypedSettings(const CommandFlags& flags) {
  SettingTexts texts;
  for (const auto& [setting, option] : flags.settings)
    if (option->count() > 0) texts[setting] = option->results().back();
  return texts;
}

Status TakeTokenFlags(const CommandFlags& flags, Options& options) {
  if (flags.token != nullptr) options.token = flags.token->results().back();
  if (flags.name != nullptr) options.token_name = flags.name->results().back();
  if (flags.role != nullptr && flags.role->count() > 0) options.token_role = flags.role->results().back();
  if (options.token_role != "viewer" && options.token_role != "admin")
    return Fail(ErrorCode::kInvalid, "--role: '{}' is neither viewer nor admin", options.token_role);
  if (flags.expires == nullptr || flags.expires->count() == 0) return {};
  const auto lifetime_s = ParseLifetime(flags.expires->results().back());
  if (!lifetime_s) return Fail(lifetime_s.error().In("--expires"));
  options.token_lifetime_s = *lifetime_s;
  return {};
}

Status TakeCommandFlags(const CommandFlags& flags, Options& options) {
  RETURN_IF_ERROR(TakeTokenFlags(flags, options));
  if (flags.live != nullptr && flags.live->count() > 0) options.health_path = "/livez";
  if (flags.ready != nullptr && flags.ready->count() > 0) options.health_path = "/readyz";
  if (flags.live != nullptr && flags.live->count() > 0 && flags.ready->count() > 0)
    return Fail(ErrorCode::kInvalid, "--live and --ready: one of them");
  options.json = flags.json != nullptr && flags.json->count() > 0;
  options.force = flags.force != nullptr && flags.force->count() > 0;
  options.dry_run = flags.dry_run != nullptr && flags.dry_run->count() > 0;
  if (flags.target != nullptr) options.backup_path = flags.target->results().back();
  if (flags.watch == nullptr || flags.watch->count() == 0) return {};
  const std::vector<std::string>& typed = flags.watch->results();
  const bool has_interval = !typed.empty() && !typed.front().empty() && typed.front() != "{}";
  const auto interval_ms = ParseDurationMs(has_interval ? typed.front() : "1s");
  if (!interval_ms) return Fail(interval_ms.error().In("--watch"));
  options.watch_ms = *interval_ms;
  return {};
}

Invocation Interpret(const CLI::App& app, const CommandFlags& flags, const Environment& environment) {
  if (const Status none = CheckExtras(app, flags); !none) return UsageError(none.error().Text());
  Invocation invocation;
  invocation.options.command = flags.command;
  if (const Status taken = TakeCommandFlags(flags, invocation.options); !taken)
    return UsageError(taken.error().Text());
  const auto values = SettingValues::Collect(flags.command, TypedSettings(flags), environment);
  if (!values) return UsageError(values.error().Text());
  if (const Status applied = ApplySettings(*values, invocation.options); !applied)
    return UsageError(applied.error().Text());
  if (flags.print_config->count() > 0) invocation.text = values->Print();
  return invocation;
}

}  // namespace

Invocation ParseCommandLine(int argc, const char* const* argv, const Environment& environment) {
  CLI::App app(kAbout, "keymeter");
  app.footer(kExamples);
  app.set_version_flag("--version", fmt::format("keymeter {}", kVersion), "print the version and exit");
  app.set_help_flag("-h,--help", "print this and exit");
  app.require_subcommand(1);
  app.get_formatter()->column_width(kHelpColumn);
  std::vector<CommandFlags> commands;
  commands.reserve(kCommands.size());
  for (const CommandHelp& help : kCommands) commands.push_back(AddCommand(app, help));

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    const std::vector<CLI::App*> parsed = app.get_subcommands();
    if (argc > 1 && IsWord(argv[1]) && parsed.empty()) return UsageError(UnknownCommand("", argv[1]));
    const bool is_in_group = !parsed.empty() && parsed.front()->get_name() == "token";
    if (is_in_group && argc == 2) return UsageError("token: takes create, list or revoke");
    if (is_in_group && IsWord(argv[2]) && parsed.front()->get_subcommands().empty())
      return UsageError(UnknownCommand("token ", argv[2]));
    // The parser's own message would repeat what was typed, and a URL may hold a password.
    if (stop.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError))
      return UsageError("flags stand behind the command, each with its value: keymeter run --redis URL");
    std::ostringstream out;
    const bool is_error = app.exit(stop, out, out) != 0;
    const std::string text = CLI::detail::find_and_replace(out.str(), "\n\n\n", "\n\n");
    return {is_error ? kUsageError : 0, text, is_error, {}};
  }
  const auto asked = std::find_if(commands.begin(), commands.end(),
                                  [](const CommandFlags& flags) { return flags.app->parsed(); });
  return Interpret(app, *asked, environment);
}

}  // namespace keymeter::processor
