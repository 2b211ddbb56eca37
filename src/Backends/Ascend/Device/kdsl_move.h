// Tiles between global memory and UB, through queues that order the pipes.
#pragma once

namespace kdsl {

template <typename E> struct Storage {
    static __aicore__ inline void Widen(LocalTensor<float> d, LocalTensor<E> s, uint32_t count) { Cast(d, s, RoundMode::CAST_NONE, count); }
    static __aicore__ inline void Narrow(LocalTensor<E> d, LocalTensor<float> s, uint32_t count) { Cast(d, s, RoundMode::CAST_RINT, count); }
};

// Ints are read only, and become float at once, as the language's arithmetic does.
template <> struct Storage<int32_t> {
    static __aicore__ inline void Widen(LocalTensor<float> d, LocalTensor<int32_t> s, uint32_t count) { Cast(d, s, RoundMode::CAST_RINT, count); }
};

template <> struct Storage<float> {
    static __aicore__ inline void Widen(LocalTensor<float> d, LocalTensor<float> s, uint32_t count) { DataCopy(d, s, count); }
    static __aicore__ inline void Narrow(LocalTensor<float> d, LocalTensor<float> s, uint32_t count) { DataCopy(d, s, count); }
};

// Blocks of 32 bytes between the rows of a tile of E whose rows hold `cols` live elements.
template <typename E, typename T>
__aicore__ inline uint32_t RowGap(uint32_t cols)
{
    return (T::Pitch * sizeof(E) - RoundUp(cols * sizeof(E), 32)) / 32;
}

// The live rows and columns of a tile. Lanes beyond them are undefined, and nothing may let them reach a live one.
template <uint32_t R, uint32_t C, typename E, typename Queue>
__aicore__ inline void Load(Tile<R, C> d, Queue& queue, GlobalTensor<E> source, int32_t rows, int32_t cols, int64_t stride)
{
    using T = Tile<R, C>;
    if (rows <= 0 || cols <= 0)
        return;
    LocalTensor<E> staged = queue.template AllocTensor<E>();
    DataCopyExtParams p;
    p.blockCount = rows;
    p.blockLen = cols * sizeof(E);
    p.srcStride = rows == 1 ? 0 : (stride - cols) * sizeof(E);
    p.dstStride = RowGap<E, T>(cols);
    p.rsv = 0;
    DataCopyPadExtParams<E> pad;
    pad.isPad = false;
    DataCopyPad(staged, source, p, pad);
    queue.EnQue(staged);
    staged = queue.template DeQue<E>();
    Storage<E>::Widen(d.data, staged, rows * T::Pitch);
    PipeBarrier<PIPE_V>();
    queue.FreeTensor(staged);
}

// A column of floats: one element per row, then spread over the row's block.
template <uint32_t R, typename Queue>
__aicore__ inline void Load(Tile<R, 0> d, Queue& queue, GlobalTensor<float> source, int32_t rows, int64_t stride, LocalTensor<float> scratch)
{
    if (rows <= 0)
        return;
    LocalTensor<float> staged = queue.template AllocTensor<float>();
    DataCopyExtParams p;
    p.blockCount = rows;
    p.blockLen = sizeof(float);
    p.srcStride = rows == 1 ? 0 : (stride - 1) * sizeof(float);
    p.dstStride = 0;
    p.rsv = 0;
    DataCopyPadExtParams<float> pad;
    pad.isPad = true;
    pad.leftPadding = 0;
    pad.rightPadding = 7;
    pad.paddingValue = -__builtin_inff();
    DataCopyPad(staged, source, p, pad);
    queue.EnQue(staged);
    staged = queue.template DeQue<float>();
    uint32_t eights = (Tile<R, 0>::Rows + 7) / 8;
    BlockReduceMax(scratch, staged, (int32_t)eights, 64, 1, 1, 8);
    PipeBarrier<PIPE_V>();
    queue.FreeTensor(staged);
    Brcb(d.data, scratch, eights, BrcbRepeatParams(1, 8));
    PipeBarrier<PIPE_V>();
}

// Exactly the live rows and columns, rounded once to E.
template <uint32_t R, uint32_t C, typename E, typename Queue>
__aicore__ inline void Store(Queue& queue, GlobalTensor<E> target, Tile<R, C> s, int32_t rows, int32_t cols, int64_t stride)
{
    using T = Tile<R, C>;
    if (rows <= 0 || cols <= 0)
        return;
    LocalTensor<E> staged = queue.template AllocTensor<E>();
    Storage<E>::Narrow(staged, s.data, rows * T::Pitch);
    PipeBarrier<PIPE_V>();
    queue.EnQue(staged);
    staged = queue.template DeQue<E>();
    DataCopyExtParams p;
    p.blockCount = rows;
    p.blockLen = cols * sizeof(E);
    p.srcStride = C == 0 ? 0 : RowGap<E, T>(cols);
    p.dstStride = rows == 1 ? 0 : (stride - cols) * sizeof(E);
    p.rsv = 0;
    DataCopyPad(target, staged, p);
    queue.FreeTensor(staged);
}

// Loads after this see what stores before it wrote.
__aicore__ inline void LoadsAfterStores()
{
    event_t e = static_cast<event_t>(GetTPipePtr()->FetchEventID(HardEvent::MTE3_MTE2));
    SetFlag<HardEvent::MTE3_MTE2>(e);
    WaitFlag<HardEvent::MTE3_MTE2>(e);
}

// Stores after this leave what loads before it read.
__aicore__ inline void StoresAfterLoads()
{
    event_t e = static_cast<event_t>(GetTPipePtr()->FetchEventID(HardEvent::MTE2_MTE3));
    SetFlag<HardEvent::MTE2_MTE3>(e);
    WaitFlag<HardEvent::MTE2_MTE3>(e);
}

}
