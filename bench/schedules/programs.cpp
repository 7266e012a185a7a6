// Makes programs of the shapes.
#include "bench/schedules/programs.h"

#include "bench/schedules/shape.h"

namespace shapes {

std::vector<stress::Program> shape_programs() {
    std::vector<stress::Program> programs;
    for (const Shape& shape : all_shapes())
        programs.push_back({std::string("shapes/") + shape.name, {}, [run = shape.run](const stress::Arguments&) { run(); }, {}});
    return programs;
}

} // namespace shapes
