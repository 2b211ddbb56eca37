// What a core remembers: its memories with a shadow per two bytes, how far each pipe knows the others to be, and its flags.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#define __aicore__
#define __global__
#define __gm__
#define GM_ADDR uint8_t*

namespace kdsl_model {

enum Pipe { S, V, M, MTE1, MTE2, MTE3, FIX, Pipes };

inline const char* const PipeNames[] = {"S", "V", "M", "MTE1", "MTE2", "MTE3", "FIX"};

enum class CoreKind { Unset, Vector, Cube };

struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// For each pipe: the number of its last instruction that is known to be complete.
using Clock = std::array<uint32_t, Pipes>;

struct Cell {
    uint32_t write = 0;      // number of the instruction that wrote it last; 0: none
    uint32_t read[Pipes] = {};
    uint32_t readLane = 0;   // the lane of that read, to tell exact from partial overlap inside one instruction
    uint8_t writePipe = 0;
    bool defined = false;
};

struct Memory {
    const char* name;
    uint32_t capacity;
    uint32_t alignment;      // of an operand of the unit that owns the memory
    uint32_t used = 0;
    std::vector<uint8_t> bytes;
    std::vector<Cell> cells;

    Memory(const char* name, uint32_t capacity, uint32_t alignment)
        : name(name), capacity(capacity), alignment(alignment), bytes(capacity, 0xff), cells(capacity / 2)
    {
    }
};

struct GmCell {
    int32_t writeCore = -1, readCore = -1;   // -2: several cores read it
    uint32_t write = 0, read = 0;
    uint8_t writePipe = 0, readPipe = 0;
};

struct GmRange {
    uint8_t* base;
    uint64_t bytes;
    int32_t writable;
};

struct GmRegion {
    GmRange range;
    std::vector<GmCell> cells;
};

struct QueueState {
    enum Slot { Free, Allocated, Queued, Dequeued };
    struct Buffer {
        uint32_t offset = 0;
        Slot slot = Free;
        Clock filled{}, released{};
    };
    Memory* memory = nullptr;
    Pipe producer = S, consumer = S;
    int position = 0;
    uint32_t bytes = 0, next = 0;
    std::vector<Buffer> buffers;
    std::vector<uint32_t> order;   // queued buffers, oldest first
};

struct Core {
    int index = 0, count = 1;
    CoreKind kind = CoreKind::Unset;
    const char* op = "";
    std::array<Clock, Pipes> clocks{};
    Clock issued{};
    std::map<std::pair<int, int>, Clock> flags;   // (event, id) -> clock of the pipe that set it
    std::vector<std::shared_ptr<QueueState>> queues;
    uint32_t buffers = 0;
    Memory ub{"UB", 192 * 1024, 32}, l1{"L1", 512 * 1024, 32}, l0a{"L0A", 64 * 1024, 512}, l0b{"L0B", 64 * 1024, 512}, l0c{"L0C", 128 * 1024, 64}, bt{"BT", 1024, 64};
};

inline thread_local Core* core = nullptr;
inline thread_local std::vector<GmRegion>* gm = nullptr;

[[noreturn]] __attribute__((format(printf, 1, 2))) inline void Fail(const char* format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    char where[64] = "";
    if (core)
        snprintf(where, sizeof where, "core %d: ", core->index);
    throw Failure(std::string(where) + (core && *core->op ? std::string(core->op) + ": " : "") + text);
}

// An integer argument that must fit the instruction's field.
template <typename T>
struct Ranged {
    T value;

    template <typename I, typename = std::enable_if_t<std::is_integral_v<I>>>
    Ranged(I v) : value(static_cast<T>(v))
    {
        if (v < 0 || static_cast<uint64_t>(v) > std::numeric_limits<T>::max())
            Fail("%lld does not fit a field of %zu bits", static_cast<long long>(v), sizeof(T) * 8);
    }
    Ranged() : value(0) {}
    operator T() const { return value; }
};

// Starts an instruction on a pipe and returns its number.
inline uint32_t Issue(Pipe pipe, const char* op)
{
    core->op = op;
    bool vector = pipe == V || pipe == MTE3, cube = pipe == M || pipe == MTE1 || pipe == FIX;
    if (core->kind == CoreKind::Unset)
        Fail("KERNEL_TASK_TYPE_DEFAULT must come first");
    if (vector && core->kind == CoreKind::Cube)
        Fail("not available on a cube core");
    if (cube && core->kind == CoreKind::Vector)
        Fail("not available on a vector core");
    return ++core->issued[pipe];
}

inline void CheckOrder(Pipe pipe, Pipe other, uint32_t number, const char* what, const char* where, uint64_t offset)
{
    if (number > core->clocks[pipe][other])
        Fail("%s at %s+%llu by pipe %s is not ordered before this instruction on pipe %s (missing PipeBarrier, flag or queue)", what, where,
             static_cast<unsigned long long>(offset), PipeNames[other], PipeNames[pipe]);
}

inline void Read(Memory& memory, Pipe pipe, uint32_t offset, uint32_t bytes, uint32_t lane = 0)
{
    uint32_t now = core->issued[pipe];
    for (uint32_t i = offset / 2; i < (offset + bytes + 1) / 2; ++i) {
        Cell& c = memory.cells[i];
        if (c.write) {
            if (c.writePipe == pipe && c.write == now)
                Fail("source and destination overlap at %s+%u", memory.name, i * 2);
            CheckOrder(pipe, Pipe(c.writePipe), c.write, "the write", memory.name, i * 2);
        }
        c.read[pipe] = now;
        c.readLane = lane;
    }
}

inline void Write(Memory& memory, Pipe pipe, uint32_t offset, uint32_t bytes, bool defined, uint32_t lane = 0)
{
    uint32_t now = core->issued[pipe];
    for (uint32_t i = offset / 2; i < (offset + bytes + 1) / 2; ++i) {
        Cell& c = memory.cells[i];
        if (c.write) {
            if (c.writePipe == pipe && c.write == now)
                Fail("%s+%u is written twice by one instruction", memory.name, i * 2);
            CheckOrder(pipe, Pipe(c.writePipe), c.write, "the write", memory.name, i * 2);
        }
        for (int p = 0; p < Pipes; ++p)
            if (c.read[p]) {
                if (p == pipe && c.read[p] == now) {
                    if (c.readLane != lane)
                        Fail("source and destination overlap at %s+%u", memory.name, i * 2);
                } else {
                    CheckOrder(pipe, Pipe(p), c.read[p], "the read", memory.name, i * 2);
                }
            }
        c.write = now;
        c.writePipe = static_cast<uint8_t>(pipe);
        c.defined = defined;
    }
}

inline bool IsDefined(const Memory& memory, uint32_t offset, uint32_t bytes)
{
    for (uint32_t i = offset / 2; i < (offset + bytes + 1) / 2; ++i)
        if (!memory.cells[i].defined)
            return false;
    return true;
}

inline void GmAccess(const void* address, uint64_t bytes, Pipe pipe, bool write)
{
    auto* p = static_cast<const uint8_t*>(address);
    for (GmRegion& region : *gm) {
        GmRange& r = region.range;
        if (p < r.base || p >= r.base + r.bytes)
            continue;
        if (p + bytes > r.base + r.bytes)
            Fail("%s of %llu bytes runs past the end of its buffer by %lld", write ? "write" : "read", static_cast<unsigned long long>(bytes),
                 static_cast<long long>(p + bytes - r.base - r.bytes));
        if (write && !r.writable)
            Fail("writes a buffer that is bound to an input");
        for (uint64_t i = (p - r.base) / 2; i < (p - r.base + bytes + 1) / 2; ++i) {
            GmCell& c = region.cells[i];
            if (c.writeCore >= 0) {
                if (c.writeCore != core->index)
                    Fail("race: core %d wrote the same global memory in this launch", c.writeCore);
                if (pipe == S)
                    Fail("scalar read of global memory that this launch wrote (the data cache may be stale)");
                CheckOrder(pipe, Pipe(c.writePipe), c.write, "the write", "GM", i * 2);
            }
            if (write) {
                if (c.readCore != -1 && c.readCore != core->index)
                    Fail("race: another core read the same global memory in this launch");
                if (c.readCore == core->index)
                    CheckOrder(pipe, Pipe(c.readPipe), c.read, "the read", "GM", i * 2);
                c.writeCore = core->index;
                c.write = core->issued[pipe];
                c.writePipe = static_cast<uint8_t>(pipe);
            } else {
                c.readCore = c.readCore == -1 || c.readCore == core->index ? core->index : -2;
                c.read = core->issued[pipe];
                c.readPipe = static_cast<uint8_t>(pipe);
            }
        }
        return;
    }
    Fail("%s of global memory outside every bound buffer", write ? "write" : "read");
}

}
