// Explorers: each prepares the plan of the next run and learns from its record. The scheduling half of a strategy is in
// engine/sync/controlled; what it needs to know from run to run is here.
//
//     Search search(runner, "portfolio", /*seed=*/1);
//     while (!search.result().failed() && search.runs() < 1000) search.step();
#pragma once

#include "stress/random.h"
#include "stress/schedules/runner.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace stress {

class Explorer {
public:
    virtual ~Explorer() = default;
    /// Sets strategy, seed and what belongs to them; leaves the plan's faults and limits alone.
    virtual void prepare(Plan&, Random&) = 0;
    /// `novelty`: how many reads-from pairs of the run no run of this search had shown before.
    virtual void learn(const Record&, size_t novelty) {}
};

/// "random-walk", "pct1" to "pct5", "pos", "surw", "reads-from" or "portfolio"; null for anything else.
std::unique_ptr<Explorer> make_explorer(const std::string& strategy);
/// The names that make_explorer knows.
const std::vector<std::string>& explorer_names();

/// Runs one program again and again under one explorer. Reproducible: the same program, explorer and seed make the same
/// runs.
class Search {
public:
    /// Throws std::runtime_error naming what exists.
    Search(Runner&, const std::string& strategy, uint64_t seed);

    const RunResult& step();
    const RunResult& result() const { return result_; }
    uint64_t runs() const { return runs_; }
    size_t reads_from_pairs() const { return seen_.size(); }

private:
    Runner& runner_;
    std::unique_ptr<Explorer> explorer_;
    Random random_;
    RunResult result_;
    uint64_t runs_ = 0;
    std::set<std::pair<uint64_t, uint64_t>> seen_;
};

/// SURW's memory: how many events each thread has on each object.
class SurwExplorer final : public Explorer {
public:
    void prepare(Plan&, Random&) override;
    void learn(const Record&, size_t novelty) override;

private:
    struct Count {
        uint64_t thread, parent;
        uint32_t events;
    };
    struct Object {
        std::map<uint64_t, Count> threads;
        bool written = false;
    };
    std::map<uint64_t, Object> objects_;
};

/// PCT's memory: how long runs are.
class PctExplorer final : public Explorer {
public:
    explicit PctExplorer(uint32_t depth) : depth_(depth) {}
    void prepare(Plan&, Random&) override;
    void learn(const Record&, size_t novelty) override;

private:
    uint32_t depth_;
    uint32_t length_ = 0;
};

/// The fuzzing half of RFF (reads_from.cpp names the paper): abstract schedules that showed something new are kept,
/// picked by a power schedule that favours rare behaviour, and mutated: a constraint inserted, replaced, dropped or
/// negated.
class ReadsFromExplorer final : public Explorer {
public:
    void prepare(Plan&, Random&) override;
    void learn(const Record&, size_t novelty) override;
    /// Learns which events there are, from runs of other explorers too.
    void observe(const Record&);

private:
    struct AbstractSchedule {
        std::vector<controlled::Constraint> constraints;
        uint64_t behaviour = 0; // hash of the set of reads-from pairs that it showed
        uint64_t chosen = 0;
    };
    struct Object {
        std::vector<uint64_t> writes; // 0, the initial value, is one
        std::vector<uint64_t> reads;
        bool is_lock = false;
    };
    const AbstractSchedule& pick(Random&);
    bool random_constraint(Random&, controlled::Constraint*);
    void mutate(std::vector<controlled::Constraint>&, Random&);

    std::vector<AbstractSchedule> corpus_{AbstractSchedule{}};
    AbstractSchedule current_;
    std::map<uint64_t, Object> objects_;
    std::vector<uint64_t> data_objects_, lock_objects_; // those with a choice of what to read
    std::set<std::pair<uint64_t, uint64_t>> pairs_;
    std::unordered_map<uint64_t, uint64_t> behaviours_; // how often each was shown
};

} // namespace stress
