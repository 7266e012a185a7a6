// Date objects (ECMA-262 21.4.5): an object with a time value.
#pragma once

#include "runtime/object.h"

namespace heddle {

class DateObject final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Date; }
    DateObject(Shape* shape, double value) : Object(CellKind::Date, shape), value_(value) {}
    /// [[DateValue]]: milliseconds since the epoch, or NaN.
    double value() const { return value_; }
    void set_value(double value) { value_ = value; }

private:
    double value_;
};

} // namespace heddle
