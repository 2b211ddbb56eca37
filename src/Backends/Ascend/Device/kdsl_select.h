// Choices by lane index: a comparison of indices is an interval of columns in each row, or an interval of rows.
#pragma once

namespace kdsl {

// Columns [from, to) of one row of d, from the same columns of s; SLane is 0 where s broadcasts along them.
template <uint32_t SLane>
__aicore__ inline void CopyColumns(LocalTensor<float> d, LocalTensor<float> s, int32_t from, int32_t to)
{
    for (int32_t group = from / 64 * 64; group < to; group += 64) {
        int32_t first = Most(from - group, 0), end = Least(to - group, 64);
        uint64_t below = end == 64 ? ~0ull : (1ull << end) - 1;
        uint64_t mask[2] = {below & ~((1ull << first) - 1), 0};
        Copy(d[group], s[group * SLane], mask, 1, CopyRepeatParams(1, SLane, 8, 8));
    }
}

// d = ifTrue in columns [from + r * fromStep, to + r * toStep) of each row r, else ifFalse. d is neither.
template <uint32_t R, uint32_t C, typename A, typename B>
__aicore__ inline void SelectColumns(Tile<R, C> d, A ifTrue, B ifFalse, int32_t from, int32_t fromStep, int32_t to, int32_t toStep)
{
    using D = Tile<R, C>;
    Assign(d, ifFalse);
    for (int32_t r = 0; r < (int32_t)D::Rows; ++r)
        CopyColumns<A::LaneStep>(d.data[r * D::RowStep], ifTrue.data[r * A::RowStep], Most(from + r * fromStep, 0), Least(to + r * toStep, D::Pitch));
    PipeBarrier<PIPE_V>();
}

// d = ifTrue in rows [from, to), else ifFalse. d is neither.
template <uint32_t R, uint32_t C, typename A, typename B>
__aicore__ inline void SelectRows(Tile<R, C> d, A ifTrue, B ifFalse, int32_t from, int32_t to)
{
    using D = Tile<R, C>;
    Assign(d, ifFalse);
    for (int32_t r = Most(from, 0); r < Least(to, D::Rows); ++r)
        CopyColumns<A::LaneStep>(d.data[r * D::RowStep], ifTrue.data[r * A::RowStep], 0, D::Pitch);
    PipeBarrier<PIPE_V>();
}

}
