// Hunting under control: the scenarios, or a user's script. Exit status: 0 nothing new, 1 something new, 2
// wrong use.
#pragma once

#include <string>
#include <vector>

namespace stress {

/// `hunt-script FILE [--minutes N] [--max-runs N] [--strategy S] [--seed N] [--shard I/N] [--until-found]
/// [--findings FOLDER]
/// [--262] [--module] [--any-output]`
int hunt_script_command(const std::vector<std::string>& arguments);
/// `hunt [--minutes N] [--scenario PATTERN]... [--strategy S] [--seed N] [--shard I/N] [--until-found]
/// [--findings FOLDER]
/// [--planted]`: the last one switches on the bug that each scenario names.
int hunt_command(const std::vector<std::string>& arguments);

} // namespace stress
