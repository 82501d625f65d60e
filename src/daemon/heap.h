// What a daemon that runs for years asks of the C library's heap.
#pragma once

namespace aoekit::daemon {

// To be called first: what is big is mapped by itself and goes back to the system when it is freed. glibc otherwise raises
// its threshold at the first of them.
void map_big_blocks();

// To be called when what took much memory for a moment is over, e.g. reading a configuration: the heap would keep all of
// it. May take some milliseconds; with another C library nothing.
void return_unused_memory();

}  // namespace aoekit::daemon
