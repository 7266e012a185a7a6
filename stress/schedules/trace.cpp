// What a traced run looks like to a reader: the table of its interleaving, and the switches by their sync
// points.
#include "stress/hunt/symbolizer.h"
#include "stress/schedules/replay.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>

namespace stress {

namespace {

using controlled::TraceEntry;

// Places of all entries of a trace, symbolized at once.
class Places {
public:
    Places(const Record& record, const std::vector<uint32_t>& wanted,
           const std::vector<uint16_t>& ended = {}) {
        std::vector<uintptr_t> addresses;
        for (uint16_t thread : ended) {
            for (uint32_t i = 0;
                 i < std::min<uint32_t>(record.threads[thread].frame_count, TraceEntry::kFrames); i++) {
                if (names_.emplace(record.threads[thread].frames[i], std::vector<std::string>()).second)
                    addresses.push_back(record.threads[thread].frames[i]);
            }
        }
        for (uint32_t index : wanted) {
            for (uintptr_t frame : record.trace[index].frames) {
                if (frame != 0 && !names_.contains(frame)) {
                    names_.emplace(frame, std::vector<std::string>());
                    addresses.push_back(frame);
                }
            }
        }
        std::vector<uintptr_t> calls = addresses;
        for (uintptr_t& address : calls)
            address--; // a return address points behind the call
        std::vector<std::vector<std::string>> lines = symbolize(calls);
        for (size_t i = 0; i < addresses.size(); i++)
            names_[addresses[i]] = std::move(lines[i]);
    }

    // The innermost function that is no primitive of engine/sync, as file:line.
    std::string of(const TraceEntry& entry) const { return of(entry.frames, TraceEntry::kFrames); }
    std::string of(const uintptr_t* frames, size_t count) const {
        for (size_t i = 0; i < count; i++) {
            uintptr_t frame = frames[i];
            auto found = names_.find(frame);
            if (frame == 0 || found == names_.end()) break;
            for (const std::string& line : found->second) {
                size_t blank = line.rfind(' ');
                std::string place = blank == std::string::npos ? line : line.substr(blank + 1);
                if (place.find("/engine/sync/") != std::string::npos || place.find("??") != std::string::npos)
                    continue;
                size_t slash = place.rfind('/');
                place = slash == std::string::npos ? place : place.substr(slash + 1);
                size_t column = place.rfind(':'); // file:line:column
                return column == std::string::npos ? place : place.substr(0, column);
            }
        }
        return {};
    }

private:
    std::map<uintptr_t, std::vector<std::string>> names_;
};

std::string operation_text(const TraceEntry& entry, const Places& places) {
    std::string text = operation_name(entry.operation);
    if (entry.has_object) text += ' ' + controlled::object_text(entry.object);
    if (entry.offset != 0) text += fmt::format("+{}", entry.offset);
    if (entry.timed_out) text += " (timed out)";
    if (std::string place = places.of(entry); !place.empty()) text += ' ' + place;
    if (entry.position[0]) text += fmt::format(" [{}]", entry.position);
    return text;
}

} // namespace

std::string trace_table(const Record& record, bool switches_only) {
    std::vector<uint32_t> shown;
    for (uint32_t i = 0; i < record.trace_count; i++) {
        bool near = false;
        for (uint32_t j = i > 0 ? i - 1 : 0; j < record.trace_count && j <= i + 1; j++)
            near |= record.trace[j].by_switch;
        if (!switches_only || near) shown.push_back(i);
    }
    Places places(record, shown);
    std::vector<int> column(controlled::kMaxThreads, -1);
    std::vector<uint16_t> threads;
    for (uint32_t i : shown) {
        if (column[record.trace[i].thread] < 0)
            threads.push_back(record.trace[i].thread), column[record.trace[i].thread] = 0;
    }
    std::sort(threads.begin(), threads.end());
    size_t width = std::clamp<size_t>(190 / std::max<size_t>(1, threads.size()), 26, 60);
    std::string text = fmt::format("{:>6}  ", "");
    for (size_t i = 0; i < threads.size(); i++) {
        column[threads[i]] = static_cast<int>(i);
        const controlled::ThreadReport& thread = record.threads[threads[i]];
        text += fmt::format(
            "{:<{}}",
            fmt::format("{} {}", controlled::path_text(thread.path), thread.name).substr(0, width - 2),
            width);
    }
    text += '\n';
    uint32_t last = UINT32_MAX;
    for (uint32_t i : shown) {
        if (last != UINT32_MAX && i != last + 1) text += "   ...\n";
        last = i;
        const TraceEntry& entry = record.trace[i];
        std::string cell = operation_text(entry, places);
        std::string mark = entry.by_switch ? "->" : "  ";
        std::string indent(width * static_cast<size_t>(column[entry.thread]), ' ');
        text += fmt::format("{:>5}{}{}{}\n", i + 1, mark, indent, fmt::format("{} {}", entry.step, cell));
    }
    if (record.decisions > record.trace_count)
        text += fmt::format("   ... {} more\n", record.decisions - record.trace_count);
    return text;
}

std::string explain_switches(Runner& runner, const Program& program, const Schedule& schedule) {
    runner.plan().trace = true;
    Replay run = replay(runner, program, schedule);
    runner.plan().trace = false;
    const Record& record = runner.record();
    std::vector<uint32_t> wanted;
    struct Turn {
        uint32_t from, to, pending;
    };
    std::vector<Turn> turns;
    for (uint32_t i = 1; i < record.trace_count; i++) {
        if (!record.trace[i].by_switch) continue;
        Turn turn{i - 1, i, UINT32_MAX};
        for (uint32_t later = i + 1; later < record.trace_count && turn.pending == UINT32_MAX; later++) {
            if (record.trace[later].thread == record.trace[i - 1].thread) turn.pending = later;
        }
        wanted.push_back(turn.from);
        wanted.push_back(turn.to);
        if (turn.pending != UINT32_MAX) wanted.push_back(turn.pending);
        turns.push_back(turn);
    }
    std::vector<uint16_t> ended;
    for (const Turn& turn : turns) {
        if (turn.pending == UINT32_MAX) ended.push_back(record.trace[turn.from].thread);
    }
    Places places(record, wanted, ended);
    std::string text;
    int number = 0;
    for (const Turn& turn : turns) {
        const TraceEntry& from = record.trace[turn.from];
        const TraceEntry& to = record.trace[turn.to];
        text += fmt::format("{}. {} has done {}\n", ++number,
                            controlled::path_text(record.threads[from.thread].path),
                            operation_text(from, places));
        if (turn.pending != UINT32_MAX)
            text +=
                fmt::format("   and stops before {}\n", operation_text(record.trace[turn.pending], places));
        else {
            // What it had announced when the run ended.
            const controlled::ThreadReport& thread = record.threads[from.thread];
            std::string object = thread.has_object ? ' ' + controlled::object_text(thread.object) : "";
            text += fmt::format(
                "   and never gets to {}{} {}\n", operation_name(thread.operation), object,
                places.of(thread.frames, std::min<uint32_t>(thread.frame_count, TraceEntry::kFrames)));
        }
        text += fmt::format("   {} goes on with {}\n", controlled::path_text(record.threads[to.thread].path),
                            operation_text(to, places));
    }
    for (const controlled::Choice& choice : schedule.choices)
        text +=
            fmt::format("{}. {} at its operation {}: {} {}\n", ++number, controlled::path_text(choice.thread),
                        choice.step, choice_kind_name(choice.kind), choice.value);
    if (number == 0) text = "no switch is needed: the failure shows by the default decisions\n";
    if (!run.failed_as_recorded) text += "(this run did not fail as recorded)\n";
    return text;
}

} // namespace stress
