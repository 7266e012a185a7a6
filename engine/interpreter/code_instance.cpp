#include "interpreter/code_instance.h"

#include "runtime/agent.h"
#include "runtime/bigint.h"

namespace heddle {

Fallible<CodeInstance*> CodeInstance::create(Agent& agent, const Code* code) {
    return agent.heap().allocate<CodeInstance>(0, code);
}

namespace {

Fallible<Value> resolve_bigint(Agent& agent, const ConstantString& digits) {
    FlatView text(digits.latin1);
    BigInt* bigint = TRY(BigInt::from_string(agent, text));
    HEDDLE_ASSERT(bigint != nullptr);
    return Value(bigint);
}

Fallible<Value> resolve_string(Agent& agent, const ConstantString& text) {
    FlatView view = text.is_latin1 ? FlatView(text.latin1) : FlatView(text.utf16.data(), static_cast<uint32_t>(text.utf16.size()));
    return Value(TRY(agent.atoms().intern(agent, view)));
}

} // namespace

Fallible<void> CodeInstance::link(Agent& agent) {
    HEDDLE_ASSERT(!is_linked());
    auto constants = code_->constants();
    ValueArray* values = TRY(ValueArray::create(agent, static_cast<uint32_t>(constants.size()), Value::undefined()));
    for (uint32_t i = 0; i < constants.size(); ++i) {
        const Constant& constant = constants[i];
        switch (constant.kind) {
        case ConstantKind::kString: values->set(i, TRY(resolve_string(agent, constant.string))); break;
        case ConstantKind::kNumber: values->set(i, Value::number(constant.number)); break;
        case ConstantKind::kBigInt: values->set(i, TRY(resolve_bigint(agent, constant.string))); break;
        case ConstantKind::kCode: values->set(i, Value(TRY(create(agent, code_->inner_code(i))))); break;
        default: break; // read from the Code itself
        }
    }
    if (!code_->feedback().empty() && !caches_) {
        caches_ = static_cast<PropertyCache*>(__builtin_calloc(code_->feedback().size(), sizeof(PropertyCache)));
        if (!caches_) return agent.out_of_memory();
    }
    constants_.set(this, values);
    entry_ = code_->bytes().data();
    register_count_ = code_->register_count();
    parameter_count_ = code_->parameter_count();
    flags_ |= kLinked;
    const CodeTraits& traits = code_->traits();
    if (!traits.is_class_constructor && !traits.needs_all_arguments) flags_ |= kSimpleToCall;
    return {};
}

Fallible<void> CodeInstance::set_site_value(Agent& agent, uint32_t feedback, Value value) {
    if (!site_values_)
        site_values_.set(this, TRY(ValueArray::create(agent, static_cast<uint32_t>(code_->feedback().size()))));
    site_values_->set(feedback, value);
    return {};
}

PropertyCache* CodeInstance::cache_to_fill(uint32_t feedback, const Shape* shape) {
    write_barrier(this);
    PropertyCache& own = caches_[feedback];
    if (own.kind == PropertyCache::kUnused || own.shape == shape) return &own;
    if (PropertyCache* stale = find_other(feedback, shape)) return stale;
    if (own.misses >= PropertyCache::kMaxMisses) return nullptr;
    uint8_t misses = own.misses + 1;
    if (!others_) others_ = static_cast<PropertyCache**>(__builtin_calloc(code_->feedback().size(), sizeof(PropertyCache*)));
    if (others_ && !others_[feedback])
        others_[feedback] = static_cast<PropertyCache*>(__builtin_calloc(kOtherCaches, sizeof(PropertyCache)));
    // Without memory the site stays monomorphic.
    if (others_ && others_[feedback]) {
        for (uint32_t i = kOtherCaches - 1; i > 0; --i)
            others_[feedback][i] = others_[feedback][i - 1];
        others_[feedback][0] = own;
    }
    own = {};
    own.misses = misses;
    return &own;
}

void CodeInstance::learn_larger(uint32_t slots) {
    // Constructors whose objects differ ever again would make ever new families of shapes.
    static constexpr uint32_t kMaxGrowths = 8;
    if (growths_ == kMaxGrowths) return;
    ++growths_;
    uint32_t step = slots <= 16 ? 2 : 8; // cells are multiples of 16 bytes
    inline_capacity_ = std::min((slots + step - 1) / step * step, Object::kMaxInlineCapacity);
}

void CodeInstance::visit_edges(Visitor& visitor) {
    visitor.visit(constants_);
    visitor.visit(site_values_);
    visitor.visit(closure_shape_);
    if (caches_) visitor.defer_weak(this);
}

void CodeInstance::process_weak(WeakProcessor& weak) {
    auto drop_dead = [&](PropertyCache& cache) {
        cache.misses = 0;
        if (cache.kind == PropertyCache::kUnused) return;
        Cell* other = cache.kind == PropertyCache::kAdd ? static_cast<Cell*>(cache.new_shape) : static_cast<Cell*>(cache.holder);
        bool live = (!cache.shape || weak.is_live(static_cast<Cell*>(cache.shape))) && (!other || weak.is_live(other));
        if (!live) cache = {};
    };
    for (size_t i = 0; i < code_->feedback().size(); ++i) {
        drop_dead(caches_[i]);
        if (!others_ || !others_[i]) continue;
        for (uint32_t k = 0; k < kOtherCaches; ++k)
            drop_dead(others_[i][k]);
    }
}

void CodeInstance::finalize() {
    if (others_) {
        for (size_t i = 0; i < code_->feedback().size(); ++i)
            __builtin_free(others_[i]);
        __builtin_free(others_);
    }
    __builtin_free(caches_);
    code_->release();
}

} // namespace heddle
