// The return addresses of the calling thread's stack, by frame pointers: cheap enough to be kept at every acquisition of a
// mutex. A frame without one (of a library) ends the walk.
#pragma once

namespace heddle::sync {

/// Innermost first, without walk_frames itself; how many there are, at most `capacity`.
int walk_frames(const void** frames, int capacity);

/// Writes the frames to stderr, one a line: `    #0 0x55… (/path/of/module+0x1234)`. Names are for whoever has the module's
/// debug information: llvm-symbolizer, and the hunt.
void print_frames(const void* const* frames, int count);

} // namespace heddle::sync
