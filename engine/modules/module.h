// Module records (ECMA-262 16.2.1): source text modules and synthetic ones, their linking and evaluation.
#pragma once

#include "interpreter/coroutine.h"

namespace heddle {

class ModuleNamespace;

/// An import binding as the environment of the importing module holds it: the exporting module's slot, or the value
/// of a synthetic module.
class ImportCell final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Module; }
    Value read() const { return environment_ ? environment_->slot(slot_) : value_.get(); }
    static Value read_cell(Cell* cell) { return static_cast<ImportCell*>(cell)->read(); }
    void visit_edges(Visitor& visitor) override {
        visitor.visit(environment_);
        visitor.visit(value_);
    }

private:
    friend class Heap;
    ImportCell(Environment* environment, uint32_t slot, Value value) : Cell(CellKind::Module), slot_(slot) {
        environment_.init(environment);
        value_.init(value);
    }
    Member<Environment> environment_;
    Member<Value> value_;
    uint32_t slot_;
};

class ModuleRecord final : public Cell {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::Internal; }
    static constexpr bool kNeedsFinalizer = true; // gives back its reference on the Code
    enum class Status : uint8_t { Unlinked, Linking, Linked, Evaluating, EvaluatingAsync, Evaluated };

    static Fallible<ModuleRecord*> create_source_text(Agent&, Realm&, const Code*);
    /// 16.2.1.8 Synthetic Module Records: distinct names, and a value for each.
    static Fallible<ModuleRecord*> create_synthetic(Agent&, Realm&, std::vector<ConstantString> names, std::span<const Value> values);
    /// With one export, "default".
    static Fallible<ModuleRecord*> create_synthetic(Agent&, Realm&, Value default_export);

    const Code* code() const { return code_; }
    const ModuleDescription& description() const { return *code_->module(); }
    bool is_synthetic() const { return code_ == nullptr; }
    Realm& realm() const { return *realm_; }
    Status status() const { return status_; }
    /// Null until the module is linked. The coroutine forgets it once the body has ended; the record does not.
    Environment* environment() const {
        if (environment_) return environment_;
        return coroutine_ ? coroutine_->environment() : nullptr;
    }

    /// [[LoadedModules]], by index of request; null until loaded.
    ModuleRecord* requested(uint32_t request) const {
        Value value = requested_->get(request);
        return value.is_cell() ? static_cast<ModuleRecord*>(value.as_cell()) : nullptr;
    }
    void set_requested(uint32_t request, ModuleRecord* module) { requested_->set(request, Value(static_cast<Cell*>(module))); }
    bool is_loaded() const { return loaded_; }
    void set_loaded() { loaded_ = true; }

    // 16.2.1.6.1.1 Link ( )
    Fallible<void> link(Agent&);
    // 16.2.1.6.1.3 Evaluate ( ): the promise
    Result<Promise*> evaluate(Agent&);

    struct Resolution {
        enum Kind : uint8_t { kNone, kAmbiguous, kBinding, kNamespace } kind = kNone;
        ModuleRecord* module = nullptr;
        uint32_t slot = 0;
    };
    // 16.2.1.7.2.2 ResolveExport ( exportName [ , resolveSet ] )
    Fallible<Resolution> resolve_export(Agent&, const ConstantString& name);
    // 16.2.1.10 GetModuleNamespace ( module )
    Fallible<ModuleNamespace*> module_namespace(Agent&);
    /// Synthetic modules: the value of the export at this place.
    Value synthetic_value(uint32_t slot) const { return synthetic_values_->get(slot); }
    Object* import_meta() const { return import_meta_; }
    void set_import_meta(Object* object) { import_meta_.set(this, object); }

    void visit_edges(Visitor&) override;
    void finalize() override;

private:
    friend class Heap;
    friend class ModuleEvaluation;
    ModuleRecord(Realm& realm, const Code* code);
    struct ResolveStep {
        const ModuleRecord* module;
        const ConstantString* name;
    };
    Fallible<Resolution> resolve_export(Agent&, const ConstantString& name, GrowableArray<ResolveStep>& resolve_set);
    // 16.2.1.7.2.1 GetExportedNames ( [ exportStarSet ] )
    Fallible<void> exported_names(Agent&, GrowableArray<const ConstantString*>& names, GrowableArray<const ModuleRecord*>& star_set) const;
    Fallible<void> initialize_environment(Agent&);
    Fallible<uint32_t> inner_link(Agent&, GrowableArray<ModuleRecord*>& stack, uint32_t index);

    const Code* code_;
    const std::vector<ConstantString>* synthetic_names_ = nullptr; // owned
    Member<Realm> realm_;
    Member<ValueArray> requested_;
    Member<Coroutine> coroutine_;
    Member<Environment> environment_;
    Member<ValueArray> synthetic_values_;
    Member<Object> namespace_;
    Member<Object> import_meta_;
    Member<Value> evaluation_error_;
    Member<ModuleRecord> cycle_root_;
    Member<Promise> top_level_promise_;
    Member<ValueArray> async_parents_; // a list: slots beyond async_parent_count_ are unused
    uint32_t async_parent_count_ = 0;
    Member<ModuleRecord> rejected_by_; // the module whose rejection was handed on to this one
    uint32_t pending_async_dependencies_ = 0;
    uint32_t dfs_index_ = 0;
    uint32_t dfs_ancestor_index_ = 0;
    uint64_t async_order_ = 0; // 0: not set; 1: done; else its place in the order
    Status status_ = Status::Unlinked;
    bool has_error_ = false;
    bool loaded_ = false;
};

/// 10.4.6 Module Namespace Exotic Objects
class ModuleNamespace final : public Object {
public:
    static bool is_kind(CellKind kind) { return kind == CellKind::ModuleNamespace; }
    struct Export {
        PropertyKey name;
        ModuleRecord::Resolution resolution;
    };
    static Fallible<ModuleNamespace*> create(Agent&, ModuleRecord*, std::span<const Export> sorted_exports);

    Result<Object*> get_prototype_of(Agent&) override { return static_cast<Object*>(nullptr); }
    Result<bool> set_prototype_of(Agent&, Object* prototype) override { return prototype == nullptr; }
    Result<bool> is_extensible(Agent&) override { return false; }
    Result<bool> prevent_extensions(Agent&) override { return true; }
    Result<std::optional<PropertyDescriptor>> get_own_property(Agent&, PropertyKey) override;
    Result<bool> define_own_property(Agent&, PropertyKey, const PropertyDescriptor&) override;
    Result<bool> has_property(Agent&, PropertyKey) override;
    Result<Value> get(Agent&, PropertyKey, Value receiver) override;
    Result<bool> set(Agent&, PropertyKey, Value value, Value receiver) override;
    Result<bool> delete_property(Agent&, PropertyKey) override;
    Result<void> own_property_keys(Agent&, RootVector<Value>& keys) override;
    void visit_edges(Visitor&) override;

private:
    friend class Heap;
    ModuleNamespace(Shape* shape, ModuleRecord* module) : Object(CellKind::ModuleNamespace, shape, kExoticNamed | kExoticElements | kNonExtensible) {
        module_.init(module);
    }
    int64_t find(PropertyKey) const;
    Result<Value> read(Agent&, uint32_t index);
    Member<ModuleRecord> module_;
    Member<ValueArray> names_;   // key values, sorted
    Member<ValueArray> targets_; // pairs (module, slot; undefined slot: the module's namespace)
};

} // namespace heddle
