// Reading and writing schedules.
#include "stress/schedules/schedule.h"

#include <algorithm>
#include <elf.h>
#include <fmt/core.h>
#include <fstream>
#include <link.h>
#include <sstream>
#include <stdexcept>

#ifndef HEDDLE_BUILD_NAME
#define HEDDLE_BUILD_NAME "controlled"
#endif

namespace stress {

namespace {

int find_build_id(dl_phdr_info* info, size_t, void* data) {
    auto& id = *static_cast<std::string*>(data);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr)& header = info->dlpi_phdr[i];
        if (header.p_type != PT_NOTE) continue;
        auto at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
        auto end = at + header.p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            auto note = reinterpret_cast<const ElfW(Nhdr)*>(at);
            const char* name = at + sizeof *note;
            const char* value = name + ((note->n_namesz + 3) & ~3u);
            if (note->n_type == NT_GNU_BUILD_ID) {
                for (unsigned byte = 0; byte < std::min(note->n_descsz, 8u); byte++)
                    id += fmt::format("{:02x}", static_cast<unsigned char>(value[byte]));
                return 1;
            }
            at = value + ((note->n_descsz + 3) & ~3u);
        }
    }
    return 1; // the first module is the program itself
}

[[noreturn]] void complain(int line, const std::string& text, const std::string& expected) {
    throw std::runtime_error(fmt::format("schedule, line {}: '{}' is not {}", line, text, expected));
}

uint64_t number(const std::string& text, int base, int line) {
    size_t used = 0;
    uint64_t value = 0;
    try {
        value = std::stoull(text, &used, base);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used == 0 || used != text.size()) complain(line, text, "a number");
    return value;
}

controlled::ChoiceKind choice_kind(const std::string& text, int line) {
    for (int i = 0; i < controlled::kChoiceKindCount; i++) {
        auto kind = static_cast<controlled::ChoiceKind>(i);
        if (text == choice_kind_name(kind)) return kind;
    }
    complain(line, text, "a kind of choice");
}

ThreadPath path(const std::string& text, int line) {
    ThreadPath result;
    if (!controlled::parse_path(text, &result)) complain(line, text, "a thread's path such as main/1/2");
    return result;
}

} // namespace

std::string build_id() {
    std::string id;
    dl_iterate_phdr(find_build_id, &id);
    return id.empty() ? "unknown" : id;
}

bool Schedule::is_of_this_build() const {
    return build_id != "unknown" && build_id == stress::build_id();
}

const Program& find_program(const std::vector<Program>& programs, const std::string& name) {
    std::string there;
    for (const Program& program : programs) {
        if (program.name == name) return program;
        there += "\n  " + program.name;
    }
    throw std::runtime_error(fmt::format("there is no program '{}' here; there are:{}", name, there));
}

Arguments arguments_for(const Program& program, const Arguments& given) {
    Arguments arguments;
    std::string there;
    for (const Parameter& parameter : program.parameters) {
        arguments[parameter.name] = parameter.value;
        there += ' ' + parameter.name;
    }
    for (const auto& [name, value] : given) {
        if (!arguments.contains(name))
            throw std::runtime_error(fmt::format("{} has no parameter '{}'; it has:{}", program.name, name,
                                                 there.empty() ? " none" : there));
        arguments[name] = value;
    }
    return arguments;
}

std::string write_schedule(const Schedule& schedule) {
    std::string text = "heddle schedule 1\n";
    text += fmt::format("build {} {}\n", schedule.build, schedule.build_id);
    text += fmt::format("program {}\n", schedule.program);
    for (const auto& [name, value] : schedule.arguments)
        text += fmt::format("argument {} {}\n", name, value);
    text += fmt::format("found-by {} {}\n", schedule.strategy, schedule.strategy_seed);
    text += fmt::format("seed {}\n", schedule.seed);
    if (!schedule.failure.empty()) text += fmt::format("failure {}\n", schedule.failure);
    text += fmt::format("trace {:016x}\n", schedule.trace_hash);
    if (const auto& by = schedule.steering) {
        text += fmt::format("by {} {} {} {} {:x}\n", strategy_name(by->strategy), by->depth, by->expected_length,
                            by->stickiness, by->interesting_object);
        for (const auto& [kind, one_in] : by->rates)
            text += fmt::format("rate {} {}\n", choice_kind_name(kind), one_in);
        for (const controlled::Weight& one : by->weights)
            text += fmt::format("weight {:x} {:x} {}\n", one.thread, one.parent, one.events);
        for (const controlled::Constraint& one : by->constraints)
            text += fmt::format("constraint {:x} {:x} {:x} {}\n", one.write, one.read, one.object,
                                one.negative ? "must-not" : "must");
    }
    for (const controlled::Switch& one : schedule.switches)
        text += fmt::format("switch {} {} {}\n", controlled::path_text(one.thread), one.step,
                            controlled::path_text(one.next));
    for (const controlled::Choice& one : schedule.choices)
        text += fmt::format("choice {} {} {} {}\n", controlled::path_text(one.thread), one.step,
                            choice_kind_name(one.kind), one.value);
    return text;
}

Schedule read_schedule(const std::string& text) {
    Schedule schedule;
    std::istringstream lines(text);
    int number_of_line = 0;
    bool headed = false;
    for (std::string line; std::getline(lines, line);) {
        number_of_line++;
        if (line.empty() || line[0] == '#') continue;
        if (!headed) {
            if (line != "heddle schedule 1") complain(number_of_line, line, "'heddle schedule 1'");
            headed = true;
            continue;
        }
        std::istringstream words(line);
        std::vector<std::string> word;
        for (std::string one; words >> one;)
            word.push_back(one);
        auto need = [&](size_t count, const char* form) {
            if (word.size() != count) complain(number_of_line, line, form);
        };
        if (word[0] == "build") {
            need(3, "'build PRESET ID'");
            schedule.build = word[1];
            schedule.build_id = word[2];
        } else if (word[0] == "program") {
            need(2, "'program NAME'");
            schedule.program = word[1];
        } else if (word[0] == "argument") {
            need(3, "'argument NAME NUMBER'");
            bool negative = word[2][0] == '-';
            auto value = static_cast<int64_t>(number(word[2].substr(negative), 10, number_of_line));
            schedule.arguments[word[1]] = negative ? -value : value;
        } else if (word[0] == "found-by") {
            need(3, "'found-by STRATEGY SEED'");
            schedule.strategy = word[1];
            schedule.strategy_seed = number(word[2], 10, number_of_line);
        } else if (word[0] == "seed") {
            need(2, "'seed NUMBER'");
            schedule.seed = number(word[1], 10, number_of_line);
        } else if (word[0] == "failure") {
            schedule.failure = line.substr(std::min<size_t>(8, line.size()));
        } else if (word[0] == "trace") {
            need(2, "'trace HASH'");
            schedule.trace_hash = number(word[1], 16, number_of_line);
        } else if (word[0] == "switch") {
            need(4, "'switch PATH OPERATION PATH'");
            if (schedule.switches.size() + 1 >= controlled::kMaxSwitches)
                complain(number_of_line, line, "within the most switches a schedule may have");
            schedule.switches.push_back({path(word[1], number_of_line),
                                         static_cast<uint32_t>(number(word[2], 10, number_of_line)),
                                         path(word[3], number_of_line)});
        } else if (word[0] == "choice") {
            need(5, "'choice PATH OPERATION KIND VALUE'");
            if (schedule.choices.size() + 1 >= controlled::kMaxChoices)
                complain(number_of_line, line, "within the most choices a schedule may have");
            controlled::Choice choice{path(word[1], number_of_line),
                                      static_cast<uint32_t>(number(word[2], 10, number_of_line)),
                                      controlled::ChoiceKind::Other, number(word[4], 10, number_of_line)};
            choice.kind = choice_kind(word[3], number_of_line);
            schedule.choices.push_back(choice);
        } else if (word[0] == "by") {
            need(6, "'by STRATEGY DEPTH LENGTH STICKINESS OBJECT'");
            Steering by;
            bool known = false;
            for (int i = 0; i < controlled::kStrategyCount; i++) {
                auto strategy = static_cast<Strategy>(i);
                if (word[1] != strategy_name(strategy) || strategy == Strategy::Recorded || strategy == Strategy::Bytes)
                    continue;
                by.strategy = strategy;
                known = true;
            }
            if (!known) complain(number_of_line, word[1], "a strategy that a seed decides");
            by.depth = static_cast<uint32_t>(number(word[2], 10, number_of_line));
            by.expected_length = static_cast<uint32_t>(number(word[3], 10, number_of_line));
            by.stickiness = static_cast<uint32_t>(number(word[4], 10, number_of_line));
            by.interesting_object = number(word[5], 16, number_of_line);
            schedule.steering = by;
        } else if (word[0] == "rate" || word[0] == "weight" || word[0] == "constraint") {
            if (!schedule.steering) complain(number_of_line, line, "after a line 'by STRATEGY ...'");
            Steering& by = *schedule.steering;
            if (word[0] == "rate") {
                need(3, "'rate KIND N'");
                by.rates.emplace_back(choice_kind(word[1], number_of_line),
                                      static_cast<uint32_t>(number(word[2], 10, number_of_line)));
            } else if (word[0] == "weight") {
                need(4, "'weight THREAD PARENT EVENTS'");
                if (by.weights.size() == controlled::kMaxWeights)
                    complain(number_of_line, line, "within the most weights a schedule may have");
                by.weights.push_back({number(word[1], 16, number_of_line), number(word[2], 16, number_of_line),
                                      static_cast<uint32_t>(number(word[3], 10, number_of_line))});
            } else {
                need(5, "'constraint WRITE READ OBJECT must|must-not'");
                if (by.constraints.size() == controlled::kMaxConstraints)
                    complain(number_of_line, line, "within the most constraints a schedule may have");
                if (word[4] != "must" && word[4] != "must-not") complain(number_of_line, word[4], "must or must-not");
                by.constraints.push_back({number(word[1], 16, number_of_line), number(word[2], 16, number_of_line),
                                          number(word[3], 16, number_of_line), word[4] == "must-not"});
            }
        } else {
            complain(number_of_line, word[0],
                     "build, program, argument, found-by, seed, failure, trace, switch, choice or by");
        }
    }
    if (schedule.program.empty()) throw std::runtime_error("schedule: no line 'program NAME'");
    return schedule;
}

Schedule load_schedule(const std::filesystem::path& file) {
    std::ifstream stream(file);
    if (!stream) throw std::runtime_error(fmt::format("cannot read {}", file.string()));
    std::ostringstream text;
    text << stream.rdbuf();
    return read_schedule(text.str());
}

void save_schedule(const std::filesystem::path& file, const Schedule& schedule) {
    std::ofstream stream(file);
    stream << write_schedule(schedule);
    stream.close();
    if (!stream) throw std::runtime_error(fmt::format("cannot write {}", file.string()));
}

Schedule record_schedule(Runner& runner, const RunResult& result, const Program& program,
                         const Arguments& arguments, const std::string& strategy, uint64_t strategy_seed) {
    const Record& record = runner.record();
    Schedule schedule;
    schedule.build = HEDDLE_BUILD_NAME;
    schedule.build_id = build_id();
    schedule.program = program.name;
    schedule.arguments = arguments;
    schedule.strategy = strategy;
    schedule.strategy_seed = strategy_seed;
    schedule.seed = runner.plan().seed;
    if (result.failed()) schedule.failure = result.signature;
    schedule.trace_hash = record.trace_hash;
    const Plan& plan = runner.plan();
    bool fits = record.switch_count < controlled::kMaxSwitches - 1 && record.choice_count < controlled::kMaxChoices - 1;
    if (!fits && plan.strategy != Strategy::Recorded && plan.strategy != Strategy::Bytes) {
        Steering by{plan.strategy, plan.depth, plan.expected_length, plan.stickiness, plan.interesting_object, {}, {}, {}};
        for (int kind = 0; kind < controlled::kChoiceKindCount; kind++) {
            if (plan.choice_one_in[kind] != 0)
                by.rates.emplace_back(static_cast<controlled::ChoiceKind>(kind), plan.choice_one_in[kind]);
        }
        by.weights.assign(plan.weights, plan.weights + plan.weight_count);
        by.constraints.assign(plan.constraints, plan.constraints + plan.constraint_count);
        schedule.steering = std::move(by);
        return schedule;
    }
    schedule.switches.assign(record.switches,
                             record.switches + std::min<uint32_t>(record.switch_count, controlled::kMaxSwitches - 2));
    schedule.choices.assign(record.choices,
                            record.choices + std::min<uint32_t>(record.choice_count, controlled::kMaxChoices - 2));
    return schedule;
}

void plan_schedule(Runner& runner, const Schedule& schedule) {
    Plan& plan = runner.plan();
    plan.strategy = Strategy::Recorded;
    plan.seed = schedule.seed;
    plan.constraint_count = plan.weight_count = plan.byte_count = 0;
    plan.profile = false;
    if (const auto& by = schedule.steering) {
        plan.strategy = by->strategy;
        plan.depth = by->depth;
        plan.expected_length = by->expected_length;
        plan.stickiness = by->stickiness;
        plan.interesting_object = by->interesting_object;
        for (const auto& [kind, one_in] : by->rates)
            plan.choice_one_in[static_cast<int>(kind)] = one_in;
        plan.weight_count = static_cast<uint32_t>(by->weights.size());
        plan.constraint_count = static_cast<uint32_t>(by->constraints.size());
        std::copy(by->weights.begin(), by->weights.end(), plan.weights);
        std::copy(by->constraints.begin(), by->constraints.end(), plan.constraints);
    }
    plan.switch_count = static_cast<uint32_t>(schedule.switches.size());
    plan.choice_count = static_cast<uint32_t>(schedule.choices.size());
    std::copy(schedule.switches.begin(), schedule.switches.end(), plan.switches);
    std::copy(schedule.choices.begin(), schedule.choices.end(), plan.choices);
}

} // namespace stress
