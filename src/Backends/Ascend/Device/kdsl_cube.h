// The device library of the cube core: one accumulated product per program, operands staged through L1 and L0, the result rounded on its way out.
#pragma once
#include "kdsl_ascend.h"

namespace kdsl {

template <typename E> struct Rounding;
template <> struct Rounding<float> { static constexpr QuantMode_t Mode = QuantMode_t::NoQuant; };
template <> struct Rounding<half> { static constexpr QuantMode_t Mode = QuantMode_t::F322F16; };
template <> struct Rounding<bfloat16_t> { static constexpr QuantMode_t Mode = QuantMode_t::F322BF16; };

// sum over blocks of A[M, K] * B[N, K]^T, plus a row. E is a 16-bit storage type, so that a fractal is 16 x 16. In L1 both operands lie as zN
// (16-column panels, rows within); B's zN is bit for bit the nZ of its transpose that L0B wants, so its load is a straight copy.
template <typename E, uint32_t M, uint32_t N, uint32_t K, uint32_t Stages, bool HasBias>
class CubeProduct {
    static constexpr uint32_t Fractal = 256;   // elements
    static constexpr uint32_t Widest = M > N ? M : N;
    static constexpr uint32_t Fitting = 32 * 1024 / sizeof(E) / Widest / 16 * 16;   // columns of half of L0A or L0B
    static constexpr uint32_t Step = K < Fitting ? K : Fitting;

    TQue<QuePosition::A1, 1> a1;
    TQue<QuePosition::B1, 1> b1;
    TQue<QuePosition::A2, 1> a2;
    TQue<QuePosition::B2, 1> b2;
    TQue<QuePosition::CO1, 1> c1;
    TQue<QuePosition::C1, 1> biasIn;
    TQue<QuePosition::C2, 1> biasTable;
    LocalTensor<float> accumulator, bias;
    uint32_t rows, columns, rowFractals, columnFractals;
    bool first;

    // Row-major global memory to zN in L1. Strides beyond the field's 16 bits go row by row.
    static __aicore__ inline void ToFractals(LocalTensor<E> to, GlobalTensor<E> from, uint32_t height, uint32_t width, int64_t stride, uint32_t paddedHeight)
    {
        Nd2NzParams p;
        p.ndNum = 1;
        p.dValue = width;
        p.srcNdMatrixStride = 0;
        p.dstNzC0Stride = paddedHeight;
        p.dstNzNStride = 1;
        p.dstNzMatrixStride = 0;
        if (stride <= 65535) {
            p.nValue = height;
            p.srcDValue = stride;
            DataCopy(to, from, p);
        } else {
            p.nValue = 1;
            p.srcDValue = width;
            for (uint32_t r = 0; r < height; ++r)
                DataCopy(to[r * 16], from[r * stride], p);
        }
    }

    __aicore__ inline void Multiply(LocalTensor<E> left, LocalTensor<E> right, uint32_t at, uint32_t depth)
    {
        uint32_t fractals = (depth + 15) / 16;
        LocalTensor<E> a = a2.template AllocTensor<E>(), b = b2.template AllocTensor<E>();
        LoadData2DParams p;
        p.sid = 0;
        p.dstGap = 0;
        p.ifTranspose = false;
        for (uint32_t i = 0; i < rowFractals; ++i) {
            p.startIndex = at / 16 * rowFractals + i;
            p.repeatTimes = fractals;
            p.srcStride = rowFractals;
            LoadData(a[i * fractals * Fractal], left, p);
        }
        p.srcStride = 1;
        for (uint32_t i = 0, all = fractals * columnFractals; i < all; i += MaxRepeats) {
            p.startIndex = at / 16 * columnFractals + i;
            p.repeatTimes = all - i < MaxRepeats ? all - i : MaxRepeats;
            LoadData(b[i * Fractal], right, p);
        }
        a2.EnQue(a);
        b2.EnQue(b);
        a = a2.template DeQue<E>();
        b = b2.template DeQue<E>();
        MmadParams m;
        m.m = rowFractals * 16;   // never 1: that selects the matrix-vector mode
        m.n = columns;
        m.k = depth;
        m.unitFlag = 0;
        m.cmatrixInitVal = first && !HasBias;
        if (first && HasBias)
            Mmad(accumulator, a, b, bias, m);
        else
            Mmad(accumulator, a, b, m);
        if (rowFractals * (columns / 16) < 10)   // a larger product orders itself before the next on the same accumulator
            PipeBarrier<PIPE_M>();
        first = false;
        a2.FreeTensor(a);
        b2.FreeTensor(b);
    }

public:
    __aicore__ inline void Init(TPipe& pipe)
    {
        pipe.InitBuffer(a1, Stages, M * K * sizeof(E));
        pipe.InitBuffer(b1, Stages, N * K * sizeof(E));
        pipe.InitBuffer(a2, 2, M * Step * sizeof(E));
        pipe.InitBuffer(b2, 2, N * Step * sizeof(E));
        pipe.InitBuffer(c1, 1, M * N * sizeof(float));
        if constexpr (HasBias) {
            pipe.InitBuffer(biasIn, 1, RoundUp(N, 32) * sizeof(E));
            pipe.InitBuffer(biasTable, 1, RoundUp(N, 32) * sizeof(float));
        }
    }

    // Starts a tile of the result with that many live rows and columns.
    __aicore__ inline void Begin(int32_t liveRows, int32_t liveColumns)
    {
        rows = liveRows;
        columns = liveColumns;
        rowFractals = (rows + 15) / 16;
        columnFractals = (columns + 15) / 16;
        first = true;
        accumulator = c1.template AllocTensor<float>();
    }

    // The row that the accumulator starts from. A matrix of one row is contiguous as zN.
    __aicore__ inline void Bias(GlobalTensor<E> row)
    {
        LocalTensor<E> staged = biasIn.template AllocTensor<E>();
        ToFractals(staged, row, 1, columns, columns, 1);
        biasIn.EnQue(staged);
        staged = biasIn.template DeQue<E>();
        bias = biasTable.template AllocTensor<float>();
        DataCopyParams p;
        p.blockCount = 1;
        p.blockLen = (columns * sizeof(E) + 63) / 64;
        p.srcStride = 0;
        p.dstStride = 0;
        DataCopy(bias, staged, p);
        biasIn.FreeTensor(staged);
        biasTable.EnQue(bias);
        bias = biasTable.template DeQue<float>();
    }

    // Adds the product of one block of the contraction, of which `live` columns count.
    __aicore__ inline void Accumulate(GlobalTensor<E> left, int64_t leftStride, GlobalTensor<E> right, int64_t rightStride, int32_t live)
    {
        LocalTensor<E> a = a1.template AllocTensor<E>(), b = b1.template AllocTensor<E>();
        ToFractals(a, left, rows, live, leftStride, rowFractals * 16);
        ToFractals(b, right, columns, live, rightStride, columnFractals * 16);
        a1.EnQue(a);
        b1.EnQue(b);
        a = a1.template DeQue<E>();
        b = b1.template DeQue<E>();
        for (uint32_t at = 0; at < (uint32_t)live; at += Step)
            Multiply(a, b, at, live - at < Step ? live - at : Step);
        a1.FreeTensor(a);
        b1.FreeTensor(b);
    }

    // Rounds the live rows and columns once and writes them.
    template <typename O>
    __aicore__ inline void Store(GlobalTensor<O> target, int64_t stride)
    {
        c1.EnQue(accumulator);
        accumulator = c1.template DeQue<float>();
        FixpipeParamsV220 p;
        p.nSize = columns;
        p.mSize = rows;
        p.srcStride = rowFractals * 16;
        p.dstStride = stride;
        p.quantPre = Rounding<O>::Mode;
        p.ndNum = 1;
        p.srcNdStride = 0;
        p.dstNdStride = 0;
        p.reluEn = false;
        p.unitFlag = 0;
        Fixpipe<O, float, CFG_ROW_MAJOR>(target, accumulator, p);
        c1.FreeTensor(accumulator);
        if constexpr (HasBias)
            biasTable.FreeTensor(bias);
    }
};

}
