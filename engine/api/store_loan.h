// StoreLoan: memory that the host lent to a backing store, and the function that takes it back.
#pragma once

#include "api/state.h"

namespace heddle::api {

class StoreLoan final : public Disposal {
public:
    StoreLoan(void* data, size_t byte_length, heddle_free free, void* context)
        : data_(data), byte_length_(byte_length), free_(free), context_(context) {}
    /// BackingStore::FreeCallback; `context` is the loan.
    static void on_free(void* data, size_t byte_length, void* context);
    void dispose(heddle_agent*) override {
        if (free_) free_(data_, byte_length_, context_);
    }
    /// The host keeps the memory.
    void forget() { free_ = nullptr; }

private:
    void* data_;
    size_t byte_length_;
    heddle_free free_;
    void* context_;
};

} // namespace heddle::api
