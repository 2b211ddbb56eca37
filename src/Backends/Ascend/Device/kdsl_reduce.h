// Row reductions and dots on the vector core. Lane j of a row always goes to accumulator j mod 64, and a repeat is summed as the hardware's tree:
// the order depends on the row's length alone. Only live columns are read, so dead lanes need no neutral element.
#pragma once

namespace kdsl {

struct SumFold {
    static constexpr float Neutral = 0.0f;
    using Op = AddOp;
    static __aicore__ inline void Whole(LocalTensor<float> d, LocalTensor<float> s, int32_t repeats) { WholeReduceSum<float>(d, s, 64, repeats, 1, 1, 8); }
};

struct MaxFold {
    static constexpr float Neutral = -__builtin_inff();
    using Op = MaxOp;
    static __aicore__ inline void Whole(LocalTensor<float> d, LocalTensor<float> s, int32_t repeats) { WholeReduceMax<float>(d, s, 64, repeats, 1, 1, 8, ReduceOrder::ORDER_ONLY_VALUE); }
};

struct MinFold {
    static constexpr float Neutral = __builtin_inff();
    using Op = MinOp;
    static __aicore__ inline void Whole(LocalTensor<float> d, LocalTensor<float> s, int32_t repeats) { WholeReduceMin<float>(d, s, 64, repeats, 1, 1, 8, ReduceOrder::ORDER_ONLY_VALUE); }
};

// totals[rows] = lanes[rows, 64], each row folded to one value.
template <typename Fold>
__aicore__ inline void FoldWhole(LocalTensor<float> totals, LocalTensor<float> lanes, uint32_t rows)
{
    for (uint32_t r = 0; r < rows; r += MaxRepeats)
        Fold::Whole(totals[r], lanes[r * RepeatLanes], (int32_t)(rows - r < MaxRepeats ? rows - r : MaxRepeats));
    PipeBarrier<PIPE_V>();
}

// d[m, 1] = fold of the live columns of s. Scratch: Rows * 64 + RoundUp(Rows, 8) floats.
template <typename Fold, uint32_t R, uint32_t C>
__aicore__ inline void ReduceRows(Tile<R, 0> d, Tile<R, C> s, LocalTensor<float> scratch, int32_t live)
{
    using T = Tile<R, C>;
    LocalTensor<float> lanes = scratch, totals = scratch[T::Rows * RepeatLanes];
    Duplicate(lanes, Fold::Neutral, (int32_t)(T::Rows * RepeatLanes));
    PipeBarrier<PIPE_V>();
    for (int32_t at = 0; at < live; at += RepeatLanes) {
        uint32_t mask = live - at < (int32_t)RepeatLanes ? live - at : RepeatLanes;
        if constexpr (T::Pitch <= MaxPitch) {
            for (uint32_t r = 0; r < T::Rows; r += MaxRepeats)
                Fold::Op::Run(lanes[r * RepeatLanes], lanes[r * RepeatLanes], s.data[r * T::Pitch + at], mask, T::Rows - r < MaxRepeats ? T::Rows - r : MaxRepeats,
                              BinaryRepeatParams(1, 1, 1, 8, 8, T::Pitch / 8));
        } else {
            for (uint32_t r = 0; r < T::Rows; ++r)
                Fold::Op::Run(lanes[r * RepeatLanes], lanes[r * RepeatLanes], s.data[r * T::Pitch + at], mask, 1, BinaryRepeatParams(1, 1, 1, 8, 8, 8));
        }
        PipeBarrier<PIPE_V>();
    }
    FoldWhole<Fold>(totals, lanes, T::Rows);
    Brcb(d.data, totals, (T::Rows + 7) / 8, BrcbRepeatParams(1, 8));
    PipeBarrier<PIPE_V>();
}

// d[m, n] = sum over the live k of a[m, k] * b[n, k]. Scratch: N * 64 floats.
template <uint32_t R, uint32_t N, uint32_t AR, uint32_t K, uint32_t BN>
__aicore__ inline void DotRows(Tile<R, N> d, Tile<AR, K> a, Tile<BN, K> b, LocalTensor<float> scratch, int32_t live)
{
    using A = Tile<AR, K>;
    using B = Tile<BN, K>;
    static_assert(B::Pitch <= MaxPitch, "a row of a dot's operand must fit the repeat stride");
    for (uint32_t m = 0; m < A::Rows; ++m) {
        Duplicate(scratch, 0.0f, (int32_t)(B::Rows * RepeatLanes));
        PipeBarrier<PIPE_V>();
        for (int32_t at = 0; at < live; at += RepeatLanes) {
            uint32_t mask = live - at < (int32_t)RepeatLanes ? live - at : RepeatLanes;
            for (uint32_t n = 0; n < B::Rows; n += MaxRepeats)
                MulAddDst(scratch[n * RepeatLanes], b.data[n * B::Pitch + at], a.data[m * A::RowStep + at], (uint64_t)mask, B::Rows - n < MaxRepeats ? B::Rows - n : MaxRepeats,
                          BinaryRepeatParams(1, 1, 1, 8, B::Pitch / 8, 0));
            PipeBarrier<PIPE_V>();
        }
        FoldWhole<SumFold>(d.data[m * Tile<R, N>::Pitch], scratch, B::Rows);
    }
}

// d[m, n] = sum over the live k of a[m, k] * b[k, n], in the order of k. Scratch: RoundUp(K, 8) * 8 floats.
template <uint32_t R, uint32_t N, uint32_t AR, uint32_t K, uint32_t BK, uint32_t BN>
__aicore__ inline void DotColumns(Tile<R, N> d, Tile<AR, K> a, Tile<BK, BN> b, LocalTensor<float> scratch, int32_t live)
{
    using A = Tile<AR, K>;
    using B = Tile<BK, BN>;
    static_assert(B::Groups <= MaxRepeats, "a row of the right operand is one instruction");
    Fill(d, 0.0f);
    for (uint32_t m = 0; m < A::Rows; ++m) {
        Brcb(scratch, a.data[m * A::RowStep], (K + 7) / 8, BrcbRepeatParams(1, 8));
        PipeBarrier<PIPE_V>();
        for (int32_t k = 0; k < live; ++k) {
            constexpr uint32_t whole = B::Pitch / RepeatLanes, tail = B::Pitch % RepeatLanes, at = whole * RepeatLanes;
            if constexpr (whole > 0)
                MulAddDst(d.data[m * B::Pitch], b.data[k * B::Pitch], scratch[k * 8], (uint64_t)RepeatLanes, whole, BinaryRepeatParams(1, 1, 0, 8, 8, 0));
            if constexpr (tail > 0)
                MulAddDst(d.data[m * B::Pitch + at], b.data[k * B::Pitch + at], scratch[k * 8], (uint64_t)tail, 1, BinaryRepeatParams(1, 1, 0, 8, 8, 0));
            PipeBarrier<PIPE_V>();
        }
    }
}

}
