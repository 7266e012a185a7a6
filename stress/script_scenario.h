// Scenarios whose agents all run one script: each holds its script, its parameters, and what it checks of what they left.
#pragma once

#include "stress/script_agents.h"

#include <optional>
#include <string>

namespace stress {

class ScriptScenario : public Scenario {
public:
    struct Range {
        int low = 0, high = 0;
    };
    struct Parameters {
        const char* script;
        /// How many agents there are, and their rounds: the script's constant `rounds`. Without rounds, none are drawn.
        Range threads;
        Range rounds = {};
        /// The most rounds under faults that collect all the time, when those are fewer: more seeds in their stead.
        int most_rounds_collecting = 0;
    };

    /// Draws the parameters, makes the agents' Runtime and prepares it.
    void setup(Context&) final;
    /// Starts all agents and waits for them.
    void run(Context&) override;
    /// Checks the results, unless agents were given up, and that nothing is left behind.
    void check(Context&) override;

protected:
    explicit ScriptScenario(const Parameters& parameters) : parameters_(parameters) {}

    /// Draws what else there is to choose, and makes what the agents share.
    virtual void prepare(Context&) {}
    /// The constants of an agent's script, as behind `const`: "rounds = 3".
    virtual std::string constants(int agent);
    virtual void check_results(Context&) {}

    /// Starts the next agent. Its script begins with these constants, if any.
    void start_agent(const std::string& constants);
    void start_agents();

    ScriptAgents& agents() { return *agents_; }
    int count() const { return count_; }
    int rounds() const { return rounds_; }
    /// Makes a store that all agents share, an element of their `shared`. store() is the first one made.
    void share(size_t bytes, size_t max_bytes = 0);
    heddle::BackingStore& store() { return *store_; }
    /// The 32-bit word of the store with this index. After the agents have ended.
    int32_t word(int index) const;

private:
    const Parameters parameters_;
    int count_ = 0;
    int rounds_ = 0;
    heddle::BackingStore* store_ = nullptr;
    std::optional<ScriptAgents> agents_;
};

} // namespace stress
