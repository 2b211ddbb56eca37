// The cube core: L1 to L0A/L0B, the bias table, Mmad and Fixpipe.
#pragma once

namespace AscendC {

struct LoadData2DParams {
    kdsl_model::Ranged<uint16_t> startIndex;   // in fractals of 512 bytes, as the strides
    kdsl_model::Ranged<uint8_t> repeatTimes;
    kdsl_model::Ranged<uint16_t> srcStride;
    kdsl_model::Ranged<uint8_t> sid;
    kdsl_model::Ranged<uint16_t> dstGap;
    bool ifTranspose = false;
};

struct MmadParams {
    kdsl_model::Ranged<uint16_t> m, n, k;
    bool cmatrixSource = false, cmatrixInitVal = true;
    kdsl_model::Ranged<uint8_t> unitFlag;
};

enum class QuantMode_t { NoQuant = 0, F322F16 = 1, F322BF16 = 16 };

struct FixpipeParamsV220 {
    kdsl_model::Ranged<uint16_t> nSize, mSize, srcStride;
    kdsl_model::Ranged<uint32_t> dstStride;
    QuantMode_t quantPre = QuantMode_t::NoQuant;
    kdsl_model::Ranged<uint16_t> ndNum = 1, srcNdStride, dstNdStride;
    bool reluEn = false;
    kdsl_model::Ranged<uint8_t> unitFlag;
};

struct FixpipeConfig { bool rowMajor; };
inline constexpr FixpipeConfig CFG_ROW_MAJOR{true};

template <typename T>
void LoadData(const LocalTensor<T>& dst, const LocalTensor<T>& src, const LoadData2DParams& p)
{
    using namespace kdsl_model;
    Issue(MTE1, "LoadData");
    CheckMemory(src, core->l1);
    CheckAligned(dst, 512);
    if (dst.memory != &core->l0a && dst.memory != &core->l0b)
        Fail("destination lies in %s", dst.memory->name);
    if (p.repeatTimes < 1)
        Fail("repeatTimes 0");
    if (p.ifTranspose && sizeof(T) != 2)
        Fail("ifTranspose takes 16-bit elements only");
    for (uint32_t r = 0; r < p.repeatTimes; ++r) {
        uint32_t from = AddressOf(src, (uint64_t(p.startIndex) + uint64_t(r) * p.srcStride) * 512, 512);
        uint32_t to = AddressOf(dst, uint64_t(r) * (p.dstGap + 1) * 512, 512);
        Read(*src.memory, MTE1, from, 512);
        Write(*dst.memory, MTE1, to, 512, false);
        for (uint32_t i = 0; i < 512; i += sizeof(T)) {
            uint32_t e = i / sizeof(T), source = p.ifTranspose ? (e % 16 * 16 + e / 16) * uint32_t(sizeof(T)) : i;
            memcpy(&dst.memory->bytes[to + i], &src.memory->bytes[from + source], sizeof(T));
            for (uint32_t c = 0; c < sizeof(T) / 2; ++c)
                dst.memory->cells[(to + i) / 2 + c].defined = src.memory->cells[(from + source) / 2 + c].defined;
        }
    }
}

// L1 to the bias table, converting to float; blockLen counts 64-byte units of the source.
template <typename T>
void DataCopy(const LocalTensor<float>& dst, const LocalTensor<T>& src, const DataCopyParams& p)
{
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, half> || std::is_same_v<T, bfloat16_t>);
    using namespace kdsl_model;
    Issue(MTE1, "DataCopy (L1 to BT)");
    CheckMemory(src, core->l1);
    CheckMemory(dst, core->bt);
    CheckAligned(dst, 64);
    if (p.blockCount != 1)
        Fail("blockCount %u", unsigned(p.blockCount));
    for (uint32_t i = 0; i < p.blockLen * 64u / sizeof(T); ++i) {
        bool defined = true;
        float value = ToFloat(Get(src, uint64_t(i) * sizeof(T), MTE1, defined));
        Put(dst, uint64_t(i) * 4, MTE1, value, defined);
    }
}

}

namespace kdsl_model {

// Element (row, k) of an L0A operand: fractals row by row; of L0B, element (k, column): fractals by k, column-major inside. The two read the same way.
template <typename T>
struct Operand {
    std::vector<float> values;
    std::vector<char> defined;   // per row

    Operand(const AscendC::LocalTensor<T>& t, uint32_t rows, uint32_t k, bool isA) : values(size_t(rows) * k), defined(rows, 1)
    {
        constexpr uint32_t C0 = 32 / sizeof(T);
        uint32_t kBlocks = (k + C0 - 1) / C0, rowBlocks = (rows + 15) / 16;
        uint32_t start = AddressOf(t, 0, kBlocks * rowBlocks * 512);
        Read(*t.memory, M, start, kBlocks * rowBlocks * 512);
        for (uint32_t r = 0; r < rows; ++r)
            for (uint32_t x = 0; x < k; ++x) {
                uint32_t fractal = isA ? r / 16 * kBlocks + x / C0 : x / C0 * rowBlocks + r / 16;
                uint32_t at = start + fractal * 512 + (r % 16 * C0 + x % C0) * sizeof(T);
                T value;
                memcpy(&value, &t.memory->bytes[at], sizeof(T));
                values[size_t(r) * k + x] = ToFloat(value);
                defined[r] &= IsDefined(*t.memory, at, sizeof(T));
            }
    }
};

template <typename T>
void Multiply(const AscendC::LocalTensor<float>& c, const AscendC::LocalTensor<T>& a, const AscendC::LocalTensor<T>& b, const AscendC::LocalTensor<float>* bias, const AscendC::MmadParams& p)
{
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, half> || std::is_same_v<T, bfloat16_t>, "Mmad: no such operand type");
    Issue(M, "Mmad");
    CheckMemory(c, core->l0c);
    CheckMemory(a, core->l0a);
    CheckMemory(b, core->l0b);
    CheckAligned(c, 1024);
    CheckAligned(a, 512);
    CheckAligned(b, 512);
    uint32_t m = p.m, n = p.n, k = p.k;
    if (m < 1 || n < 1 || k < 1 || m > 4095 || n > 4095 || k > 4095)
        Fail("m %u, n %u, k %u are not in 1..4095", m, n, k);
    if (m == 1)
        Fail("m 1 selects the matrix-vector mode; pass 16");
    if (p.unitFlag != 0)
        Fail("unitFlag is not modelled");
    if (bias && p.cmatrixInitVal)
        Fail("with a bias, cmatrixInitVal must be false");
    uint32_t rows = (m + 15) / 16 * 16, columns = (n + 15) / 16 * 16, at = AddressOf(c, 0, rows * columns * 4);
    Operand<T> left(a, m, k, true), right(b, n, k, false);
    bool reads = !bias && !p.cmatrixInitVal;
    if (reads)
        Read(*c.memory, M, at, rows * columns * 4);
    std::vector<char> was(size_t(rows) * columns, 1);
    if (reads)
        for (size_t i = 0; i < was.size(); ++i)
            was[i] = c.memory->cells[at / 2 + i * 2].defined;
    Write(*c.memory, M, at, rows * columns * 4, false);
    for (uint32_t j = 0; j < n; ++j) {
        bool known = true;
        float start = bias ? Get(*bias, uint64_t(j) * 4, M, known) : 0;
        for (uint32_t i = 0; i < m; ++i) {
            uint32_t element = j / 16 * rows * 16 + i * 16 + j % 16;
            float sum = start;
            if (reads)
                memcpy(&sum, &c.memory->bytes[at + element * 4], 4);
            const float *x = &left.values[size_t(i) * k], *y = &right.values[size_t(j) * k];
            for (uint32_t q = 0; q < k; ++q)
                sum += x[q] * y[q];
            memcpy(&c.memory->bytes[at + element * 4], &sum, 4);
            bool defined = known && left.defined[i] && right.defined[j] && was[element];
            c.memory->cells[at / 2 + element * 2].defined = c.memory->cells[at / 2 + element * 2 + 1].defined = defined;
        }
    }
    // Small products need PipeBarrier<PIPE_M> before the next on the same accumulator; larger ones take long enough.
    if ((m / 16) * (n / 16) >= 10)
        core->clocks[M][M] = core->issued[M];
}

}

namespace AscendC {

template <typename T>
void Mmad(const LocalTensor<float>& c, const LocalTensor<T>& a, const LocalTensor<T>& b, const MmadParams& p)
{
    kdsl_model::Multiply<T>(c, a, b, nullptr, p);
}

template <typename T>
void Mmad(const LocalTensor<float>& c, const LocalTensor<T>& a, const LocalTensor<T>& b, const LocalTensor<float>& bias, const MmadParams& p)
{
    kdsl_model::CheckMemory(bias, kdsl_model::core->bt);
    kdsl_model::Multiply<T>(c, a, b, &bias, p);
}

template <typename D, typename T, const FixpipeConfig& Config>
void Fixpipe(const GlobalTensor<D>& dst, const LocalTensor<T>& src, const FixpipeParamsV220& p)
{
    static_assert(std::is_same_v<T, float> && Config.rowMajor);
    using namespace kdsl_model;
    Issue(FIX, "Fixpipe");
    CheckMemory(src, core->l0c);
    CheckAligned(src, 64);
    constexpr QuantMode_t wanted = std::is_same_v<D, float> ? QuantMode_t::NoQuant : std::is_same_v<D, half> ? QuantMode_t::F322F16 : QuantMode_t::F322BF16;
    if (p.quantPre != wanted)
        Fail("quantPre does not convert to the destination's type");
    if (p.ndNum != 1 || p.unitFlag != 0 || p.reluEn)
        Fail("ndNum, unitFlag and relu are not modelled");
    if (p.mSize < 1 || p.nSize < 1 || p.srcStride % 16)
        Fail("mSize %u, nSize %u, srcStride %u", unsigned(p.mSize), unsigned(p.nSize), unsigned(p.srcStride));
    for (uint32_t i = 0; i < p.mSize; ++i)
        for (uint32_t j = 0; j < p.nSize; ++j) {
            bool defined = true;
            float value = Get(src, (uint64_t(j / 16) * p.srcStride * 16 + i * 16 + j % 16) * 4, FIX, defined);
            if (!defined)
                Fail("uninitialised data reaches global memory (row %u, column %u)", i, j);
            D* to = dst.data + uint64_t(i) * p.dstStride + j;
            GmAccess(to, sizeof(D), FIX, true);
            *to = FromFloat<D>(value);
        }
}

}
