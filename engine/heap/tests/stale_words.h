// For tests that count garbage.
#pragma once

// The frames of AddressSanitizer keep what lay in them, and the stack is scanned conservatively: what is garbage is found
// by luck then.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SKIP_WHERE_FRAMES_KEEP_STALE_WORDS() GTEST_SKIP() << "frames keep stale words under AddressSanitizer"
#endif
#endif
#ifndef SKIP_WHERE_FRAMES_KEEP_STALE_WORDS
#define SKIP_WHERE_FRAMES_KEEP_STALE_WORDS() (void)0
#endif
