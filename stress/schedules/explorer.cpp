// What each strategy remembers from run to run, the portfolio, and the search loop.
#include "stress/schedules/explorer.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <stdexcept>

namespace stress {

namespace {

class PlainExplorer final : public Explorer {
public:
    explicit PlainExplorer(Strategy strategy) : strategy_(strategy) {}
    void prepare(Plan& plan, Random& random) override {
        plan.strategy = strategy_;
        plan.seed = random.next();
    }

private:
    Strategy strategy_;
};

/// Shares the runs among the strategies by what pays: a fixed opening that gives each a try, then a bandit over short
/// shares, where a share's reward is the new reads-from pairs of its runs.
class Portfolio final : public Explorer {
public:
    Portfolio() {
        reads_from_ = new ReadsFromExplorer;
        surw_ = new SurwExplorer;
        arms_.push_back({std::unique_ptr<Explorer>(reads_from_)});
        for (const char* name : {"pos", "pct3", "random-walk"}) arms_.push_back({make_explorer(name)});
        arms_.push_back({std::unique_ptr<Explorer>(surw_)});
        arms_.push_back({make_explorer("pct2")});
    }

    void prepare(Plan& plan, Random& random) override {
        if (share_ == 0) choose_arm(random);
        share_--;
        arms_[arm_].runs++;
        arms_[arm_].explorer->prepare(plan, random);
        plan.profile = true;
        runs_++;
    }

    void learn(const Record& record, size_t novelty) override {
        arms_[arm_].reward = arms_[arm_].reward * 0.97 + (novelty > 0 ? 1.0 : 0.0);
        arms_[arm_].weight = arms_[arm_].weight * 0.97 + 1.0;
        arms_[arm_].explorer->learn(record, novelty);
        if (arm_ != 0) reads_from_->observe(record);
        if (arms_[arm_].explorer.get() != surw_) surw_->learn(record, 0);
    }

private:
    struct Arm {
        std::unique_ptr<Explorer> explorer;
        uint64_t runs = 0;
        double reward = 0;
        double weight = 0;
    };

    void choose_arm(Random& random) {
        // The order of the opening is what found the most within few runs, over the programs of bench/schedules.
        static constexpr int kOpening[] = {0, 0, 0, 3, 0, 0, 2, 0, 0, 1, 0, 0, 4, 0, 0, 5};
        share_ = 1;
        if (runs_ < std::size(kOpening)) {
            arm_ = kOpening[runs_];
            return;
        }
        // Every fourth run goes round; the rest go to the best by an upper confidence bound (Auer, Cesa-Bianchi, Fischer,
        // "Finite-time Analysis of the Multiarmed Bandit Problem", 2002), over a window that forgets.
        if (runs_ % 4 == 0) {
            arm_ = static_cast<int>(runs_ / 4 % arms_.size());
            return;
        }
        share_ = 3 - (runs_ - 1) % 4 % 3;
        share_ = std::max<uint64_t>(share_, 1);
        double best = -1;
        for (size_t i = 0; i < arms_.size(); i++) {
            double mean = arms_[i].weight > 0 ? arms_[i].reward / arms_[i].weight : 1;
            double bound = mean + 0.7 * std::sqrt(std::log(static_cast<double>(runs_)) / std::max(1.0, arms_[i].weight)) +
                           static_cast<double>(random.below(1000)) * 1e-6;
            if (bound <= best) continue;
            best = bound;
            arm_ = static_cast<int>(i);
        }
    }

    std::vector<Arm> arms_;
    ReadsFromExplorer* reads_from_;
    SurwExplorer* surw_;
    int arm_ = 0;
    uint64_t share_ = 0;
    uint64_t runs_ = 0;
};

} // namespace

const std::vector<std::string>& explorer_names() {
    static const std::vector<std::string> names{"random-walk", "pct1", "pct2",       "pct3",     "pct4", "pct5",
                                                "pos",         "surw", "reads-from", "portfolio"};
    return names;
}

std::unique_ptr<Explorer> make_explorer(const std::string& strategy) {
    if (strategy == "random-walk") return std::make_unique<PlainExplorer>(Strategy::RandomWalk);
    if (strategy == "pos") return std::make_unique<PlainExplorer>(Strategy::Pos);
    if (strategy.size() == 4 && strategy.starts_with("pct") && strategy[3] >= '1' && strategy[3] <= '5')
        return std::make_unique<PctExplorer>(static_cast<uint32_t>(strategy[3] - '0'));
    if (strategy == "surw") return std::make_unique<SurwExplorer>();
    if (strategy == "reads-from") return std::make_unique<ReadsFromExplorer>();
    if (strategy == "portfolio") return std::make_unique<Portfolio>();
    return nullptr;
}

Search::Search(Runner& runner, const std::string& strategy, uint64_t seed)
    : runner_(runner), explorer_(make_explorer(strategy)), random_(seed) {
    if (explorer_) return;
    std::string there;
    for (const std::string& name : explorer_names()) there += ' ' + name;
    throw std::runtime_error(fmt::format("there is no strategy '{}'; there are:{}", strategy, there));
}

const RunResult& Search::step() {
    Plan& plan = runner_.plan();
    plan.constraint_count = plan.weight_count = plan.switch_count = plan.choice_count = plan.byte_count = 0;
    plan.profile = false;
    explorer_->prepare(plan, random_);
    result_ = runner_.run();
    runs_++;
    const Record& record = runner_.record();
    size_t novelty = 0;
    for (uint32_t i = 0; i < record.reads_from_count; i++)
        novelty += seen_.emplace(record.reads_from[i].write, record.reads_from[i].read).second;
    explorer_->learn(record, novelty);
    return result_;
}

void PctExplorer::prepare(Plan& plan, Random& random) {
    plan.strategy = Strategy::Pct;
    plan.seed = random.next();
    plan.depth = depth_;
    // The first run only measures how long runs are, as a run without change points.
    plan.expected_length = length_ ? length_ : 100;
}

void PctExplorer::learn(const Record& record, size_t) { length_ = std::max(length_, record.decisions); }

void SurwExplorer::prepare(Plan& plan, Random& random) {
    plan.seed = random.next();
    plan.profile = true;
    std::vector<uint64_t> shared;
    for (const auto& [hash, object] : objects_) {
        if (object.written && object.threads.size() > 1) shared.push_back(hash);
    }
    plan.strategy = shared.empty() ? Strategy::RandomWalk : Strategy::Surw;
    if (shared.empty()) return;
    plan.interesting_object = shared[random.below(shared.size())];
    plan.weight_count = 0;
    for (const auto& [thread, count] : objects_[plan.interesting_object].threads) {
        if (plan.weight_count == controlled::kMaxWeights) break;
        plan.weights[plan.weight_count++] = {count.thread, count.parent, count.events};
    }
}

void SurwExplorer::learn(const Record& record, size_t) {
    std::map<uint64_t, uint64_t> parents;
    for (uint32_t i = 0; i < record.thread_count; i++) {
        const ThreadPath& path = record.threads[i].path;
        if (path.depth == 0) continue;
        ThreadPath parent = path;
        parent.depth--;
        parent.steps[parent.depth] = 0;
        parents[controlled::path_hash(path)] = controlled::path_hash(parent);
    }
    std::map<std::pair<uint64_t, uint64_t>, uint32_t> counts;
    for (uint32_t i = 0; i < record.profile_count; i++) {
        const controlled::ProfileEntry& entry = record.profile[i];
        counts[{entry.object, entry.thread}] += entry.count;
        objects_[entry.object].written |= entry.writes;
    }
    for (const auto& [key, events] : counts) {
        Count& count = objects_[key.first].threads[key.second];
        count.thread = key.second;
        auto parent = parents.find(key.second);
        count.parent = parent == parents.end() ? 0 : parent->second;
        count.events = std::max(count.events, events);
    }
}

const ReadsFromExplorer::AbstractSchedule& ReadsFromExplorer::pick(Random& random) {
    // Energy as in the cut-off exponential power schedule of AFLFast (Boehme, Pham, Roychoudhury, CCS 2016): nothing for
    // behaviour shown more often than the mean, else growing with how often the entry was chosen.
    double mean = 0;
    for (const auto& [behaviour, shown] : behaviours_) mean += static_cast<double>(shown);
    mean /= static_cast<double>(std::max<size_t>(1, behaviours_.size()));
    std::vector<double> energy;
    double total = 0;
    for (AbstractSchedule& entry : corpus_) {
        auto found = behaviours_.find(entry.behaviour);
        double shown = found == behaviours_.end() ? 1 : static_cast<double>(found->second);
        double value = shown > mean ? 0.05 : std::min(std::exp2(std::min<double>(static_cast<double>(entry.chosen), 10)) / shown, 16.0);
        energy.push_back(value);
        total += value;
    }
    double draw = static_cast<double>(random.below(1 << 30)) / (1 << 30) * total;
    size_t index = 0;
    while (index + 1 < energy.size() && draw >= energy[index]) draw -= energy[index++];
    corpus_[index].chosen++;
    return corpus_[index];
}

bool ReadsFromExplorer::random_constraint(Random& random, controlled::Constraint* constraint) {
    // Data mostly: what a lock reads from says only who had it before.
    bool lock = !lock_objects_.empty() && (data_objects_.empty() || random.one_in(5));
    const std::vector<uint64_t>& from = lock ? lock_objects_ : data_objects_;
    if (from.empty()) return false;
    for (int attempt = 0; attempt < 4; attempt++) {
        uint64_t hash = from[random.below(from.size())];
        const Object& object = objects_[hash];
        uint64_t write = object.writes[random.below(object.writes.size())];
        uint64_t read = object.reads[random.below(object.reads.size())];
        *constraint = {write, read, hash, false};
        // A pair that no run has shown is worth more.
        if (!pairs_.contains({write, read})) return true;
    }
    return true;
}

void ReadsFromExplorer::mutate(std::vector<controlled::Constraint>& constraints, Random& random) {
    uint64_t kind = constraints.empty() ? 0 : random.below(10);
    controlled::Constraint fresh;
    if (kind < 5) {
        if (constraints.size() + 1 < controlled::kMaxConstraints && random_constraint(random, &fresh)) constraints.push_back(fresh);
    } else if (kind < 8) {
        if (random_constraint(random, &fresh)) constraints[random.below(constraints.size())] = fresh;
    } else if (kind < 9) {
        constraints.erase(constraints.begin() + static_cast<ptrdiff_t>(random.below(constraints.size())));
    } else {
        controlled::Constraint& one = constraints[random.below(constraints.size())];
        one.negative = !one.negative;
    }
}

void ReadsFromExplorer::prepare(Plan& plan, Random& random) {
    plan.strategy = Strategy::ReadsFrom;
    plan.seed = random.next();
    plan.profile = true;
    current_ = {};
    if (!behaviours_.empty() || !objects_.empty()) {
        current_ = pick(random);
        current_.chosen = 0;
        do mutate(current_.constraints, random);
        while (random.one_in(3));
    }
    plan.constraint_count = static_cast<uint32_t>(current_.constraints.size());
    std::copy(current_.constraints.begin(), current_.constraints.end(), plan.constraints);
}

void ReadsFromExplorer::observe(const Record& record) {
    auto add = [](std::vector<uint64_t>& events, uint64_t event) {
        if (std::find(events.begin(), events.end(), event) == events.end()) events.push_back(event);
    };
    size_t before = 0, after = 0;
    for (uint32_t i = 0; i < record.profile_count; i++) {
        const controlled::ProfileEntry& entry = record.profile[i];
        Object& object = objects_[entry.object];
        if (object.writes.empty()) object.writes.push_back(0);
        before += object.writes.size() + object.reads.size();
        if (entry.writes) add(object.writes, entry.event);
        if (entry.reads) add(object.reads, entry.event);
        object.is_lock |= entry.is_lock;
        after += object.writes.size() + object.reads.size();
    }
    for (uint32_t i = 0; i < record.reads_from_count; i++) pairs_.emplace(record.reads_from[i].write, record.reads_from[i].read);
    if (before == after && !data_objects_.empty()) return;
    data_objects_.clear();
    lock_objects_.clear();
    for (const auto& [hash, object] : objects_) {
        if (object.reads.empty() || object.writes.size() < 2) continue;
        (object.is_lock ? lock_objects_ : data_objects_).push_back(hash);
    }
}

void ReadsFromExplorer::learn(const Record& record, size_t novelty) {
    observe(record);
    uint64_t behaviour = 0;
    for (uint32_t i = 0; i < record.reads_from_count; i++)
        behaviour += (record.reads_from[i].write * 0x9e3779b97f4a7c15) ^ (record.reads_from[i].read * 0xc2b2ae3d27d4eb4f);
    behaviours_[behaviour]++;
    if (novelty == 0) return;
    current_.behaviour = behaviour;
    corpus_.push_back(current_);
}

} // namespace stress
