#include "heap/cell.h"

namespace heddle {

const char* cell_kind_name(CellKind kind) {
    static constexpr const char* kNames[] = {
#define CELL_KIND(Name) #Name,
#include "heap/cell_kinds.def"
#undef CELL_KIND
    };
    return kind < CellKind::Count ? kNames[static_cast<size_t>(kind)] : "?";
}

} // namespace heddle
