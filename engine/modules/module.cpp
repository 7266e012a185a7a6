// Linking: 16.2.1.6.1.1 to 16.2.1.7.3.1.
#include "modules/module.h"

#include "base/fault.h"
#include "runtime/error.h"

#include <algorithm>
#include <fmt/core.h>

namespace heddle {

ModuleRecord::ModuleRecord(Realm& realm, const Code* code) : Cell(CellKind::Internal), code_(code) {
    if (code_) code_->retain();
    realm_.init(&realm);
}

void ModuleRecord::finalize() {
    if (code_) code_->release();
    delete synthetic_names_;
}

void ModuleRecord::visit_edges(Visitor& visitor) {
    visitor.visit(realm_);
    visitor.visit(requested_);
    visitor.visit(coroutine_);
    visitor.visit(environment_);
    visitor.visit(synthetic_values_);
    visitor.visit(namespace_);
    visitor.visit(import_meta_);
    visitor.visit(evaluation_error_);
    visitor.visit(cycle_root_);
    visitor.visit(top_level_promise_);
    visitor.visit(async_parents_);
    visitor.visit(rejected_by_);
}

Fallible<ModuleRecord*> ModuleRecord::create_source_text(Agent& agent, Realm& realm, const Code* code) {
    ModuleRecord* module = TRY(agent.heap().allocate<ModuleRecord>(0, realm, code));
    auto count = static_cast<uint32_t>(code->module()->requests.size());
    module->requested_.set(module, TRY(ValueArray::create(agent, count, Value::undefined())));
    return module;
}

Fallible<ModuleRecord*> ModuleRecord::create_synthetic(Agent& agent, Realm& realm, std::vector<ConstantString> names,
                                                       std::span<const Value> values) {
    HEDDLE_ASSERT(names.size() == values.size());
    ModuleRecord* module = TRY(agent.heap().allocate<ModuleRecord>(0, realm, nullptr));
    module->requested_.set(module, TRY(ValueArray::create(agent, 0, Value::undefined())));
    ValueArray* array = TRY(ValueArray::create(agent, static_cast<uint32_t>(values.size()), Value::undefined()));
    for (uint32_t i = 0; i < values.size(); ++i)
        array->set(i, values[i]);
    module->synthetic_values_.set(module, array);
    module->synthetic_names_ = new_or_null<std::vector<ConstantString>>(std::move(names));
    if (!module->synthetic_names_) return agent.out_of_memory();
    module->loaded_ = true;
    return module;
}

Fallible<ModuleRecord*> ModuleRecord::create_synthetic(Agent& agent, Realm& realm, Value default_export) {
    return create_synthetic(agent, realm, {ConstantString{"default", {}, true}}, {&default_export, 1});
}

// --- exports ------------------------------------------------------------------------------------------------

// 16.2.1.7.2.1 GetExportedNames ( [ exportStarSet ] )
Fallible<void> ModuleRecord::exported_names(Agent& agent, GrowableArray<const ConstantString*>& names,
                                            GrowableArray<const ModuleRecord*>& star_set) const {
    TRY(agent.check_stack());
    if (std::find(star_set.begin(), star_set.end(), this) != star_set.end()) return {};
    if (!star_set.push_back(this)) return agent.out_of_memory();
    size_t own = is_synthetic() ? synthetic_names_->size() : description().local_exports.size() + description().indirect_exports.size();
    if (!names.reserve_more(own)) return agent.out_of_memory();
    auto add = [&](const ConstantString& name) { HEDDLE_CHECK(names.push_back(&name)); };
    if (is_synthetic()) {
        for (const ConstantString& name : *synthetic_names_)
            add(name);
        return {};
    }
    for (const auto& entry : description().local_exports)
        add(entry.export_name);
    for (const auto& entry : description().indirect_exports)
        add(entry.export_name);
    for (const auto& star : description().star_exports) {
        GrowableArray<const ConstantString*> star_names;
        TRY(requested(star.request)->exported_names(agent, star_names, star_set));
        if (!names.reserve_more(star_names.size())) return agent.out_of_memory();
        for (const ConstantString* name : star_names) {
            bool known = false;
            for (const ConstantString* each : names)
                known |= *each == *name;
            if (!known && !name->equals("default")) add(*name);
        }
    }
    return {};
}

Fallible<ModuleRecord::Resolution> ModuleRecord::resolve_export(Agent& agent, const ConstantString& name) {
    GrowableArray<ResolveStep> resolve_set;
    return resolve_export(agent, name, resolve_set);
}

Fallible<ModuleRecord::Resolution> ModuleRecord::resolve_export(Agent& agent, const ConstantString& name, GrowableArray<ResolveStep>& resolve_set) {
    TRY(agent.check_stack());
    if (is_synthetic()) {
        for (uint32_t i = 0; i < synthetic_names_->size(); ++i) {
            if ((*synthetic_names_)[i] == name) return Resolution{Resolution::kBinding, this, i};
        }
        return Resolution{};
    }
    for (const ResolveStep& step : resolve_set) {
        if (step.module == this && *step.name == name) return Resolution{}; // circular
    }
    if (!resolve_set.push_back({this, &name})) return agent.out_of_memory();
    for (const auto& entry : description().local_exports) {
        if (!(entry.export_name == name)) continue;
        // A namespace that was imported and is exported again counts as `export * as name from`.
        for (const auto& import : description().imports) {
            if (import.slot == entry.slot && import.name_kind == ImportNameKind::kNamespace)
                return Resolution{Resolution::kNamespace, requested(import.request), 0};
        }
        return Resolution{Resolution::kBinding, this, entry.slot};
    }
    for (const auto& entry : description().indirect_exports) {
        if (!(entry.export_name == name)) continue;
        ModuleRecord* imported = requested(entry.request);
        if (entry.is_namespace) return Resolution{Resolution::kNamespace, imported, 0};
        return imported->resolve_export(agent, entry.import_name, resolve_set);
    }
    if (name.equals("default")) return Resolution{};
    Resolution found;
    for (const auto& star : description().star_exports) {
        Resolution resolution = TRY(requested(star.request)->resolve_export(agent, name, resolve_set));
        if (resolution.kind == Resolution::kAmbiguous) return resolution;
        if (resolution.kind == Resolution::kNone) continue;
        if (found.kind == Resolution::kNone) {
            found = resolution;
            continue;
        }
        if (resolution.module != found.module || resolution.kind != found.kind || resolution.slot != found.slot)
            return Resolution{Resolution::kAmbiguous, nullptr, 0};
    }
    return found;
}

namespace {
Fallible<PropertyKey> key_of(Agent& agent, const ConstantString& text) {
    FlatView view = text.is_latin1 ? FlatView(text.latin1) : FlatView(text.utf16.data(), text.length());
    String* string = TRY(agent.atoms().intern(agent, view));
    return PropertyKey::from_string(agent, string);
}

bool code_unit_less(const ConstantString& a, const ConstantString& b) {
    for (uint32_t i = 0; i < a.length() && i < b.length(); ++i) {
        if (a.at(i) != b.at(i)) return a.at(i) < b.at(i);
    }
    return a.length() < b.length();
}
} // namespace

// 16.2.1.10 GetModuleNamespace ( module )
Fallible<ModuleNamespace*> ModuleRecord::module_namespace(Agent& agent) {
    if (namespace_) return namespace_->as<ModuleNamespace>();
    GrowableArray<const ConstantString*> names;
    GrowableArray<const ModuleRecord*> star_set;
    TRY(exported_names(agent, names, star_set));
    std::sort(names.begin(), names.end(), [](const auto* a, const auto* b) { return code_unit_less(*a, *b); });
    RootVector<Value> held(agent.heap()); // keeps the keys alive until the namespace holds them
    GrowableArray<ModuleNamespace::Export> exports;
    if (!exports.reserve(names.size())) return agent.out_of_memory();
    for (const ConstantString* name : names) {
        Resolution resolution = TRY(resolve_export(agent, *name));
        if (resolution.kind != Resolution::kBinding && resolution.kind != Resolution::kNamespace) continue;
        PropertyKey key = TRY(key_of(agent, *name));
        if (!key.is_index() && !held.push_back(Value(key.cell()))) return agent.out_of_memory();
        HEDDLE_CHECK(exports.push_back({key, resolution}));
    }
    ModuleNamespace* object = TRY(ModuleNamespace::create(agent, this, exports.span()));
    namespace_.set(this, object);
    return object;
}

// --- linking ------------------------------------------------------------------------------------------------

Fallible<void> ModuleRecord::link(Agent& agent) {
    GrowableArray<ModuleRecord*> stack;
    Fallible<uint32_t> result = inner_link(agent, stack, 0);
    if (!result.threw()) return {};
    for (ModuleRecord* module : stack)
        module->status_ = Status::Unlinked;
    return Failed{};
}

// 16.2.1.6.1.1.1 InnerModuleLinking ( module, stack, index )
Fallible<uint32_t> ModuleRecord::inner_link(Agent& agent, GrowableArray<ModuleRecord*>& stack, uint32_t index) {
    TRY(agent.check_stack());
    if (is_synthetic()) {
        if (status_ == Status::Unlinked) status_ = Status::Linked;
        return index;
    }
    if (status_ != Status::Unlinked) return index;
    // Every module of the graph is reachable from its root, which the caller holds.
    if (!stack.push_back(this)) return agent.out_of_memory();
    status_ = Status::Linking;
    dfs_index_ = dfs_ancestor_index_ = index++;
    for (uint32_t i = 0; i < description().requests.size(); ++i) {
        ModuleRecord* required = requested(i);
        index = TRY(required->inner_link(agent, stack, index));
        if (!required->is_synthetic() && required->status_ == Status::Linking)
            dfs_ancestor_index_ = std::min(dfs_ancestor_index_, required->dfs_ancestor_index_);
    }
    TRY(initialize_environment(agent));
    if (dfs_ancestor_index_ == dfs_index_) {
        for (;;) {
            ModuleRecord* required = stack.back();
            stack.pop_back();
            required->status_ = Status::Linked;
            if (required == this) break;
        }
    }
    return index;
}

namespace {
Failed unresolved(Agent& agent, const ModuleRecord& module, const ConstantString& specifier, const ConstantString& name, bool ambiguous, uint32_t offset) {
    SourcePosition position = module.code()->source()->position_of(offset);
    const char* what = ambiguous ? "contains conflicting star exports for name" : "does not provide an export named";
    Failed failed = agent.throw_syntax_error(fmt::format("The requested module '{}' {} '{}'", specifier.short_utf8(), what, name.short_utf8()));
    Value exception = agent.exception();
    if (exception.is<ErrorObject>()) {
        String* file = TRY(String::from_utf8(agent, module.code()->source()->name()));
        exception.as<ErrorObject>()->set_position(agent, file, position.line, position.column);
    }
    return failed;
}
} // namespace

// 16.2.1.7.3.1 InitializeEnvironment ( )
Fallible<void> ModuleRecord::initialize_environment(Agent& agent) {
    const ModuleDescription& about = description();
    for (const auto& entry : about.indirect_exports) {
        Resolution resolution = TRY(resolve_export(agent, entry.export_name));
        if (resolution.kind == Resolution::kNone || resolution.kind == Resolution::kAmbiguous)
            return unresolved(agent, *this, about.requests[entry.request].specifier, entry.is_namespace ? entry.export_name : entry.import_name,
                              resolution.kind == Resolution::kAmbiguous, entry.offset);
    }
    // Function declarations are instantiated by the code itself, up to its InitialYield; no user code runs there.
    Interpreter& interpreter = Interpreter::of(agent);
    if (!coroutine_) coroutine_.set(this, TRY(interpreter.start_module(*realm_, *code_)));
    Environment* environment = coroutine_->environment();
    environment_.set(this, environment);
    for (const auto& import : about.imports) {
        ModuleRecord* imported = requested(import.request);
        const ConstantString& specifier = about.requests[import.request].specifier;
        if (import.name_kind == ImportNameKind::kNamespace) {
            environment->set_slot(import.slot, Value(TRY(imported->module_namespace(agent))));
            continue;
        }
        if (import.name_kind == ImportNameKind::kSource)
            return agent.throw_syntax_error(fmt::format("Module '{}' has no source phase representation", specifier.short_utf8()));
        Resolution resolution = TRY(imported->resolve_export(agent, import.import_name));
        switch (resolution.kind) {
        case Resolution::kNone: return unresolved(agent, *this, specifier, import.import_name, false, import.offset);
        case Resolution::kAmbiguous: return unresolved(agent, *this, specifier, import.import_name, true, import.offset);
        case Resolution::kNamespace:
            environment->set_slot(import.slot, Value(TRY(resolution.module->module_namespace(agent))));
            break;
        case Resolution::kBinding: {
            ModuleRecord* target = resolution.module;
            // The target of a cycle may not have its environment yet.
            if (!target->is_synthetic() && !target->coroutine_)
                target->coroutine_.set(target, TRY(interpreter.start_module(*target->realm_, *target->code_)));
            Environment* source = target->is_synthetic() ? nullptr : target->environment();
            Value constant = target->is_synthetic() ? target->synthetic_value(resolution.slot) : Value::undefined();
            Cell* cell = TRY(agent.heap().allocate<ImportCell>(0, source, resolution.slot, constant));
            environment->set_slot(import.slot, Value(cell));
            break;
        }
        }
    }
    return {};
}

// --- ModuleNamespace ----------------------------------------------------------------------------------------

// 10.4.6.12 ModuleNamespaceCreate ( module, exports )
Fallible<ModuleNamespace*> ModuleNamespace::create(Agent& agent, ModuleRecord* module, std::span<const Export> exports) {
    Shape* shape = TRY(Shape::create_root(agent, nullptr, 0));
    auto count = static_cast<uint32_t>(exports.size());
    ModuleNamespace* object = TRY(agent.heap().allocate<ModuleNamespace>(0, shape, module));
    ValueArray* names = TRY(ValueArray::create(agent, count, Value::undefined()));
    object->names_.set(object, names);
    ValueArray* targets = TRY(ValueArray::create(agent, count * 2, Value::undefined()));
    object->targets_.set(object, targets);
    for (uint32_t i = 0; i < count; ++i) {
        names->set(i, TRY(exports[i].name.to_value(agent)));
        targets->set(i * 2, Value(static_cast<Cell*>(exports[i].resolution.module)));
        if (exports[i].resolution.kind == ModuleRecord::Resolution::kBinding) targets->set(i * 2 + 1, Value::number(exports[i].resolution.slot));
    }
    TRY(object->define_direct(agent, symbols::toStringTag, Value(static_cast<String*>(atoms::Module)), kNone));
    return object;
}

void ModuleNamespace::visit_edges(Visitor& visitor) {
    Object::visit_edges(visitor);
    visitor.visit(module_);
    visitor.visit(names_);
    visitor.visit(targets_);
}

int64_t ModuleNamespace::find(PropertyKey key) const {
    for (uint32_t i = 0; i < names_->length(); ++i) {
        String* name = names_->get(i).as_string();
        if (key.is_atom() ? name == key.as_atom() : key.is_index() && name->flat_view().equals(FlatView(key.to_display_string()))) return i;
    }
    return -1;
}

// 10.4.6.8 [[Get]] ( P, Receiver ), steps 4 ff.
Result<Value> ModuleNamespace::read(Agent& agent, uint32_t index) {
    auto* module = static_cast<ModuleRecord*>(targets_->get(index * 2).as_cell());
    Value slot = targets_->get(index * 2 + 1);
    if (slot.is_undefined()) return Value(TRY(module->module_namespace(agent)));
    Value value;
    if (module->is_synthetic()) {
        value = module->synthetic_value(static_cast<uint32_t>(slot.as_int32()));
    } else if (Environment* environment = module->environment()) {
        value = environment->slot(static_cast<uint32_t>(slot.as_int32()));
    } else {
        value = Value::empty();
    }
    if (value.is_empty())
        return agent.throw_reference_error(fmt::format("Cannot access '{}' before initialization", names_->get(index).as_string()->flat_view().short_utf8()));
    return value;
}

Result<std::optional<PropertyDescriptor>> ModuleNamespace::get_own_property(Agent& agent, PropertyKey key) {
    if (key.is_symbol()) return own_property_direct(key);
    int64_t index = find(key);
    if (index < 0) return std::optional<PropertyDescriptor>();
    Value value = TRY(read(agent, static_cast<uint32_t>(index)));
    return std::optional(PropertyDescriptor::data(value, kWritable | kEnumerable));
}

// 10.4.6.6 [[DefineOwnProperty]] ( P, Desc )
Result<bool> ModuleNamespace::define_own_property(Agent& agent, PropertyKey key, const PropertyDescriptor& desc) {
    if (key.is_symbol()) return ordinary_define_own_property(agent, key, desc);
    auto current = TRY(get_own_property(agent, key));
    if (!current) return false;
    if (desc.configurable.value_or(false)) return false;
    if (desc.enumerable && !*desc.enumerable) return false;
    if (desc.is_accessor_descriptor()) return false;
    if (desc.writable && !*desc.writable) return false;
    return !desc.value || same_value(*desc.value, *current->value);
}

Result<bool> ModuleNamespace::has_property(Agent& agent, PropertyKey key) {
    if (key.is_symbol()) return own_property_direct(key).has_value();
    return find(key) >= 0;
}

Result<Value> ModuleNamespace::get(Agent& agent, PropertyKey key, Value receiver) {
    if (key.is_symbol()) return Object::get(agent, key, receiver);
    int64_t index = find(key);
    if (index < 0) return Value::undefined();
    return read(agent, static_cast<uint32_t>(index));
}

Result<bool> ModuleNamespace::set(Agent&, PropertyKey, Value, Value) { return false; }

Result<bool> ModuleNamespace::delete_property(Agent& agent, PropertyKey key) {
    if (key.is_symbol()) return Object::delete_property(agent, key);
    return find(key) < 0;
}

Result<void> ModuleNamespace::own_property_keys(Agent& agent, RootVector<Value>& keys) {
    for (uint32_t i = 0; i < names_->length(); ++i) {
        if (!keys.push_back(names_->get(i))) return agent.out_of_memory();
    }
    TRY(append_named_keys(agent, keys));
    return {};
}

} // namespace heddle
