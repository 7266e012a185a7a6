#include "runtime/runtime.h"

namespace heddle {

Runtime::Runtime(const RuntimeOptions& options) : options_(options) { HEDDLE_CHECK(options.intrinsics != nullptr); }

Runtime::~Runtime() {
    // Later layers first: a worker registry ends its threads before the waiter lists go.
    for (size_t i = static_cast<size_t>(SharedComponent::Count); i-- > 0;)
        components_[i].reset();
#ifdef HEDDLE_CHECKED
    auto stores = static_cast<unsigned long long>(live_stores_->load_acquire());
    HEDDLE_RULE(StoreLeaked, stores == 0, this, "a runtime ends before %llu of its backing stores", stores);
#endif
}

} // namespace heddle
