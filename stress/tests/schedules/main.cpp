// The tests of schedules in a process prepared as hunts are: without address randomization, with the sanitizers' options.
#include "stress/hunt/prepared_process.h"

#include <gtest/gtest.h>

int main(int count, char** arguments) {
    stress::run_again_prepared(arguments);
    testing::InitGoogleTest(&count, arguments);
    return RUN_ALL_TESTS();
}
