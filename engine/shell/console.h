// The console object, in the manner of node's: formats, groups, counters, timers and tables.
#pragma once

#include "shell/inspector.h"

#include <map>

namespace heddle::shell {

/// What the consoles of one agent remember.
struct ConsoleState {
    bool colors_on_output = false;
    bool colors_on_errors = false;
    uint32_t indentation = 0;
    std::map<std::string, uint64_t> counts;
    std::map<std::string, uint64_t> timers; // nanoseconds of the monotonic clock at the start
};

/// Defines `console` in `realm`.
Fallible<void> install_console(Agent&, Realm&);

/// The text of a call's arguments: %s %d %i %f %j %o %O %c %% in the first where that is a string, then the
/// rest, inspected and separated by spaces. Runs user code only for %s, %d, %i, %f and %j.
Result<std::string> format_arguments(Agent&, std::span<const Value>, const InspectOptions&);
/// Rows and columns in a frame of box-drawing characters. `columns` holds the cells of each column.
std::string draw_table(const std::vector<std::string>& head,
                       const std::vector<std::vector<std::string>>& columns);
/// "1.234ms", "2.500s", "1:02.000 (m:ss.mmm)"
std::string format_duration(double milliseconds);
/// The table of console.table; nothing when `data` is no table (a primitive).
std::optional<std::string> tabulate(Agent&, Value data, Value filter, bool colors);

/// Whether output on the descriptor is coloured: a terminal, unless NO_COLOR; FORCE_COLOR wins.
bool wants_colors(int descriptor);

} // namespace heddle::shell
