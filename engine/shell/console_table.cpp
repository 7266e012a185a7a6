// console.table: rows of an array, a map or an object, drawn with box characters.
#include "builtins/hash_iterator.h"
#include "runtime/array.h"
#include "shell/console.h"

#include <algorithm>

namespace heddle::shell {

namespace {

/// Rows beyond this many are left out: a table is for looking at.
constexpr size_t kMaxRows = 100000;

std::string repeated(std::string_view text, size_t times) {
    std::string out;
    for (size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

std::string draw_row(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
    std::string row = "│ ";
    for (size_t i = 0; i < cells.size(); ++i) {
        if (i != 0) row += " │ ";
        row += cells[i] + std::string(widths[i] - display_width(cells[i]), ' ');
    }
    return row + " │";
}

class Tabulator {
public:
    Tabulator(Agent& agent, bool colors) : agent_(agent) {
        options_.colors = colors;
        options_.max_array_length = 3;
        options_.break_length = InspectOptions::kNoBreak;
    }

    std::string collection(HashCollection* collection) {
        bool is_map = collection->kind() == CellKind::Map;
        std::vector<std::string> indices, keys, values;
        HashPosition position = collection->begin();
        while (HashTable::Entry* entry = position.next()) {
            if (indices.size() == kMaxRows) break;
            Value value = position.table->value_of(*entry);
            Value key = entry->key;
            indices.push_back(cell(Value::number(uint64_t{indices.size()})));
            keys.push_back(cell(key));
            values.push_back(cell(value));
        }
        if (is_map) return draw_table({"(iteration index)", "Key", "Values"}, {indices, keys, values});
        return draw_table({"(iteration index)", "Values"}, {indices, values});
    }

    std::string rows(Object* data, Object* filter) {
        std::vector<std::string> row_names;
        std::vector<std::string> primitives;
        bool has_primitives = false;
        if (filter) add_filter(filter);
        RootVector<Value> keys(agent_.heap());
        if (!enumerable_keys(data, keys)) return {};
        for (Value each : keys) {
            size_t row = row_names.size();
            if (row == kMaxRows) break;
            row_names.push_back(key_name(each));
            Value item = read(data, each);
            Object* object = item.is_object() ? proxy_target(item.as_object()) : nullptr;
            if (!object && !filter) {
                has_primitives = true;
                primitives.resize(row);
                primitives.push_back(cell(item));
                continue;
            }
            if (object) add_cells(object, filter != nullptr, row);
        }
        std::vector<std::string> head = {"(index)"};
        std::vector<std::vector<std::string>> columns = {row_names};
        for (Column& column : columns_) {
            head.push_back(column.name);
            columns.push_back(std::move(column.cells));
        }
        if (has_primitives) {
            head.push_back("Values");
            columns.push_back(std::move(primitives));
        }
        for (auto& column : columns)
            column.resize(row_names.size());
        return draw_table(head, columns);
    }

private:
    struct Column {
        std::string name;
        std::vector<std::string> cells;
    };

    void add_filter(Object* filter) {
        RootVector<Value> keys(agent_.heap());
        if (!enumerable_keys(filter, keys)) return;
        for (Value each : keys) {
            Value name = read(filter, each);
            column(name.is_string() ? string_text(agent_, name.as_string()) : inspect(agent_, name));
        }
    }

    void add_cells(Object* object, bool filtered, size_t row) {
        RootVector<Value> keys(agent_.heap());
        if (!enumerable_keys(object, keys)) return;
        for (Value key : keys) {
            std::string name = key_name(key);
            bool known = index_.contains(name);
            if (filtered && !known) continue;
            std::vector<std::string>& cells = column(name).cells;
            cells.resize(row);
            cells.push_back(cell(read(object, key)));
        }
    }

    Column& column(const std::string& name) {
        auto [place, fresh] = index_.try_emplace(name, columns_.size());
        if (fresh) columns_.push_back({name, {}});
        return columns_[place->second];
    }

    bool enumerable_keys(Object* object, RootVector<Value>& keys) {
        RootVector<Value> all(agent_.heap());
        if (!own_keys(agent_, object, all)) return false;
        for (Value each : all) {
            if (each.is_symbol()) continue;
            Result<PropertyKey> key = to_property_key(agent_, each);
            if (key.threw()) return false;
            std::optional<PropertyDescriptor> found = own_property(agent_, object, key.release());
            if (found && found->enumerable.value_or(false) && !keys.push_back(each)) return false;
        }
        return true;
    }

    std::string key_name(Value key) {
        return key.is_string() ? string_text(agent_, key.as_string()) : inspect(agent_, key);
    }

    Value read(Object* object, Value key) {
        Result<PropertyKey> property = to_property_key(agent_, key);
        if (property.threw()) return Value::undefined();
        std::optional<PropertyDescriptor> found = own_property(agent_, object, property.release());
        return found && found->value ? *found->value : Value::undefined();
    }

    /// Objects of more than two properties are shown by their name alone.
    std::string cell(Value value) {
        InspectOptions options = options_;
        options.depth = 0;
        Object* object = value.is_object() ? proxy_target(value.as_object()) : nullptr;
        if (object && !object->is_callable() && object->kind() != CellKind::Array &&
            object->kind() != CellKind::TypedArray) {
            RootVector<Value> keys(agent_.heap());
            if (enumerable_keys(object, keys) && keys.size() > 2) options.depth = -1;
        }
        return inspect(agent_, value, options);
    }

    Agent& agent_;
    InspectOptions options_;
    std::vector<Column> columns_;
    std::map<std::string, size_t> index_;
};

} // namespace

std::string draw_table(const std::vector<std::string>& head,
                       const std::vector<std::vector<std::string>>& columns) {
    std::vector<size_t> widths;
    size_t rows = 0;
    for (size_t i = 0; i < head.size(); ++i) {
        size_t width = display_width(head[i]);
        for (const std::string& cell : columns[i])
            width = std::max(width, display_width(cell));
        widths.push_back(width);
        rows = std::max(rows, columns[i].size());
    }
    auto rule = [&](std::string_view left, std::string_view middle, std::string_view right) {
        std::string line(left);
        for (size_t i = 0; i < widths.size(); ++i) {
            if (i != 0) line += middle;
            line += repeated("─", widths[i] + 2);
        }
        return line + std::string(right);
    };
    std::string out = rule("┌", "┬", "┐") + "\n" + draw_row(head, widths) + "\n" + rule("├", "┼", "┤") + "\n";
    for (size_t row = 0; row < rows; ++row) {
        std::vector<std::string> cells;
        for (const auto& column : columns)
            cells.push_back(row < column.size() ? column[row] : "");
        out += draw_row(cells, widths) + "\n";
    }
    return out + rule("└", "┴", "┘");
}

std::optional<std::string> tabulate(Agent& agent, Value data, Value filter, bool colors) {
    Object* object = data.is_object() ? proxy_target(data.as_object()) : nullptr;
    if (!object || object->is_callable()) return {};
    Tabulator tabulator(agent, colors);
    if (HashCollection::is_kind(object->kind()))
        return tabulator.collection(static_cast<HashCollection*>(object));
    return tabulator.rows(object, filter.is<Array>() ? filter.as_object() : nullptr);
}

} // namespace heddle::shell
