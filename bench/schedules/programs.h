// The shapes as programs that schedules can name: "shapes/NAME".
#pragma once

#include "stress/schedules/schedule.h"

namespace shapes {

std::vector<stress::Program> shape_programs();

} // namespace shapes
