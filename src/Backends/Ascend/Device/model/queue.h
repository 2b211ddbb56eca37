// TPipe, TQue, TBuf, events and barriers.
#pragma once

#define PIPE_S kdsl_model::S
#define PIPE_V kdsl_model::V
#define PIPE_M kdsl_model::M
#define PIPE_MTE1 kdsl_model::MTE1
#define PIPE_MTE2 kdsl_model::MTE2
#define PIPE_MTE3 kdsl_model::MTE3
#define PIPE_FIX kdsl_model::FIX
#define PIPE_ALL kdsl_model::Pipes

enum event_t { EVENT_ID0, EVENT_ID1, EVENT_ID2, EVENT_ID3, EVENT_ID4, EVENT_ID5, EVENT_ID6, EVENT_ID7 };

namespace AscendC {

enum class HardEvent { MTE2_V, V_MTE2, MTE3_V, V_MTE3, MTE3_MTE2, MTE2_MTE3, MTE2_MTE1, MTE1_MTE2, MTE1_M, M_MTE1, M_FIX, FIX_M, Count };

}

namespace kdsl_model {

struct PipePair { Pipe from, to; };

inline constexpr PipePair EventPipes[] = {{MTE2, V}, {V, MTE2}, {MTE3, V}, {V, MTE3}, {MTE3, MTE2}, {MTE2, MTE3},
                                          {MTE2, MTE1}, {MTE1, MTE2}, {MTE1, M}, {M, MTE1}, {M, FIX}, {FIX, M}};

// What is complete once every instruction issued so far on the pipe is.
inline Clock CompletionOf(Pipe pipe)
{
    Clock c = core->clocks[pipe];
    c[pipe] = core->issued[pipe];
    return c;
}

inline void Learn(Pipe pipe, const Clock& clock)
{
    for (int p = 0; p < Pipes; ++p)
        core->clocks[pipe][p] = std::max(core->clocks[pipe][p], clock[p]);
}

inline PipePair PipesOf(AscendC::TPosition position)
{
    using P = AscendC::TPosition;
    switch (position) {
        case P::VECIN: return {MTE2, V};
        case P::VECOUT: return {V, MTE3};
        case P::A1: case P::B1: case P::C1: return {MTE2, MTE1};
        case P::A2: case P::B2: case P::C2: return {MTE1, M};
        case P::CO1: return {M, FIX};
        default: Fail("no queue at this position");
    }
}

inline uint32_t Reserve(Memory& memory, uint32_t bytes, uint32_t count)
{
    if (bytes == 0)
        Fail("InitBuffer of 0 bytes");
    uint32_t padded = (bytes + memory.alignment - 1) / memory.alignment * memory.alignment, offset = memory.used;
    if (uint64_t(offset) + uint64_t(padded) * count > memory.capacity)
        Fail("%s overflows: %u bytes in use, %u x %u more, %u in all", memory.name, offset, count, padded, memory.capacity);
    memory.used = offset + padded * count;
    if ((core->buffers += count) > 64)
        Fail("more than 64 buffers");
    return offset;
}

}

namespace AscendC {

template <TPosition Position>
class TBuf {
public:
    uint32_t offset = 0, bytes = 0;

    template <typename T>
    LocalTensor<T> GetWithOffset(uint32_t count, uint32_t byteOffset) const
    {
        kdsl_model::core->op = "TBuf::GetWithOffset";
        if (uint64_t(byteOffset) + uint64_t(count) * sizeof(T) > bytes)
            kdsl_model::Fail("%u bytes at %u lie outside the buffer of %u", uint32_t(count * sizeof(T)), byteOffset, bytes);
        LocalTensor<T> t;
        t.memory = &kdsl_model::MemoryOf(Position);
        t.offset = offset + byteOffset;
        t.end = t.offset + count * uint32_t(sizeof(T));
        t.position = Position;
        return t;
    }
};

template <TPosition Position, int32_t Depth>
class TQue {
    static_assert(Depth == 1, "kdsl queues have depth 1: double buffers come from InitBuffer");

public:
    int id = -1;

    template <typename T>
    LocalTensor<T> AllocTensor()
    {
        auto& q = State("AllocTensor");
        for (uint32_t i = 0; i < q.buffers.size(); ++i) {
            auto& b = q.buffers[(q.next + i) % q.buffers.size()];
            if (b.slot != kdsl_model::QueueState::Free)
                continue;
            uint32_t index = uint32_t((q.next + i) % q.buffers.size());
            q.next = index + 1;
            b.slot = kdsl_model::QueueState::Allocated;
            kdsl_model::Learn(q.producer, b.released);
            for (uint32_t c = b.offset / 2; c < (b.offset + q.bytes) / 2; ++c)
                q.memory->cells[c].defined = false;
            memset(&q.memory->bytes[b.offset], 0xff, q.bytes);
            LocalTensor<T> t;
            t.memory = q.memory;
            t.offset = b.offset;
            t.end = b.offset + q.bytes;
            t.position = Position;
            t.queue = id;
            t.buffer = int(index);
            return t;
        }
        kdsl_model::Fail("every buffer is in use: FreeTensor is missing");
    }

    template <typename T>
    void EnQue(const LocalTensor<T>& t)
    {
        auto& q = State("EnQue");
        auto& b = BufferOf(q, t, kdsl_model::QueueState::Allocated, "was not allocated");
        b.slot = kdsl_model::QueueState::Queued;
        b.filled = kdsl_model::CompletionOf(q.producer);
        q.order.push_back(uint32_t(t.buffer));
    }

    template <typename T>
    LocalTensor<T> DeQue()
    {
        auto& q = State("DeQue");
        if (q.order.empty())
            kdsl_model::Fail("the queue is empty: EnQue is missing");
        uint32_t index = q.order.front();
        q.order.erase(q.order.begin());
        auto& b = q.buffers[index];
        b.slot = kdsl_model::QueueState::Dequeued;
        kdsl_model::Learn(q.consumer, b.filled);
        LocalTensor<T> t;
        t.memory = q.memory;
        t.offset = b.offset;
        t.end = b.offset + q.bytes;
        t.position = Position;
        t.queue = id;
        t.buffer = int(index);
        return t;
    }

    template <typename T>
    void FreeTensor(const LocalTensor<T>& t)
    {
        auto& q = State("FreeTensor");
        auto& b = BufferOf(q, t, kdsl_model::QueueState::Dequeued, "was not dequeued");
        b.slot = kdsl_model::QueueState::Free;
        b.released = kdsl_model::CompletionOf(q.consumer);
    }

private:
    kdsl_model::QueueState& State(const char* op)
    {
        kdsl_model::core->op = op;
        if (id < 0)
            kdsl_model::Fail("InitBuffer is missing");
        return *kdsl_model::core->queues[size_t(id)];
    }

    template <typename T>
    kdsl_model::QueueState::Buffer& BufferOf(kdsl_model::QueueState& q, const LocalTensor<T>& t, kdsl_model::QueueState::Slot slot, const char* what)
    {
        if (t.queue != id || t.buffer < 0)
            kdsl_model::Fail("the tensor belongs to another queue");
        auto& b = q.buffers[size_t(t.buffer)];
        if (b.slot != slot)
            kdsl_model::Fail("the tensor %s", what);
        return b;
    }
};

class TPipe {
public:
    template <TPosition P, int32_t Depth>
    void InitBuffer(TQue<P, Depth>& queue, uint32_t count, uint32_t bytes)
    {
        using namespace kdsl_model;
        core->op = "InitBuffer";
        auto q = std::make_shared<QueueState>();
        q->memory = &MemoryOf(P);
        PipePair pipes = PipesOf(P);
        q->producer = pipes.from;
        q->consumer = pipes.to;
        q->bytes = (bytes + 31) / 32 * 32;
        uint32_t offset = Reserve(*q->memory, bytes, count), step = (bytes + q->memory->alignment - 1) / q->memory->alignment * q->memory->alignment;
        for (uint32_t i = 0; i < count; ++i) {
            QueueState::Buffer b;
            b.offset = offset + i * step;
            q->buffers.push_back(b);
        }
        queue.id = int(core->queues.size());
        q->position = int(P);
        core->queues.push_back(q);
        uint32_t events = 0;
        for (auto& other : core->queues)
            events += other->position == int(P) ? uint32_t(other->buffers.size()) : 0;
        if (events > 8)
            Fail("more than 8 buffers at one position: the pipe pair has 8 events");
    }

    template <TPosition P>
    void InitBuffer(TBuf<P>& buffer, uint32_t bytes)
    {
        kdsl_model::core->op = "InitBuffer";
        buffer.offset = kdsl_model::Reserve(kdsl_model::MemoryOf(P), bytes, 1);
        buffer.bytes = (bytes + 31) / 32 * 32;
    }

    int32_t FetchEventID(HardEvent event)
    {
        kdsl_model::core->op = "FetchEventID";
        int reserved = 0;   // events that queues of the same pipe pair hold
        auto pair = kdsl_model::EventPipes[int(event)];
        for (auto& q : kdsl_model::core->queues)
            if ((q->producer == pair.from && q->consumer == pair.to) || (q->producer == pair.to && q->consumer == pair.from))
                reserved += int(q->buffers.size());
        for (int id = reserved; id < 8; ++id)
            if (!kdsl_model::core->flags.count({int(event), id}))
                return id;
        kdsl_model::Fail("no event id is free");
    }
};

inline TPipe* GetTPipePtr()
{
    static TPipe pipe;
    return &pipe;
}

template <HardEvent Event>
void SetFlag(int32_t id)
{
    using namespace kdsl_model;
    core->op = "SetFlag";
    if (id < 0 || id > 7)
        Fail("event id %d", id);
    if (!core->flags.emplace(std::make_pair(int(Event), id), CompletionOf(EventPipes[int(Event)].from)).second)
        Fail("event %d is set twice without a wait", id);
}

template <HardEvent Event>
void WaitFlag(int32_t id)
{
    using namespace kdsl_model;
    core->op = "WaitFlag";
    auto flag = core->flags.find({int(Event), id});
    if (flag == core->flags.end())
        Fail("event %d was never set: the pipe would hang", id);
    Learn(EventPipes[int(Event)].to, flag->second);
    core->flags.erase(flag);
}

template <int P>
void PipeBarrier()
{
    using namespace kdsl_model;
    core->op = "PipeBarrier";
    if constexpr (P == Pipes) {
        for (int p = 0; p < Pipes; ++p)
            Learn(Pipe(p), core->issued);
    } else {
        core->clocks[P][P] = core->issued[P];
    }
}

inline int64_t GetBlockIdx() { return kdsl_model::core->index; }
inline int64_t GetBlockNum() { return kdsl_model::core->count; }

}

enum KernelType { KERNEL_TYPE_AIV_ONLY, KERNEL_TYPE_AIC_ONLY };
#define KERNEL_TASK_TYPE_DEFAULT(type) (kdsl_model::core->kind = (type) == KERNEL_TYPE_AIV_ONLY ? kdsl_model::CoreKind::Vector : kdsl_model::CoreKind::Cube)
