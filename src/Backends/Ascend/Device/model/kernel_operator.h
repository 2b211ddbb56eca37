// A functional model of the part of AscendC (Atlas A2, dav-c220) that kdsl emits: g++ compiles the emitted kernels against these headers and the
// host runs them. It is strict where the hardware is silent: what it does not declare does not compile, and it stops at uninitialised data that
// reaches memory, at unordered accesses between pipes or dependent instructions, at misaligned or out-of-range addresses, at counts beyond their
// field's width, and at misused queues and flags. Semantics from the public AscendC documentation; never run against an NPU.
#pragma once
#include "state.h"
#include "tensor.h"
#include "queue.h"
#include "copy.h"
#include "vector.h"
#include "reduce.h"
#include "cube.h"
#include "launch.h"
