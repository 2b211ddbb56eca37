// The device library of the vector core: what emitted AscendC calls. Every tile is float in UB; storage types exist only in queues.
// Every function leaves the vector pipe ordered (it ends with a barrier), so that emitted statements compose without thought.
#pragma once
#include "kernel_operator.h"

namespace kdsl {

using namespace AscendC;

// KernelDsl.KernelArgument, as the host writes it to global memory. Read field by field: structs cannot be copied out of __gm__.
struct Argument {
    uint64_t data;
    int32_t dim[4];
    int64_t stride[3];
    uint64_t pageTable;
    int32_t pageTableStride, pageSize, layout, intValue;
    float floatValue;
    int32_t cacheFormat;
    int64_t pageStride;
    int32_t weightEncoding, weightGroup;
    bool weightHasZeros;
    int32_t weightActivations;
    uint64_t prepared;
};
static_assert(sizeof(Argument) == 112, "must be the layout of KernelDsl.KernelArgument");

constexpr uint32_t RepeatLanes = 64;    // floats of one vector repeat
constexpr uint32_t MaxRepeats = 255;
constexpr uint32_t MaxPitch = 255 * 8;  // floats: a row stride is at most 255 blocks

constexpr uint32_t RoundUp(uint32_t value, uint32_t unit) { return (value + unit - 1) / unit * unit; }
__aicore__ inline int32_t CeilDiv(int32_t a, int32_t b) { return (a + b - 1) / b; }
__aicore__ inline int32_t Least(int32_t a, int32_t b) { return a < b ? a : b; }
__aicore__ inline int32_t Most(int32_t a, int32_t b) { return a > b ? a : b; }

// A float tile. An axis of 0 broadcasts. A column [m, 1] takes one 32-byte block per row, filled with the row's value, so that it
// broadcasts with a block stride of 0. Rows are padded to 64 bytes, so that they stay aligned in a storage type of half the size.
template <uint32_t RowAxis, uint32_t ColAxis>
struct Tile {
    static constexpr uint32_t Rows = RowAxis ? RowAxis : 1;
    static constexpr uint32_t Pitch = ColAxis ? RoundUp(ColAxis, 16) : 8;
    static constexpr uint32_t Count = Rows * Pitch;
    static constexpr uint32_t Size = ColAxis ? Count : RoundUp(Rows, 8) * 8;   // with the rows that Brcb writes in eights
    static constexpr uint32_t Groups = (Pitch + RepeatLanes - 1) / RepeatLanes;
    static constexpr uint32_t LaneStep = ColAxis ? 1 : 0;
    static constexpr uint32_t RowStep = RowAxis ? Pitch : 0;

    LocalTensor<float> data;

    template <typename Buffer>
    static __aicore__ inline Tile At(Buffer& buffer, uint32_t byteOffset)
    {
        Tile t;
        t.data = buffer.template GetWithOffset<float>(Size, byteOffset);
        return t;
    }
};

template <typename A, typename B> struct Same { static constexpr bool Value = false; };
template <typename A> struct Same<A, A> { static constexpr bool Value = true; };

#define KDSL_OPERATION(Name) \
    struct Name##Op { \
        static __aicore__ inline void Run(LocalTensor<float> d, LocalTensor<float> a, LocalTensor<float> b, uint32_t count) { Name(d, a, b, (int32_t)count); } \
        static __aicore__ inline void Run(LocalTensor<float> d, LocalTensor<float> a, LocalTensor<float> b, uint32_t mask, uint32_t repeats, BinaryRepeatParams p) { Name(d, a, b, (uint64_t)mask, repeats, p); } \
    };
KDSL_OPERATION(Add)
KDSL_OPERATION(Sub)
KDSL_OPERATION(Mul)
KDSL_OPERATION(Div)
KDSL_OPERATION(Max)
KDSL_OPERATION(Min)
#undef KDSL_OPERATION

// One row of d, or all of a column, as a line of lanes.
template <typename Op, uint32_t ALane, uint32_t BLane>
__aicore__ inline void Line(LocalTensor<float> d, LocalTensor<float> a, LocalTensor<float> b, uint32_t count)
{
    uint32_t groups = count / RepeatLanes, tail = count % RepeatLanes;
    for (uint32_t g = 0; g < groups; g += MaxRepeats) {
        uint32_t repeats = groups - g < MaxRepeats ? groups - g : MaxRepeats, at = g * RepeatLanes;
        Op::Run(d[at], a[at * ALane], b[at * BLane], RepeatLanes, repeats, BinaryRepeatParams(1, ALane, BLane, 8, 8 * ALane, 8 * BLane));
    }
    if (tail != 0) {
        uint32_t at = groups * RepeatLanes;
        Op::Run(d[at], a[at * ALane], b[at * BLane], tail, 1, BinaryRepeatParams(1, ALane, BLane, 8, 8 * ALane, 8 * BLane));
    }
}

// d = Op(a, b), operands broadcast to d.
template <typename Op, typename D, typename A, typename B>
__aicore__ inline void Binary(D d, A a, B b)
{
    if constexpr (Same<A, D>::Value && Same<B, D>::Value) {
        Op::Run(d.data, a.data, b.data, D::Count);
    } else if constexpr (D::LaneStep == 0) {
        Line<Op, Same<A, D>::Value ? 1 : 0, Same<B, D>::Value ? 1 : 0>(d.data, a.data, b.data, D::Count);
    } else if constexpr (D::Rows > D::Groups && D::Pitch <= MaxPitch) {
        for (uint32_t r = 0; r < D::Rows; r += MaxRepeats)
            for (uint32_t at = 0; at < D::Pitch; at += RepeatLanes) {
                uint32_t repeats = D::Rows - r < MaxRepeats ? D::Rows - r : MaxRepeats, mask = D::Pitch - at < RepeatLanes ? D::Pitch - at : RepeatLanes;
                Op::Run(d.data[r * D::RowStep + at], a.data[r * A::RowStep + at * A::LaneStep], b.data[r * B::RowStep + at * B::LaneStep], mask, repeats,
                        BinaryRepeatParams(1, A::LaneStep, B::LaneStep, D::RowStep / 8, A::RowStep / 8, B::RowStep / 8));
            }
    } else {
        for (uint32_t r = 0; r < D::Rows; ++r)
            Line<Op, A::LaneStep, B::LaneStep>(d.data[r * D::RowStep], a.data[r * A::RowStep], b.data[r * B::RowStep], D::Pitch);
    }
    PipeBarrier<PIPE_V>();
}

template <typename D>
__aicore__ inline void Fill(D d, float value)
{
    Duplicate(d.data, value, (int32_t)D::Size);
    PipeBarrier<PIPE_V>();
}

// d = s, broadcast to d.
template <typename D, typename S>
__aicore__ inline void Assign(D d, S s)
{
    if constexpr (Same<S, D>::Value) {
        DataCopy(d.data, s.data, D::Count);
        PipeBarrier<PIPE_V>();
    } else {
        Binary<MaxOp>(d, s, s);
    }
}

template <typename D> __aicore__ inline void AddScalar(D d, D a, float s) { Adds(d.data, a.data, s, (int32_t)D::Count); PipeBarrier<PIPE_V>(); }
template <typename D> __aicore__ inline void MulScalar(D d, D a, float s) { Muls(d.data, a.data, s, (int32_t)D::Count); PipeBarrier<PIPE_V>(); }
template <typename D> __aicore__ inline void MaxScalar(D d, D a, float s) { Maxs(d.data, a.data, s, (int32_t)D::Count); PipeBarrier<PIPE_V>(); }
template <typename D> __aicore__ inline void MinScalar(D d, D a, float s) { Mins(d.data, a.data, s, (int32_t)D::Count); PipeBarrier<PIPE_V>(); }

template <typename D> __aicore__ inline void NegTile(D d, D a) { MulScalar(d, a, -1.0f); }
template <typename D> __aicore__ inline void ExpTile(D d, D a) { Exp(d.data, a.data, (int32_t)D::Count); PipeBarrier<PIPE_V>(); }
template <typename D> __aicore__ inline void LogTile(D d, D a) { Ln(d.data, a.data, (int32_t)D::Count); PipeBarrier<PIPE_V>(); }
template <typename D> __aicore__ inline void SqrtTile(D d, D a) { Sqrt(d.data, a.data, (int32_t)D::Count); PipeBarrier<PIPE_V>(); }
template <typename D> __aicore__ inline void AbsTile(D d, D a) { Abs(d.data, a.data, (int32_t)D::Count); PipeBarrier<PIPE_V>(); }
template <typename D> __aicore__ inline void SquareTile(D d, D a) { Binary<MulOp>(d, a, a); }

// d = value / d. The library's Reciprocal and Rsqrt are approximations, Div is not.
template <typename D>
__aicore__ inline void DivideInto(D d, float value, Tile<0, 0> scratch)
{
    Fill(scratch, value);
    Binary<DivOp>(d, scratch, d);
}

template <typename D>
__aicore__ inline void RsqrtTile(D d, D a, Tile<0, 0> scratch)
{
    SqrtTile(d, a);
    DivideInto(d, 1.0f, scratch);
}

// 1 / (1 + exp(-a)): exp overflows to infinity, and the quotient to the right limit.
template <typename D>
__aicore__ inline void SigmoidTile(D d, D a, Tile<0, 0> scratch)
{
    NegTile(d, a);
    ExpTile(d, d);
    AddScalar(d, d, 1.0f);
    DivideInto(d, 1.0f, scratch);
}

// a / (1 + exp(-a)); d is not a.
template <typename D>
__aicore__ inline void SiluTile(D d, D a)
{
    NegTile(d, a);
    ExpTile(d, d);
    AddScalar(d, d, 1.0f);
    Binary<DivOp>(d, a, d);
}

// 1 - 2 / (1 + exp(2a)).
template <typename D>
__aicore__ inline void TanhTile(D d, D a, Tile<0, 0> scratch)
{
    MulScalar(d, a, 2.0f);
    ExpTile(d, d);
    AddScalar(d, d, 1.0f);
    DivideInto(d, -2.0f, scratch);
    AddScalar(d, d, 1.0f);
}

// d = a rounded to the storage type E.
template <typename E, typename D>
__aicore__ inline void Round(D d, D a, LocalTensor<float> scratch)
{
    LocalTensor<E> storage = scratch.template ReinterpretCast<E>();
    Cast(storage, a.data, RoundMode::CAST_RINT, D::Count);
    PipeBarrier<PIPE_V>();
    Cast(d.data, storage, RoundMode::CAST_NONE, D::Count);
    PipeBarrier<PIPE_V>();
}

// A column becomes a row.
template <uint32_t R>
__aicore__ inline void Transpose(Tile<0, R> d, Tile<R, 0> s)
{
    BlockReduceMax(d.data, s.data, (int32_t)((R + 7) / 8), 64, 1, 1, 8);
    PipeBarrier<PIPE_V>();
}

// A row becomes a column.
template <uint32_t C>
__aicore__ inline void Transpose(Tile<C, 0> d, Tile<0, C> s)
{
    Brcb(d.data, s.data, (C + 7) / 8, BrcbRepeatParams(1, 8));
    PipeBarrier<PIPE_V>();
}

}

#include "kdsl_move.h"
#include "kdsl_reduce.h"
#include "kdsl_select.h"
