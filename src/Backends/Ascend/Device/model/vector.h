// Elementwise vector instructions. A repeat is 256 bytes, eight blocks of 32; strides count blocks.
#pragma once

namespace AscendC {

struct BinaryRepeatParams {
    kdsl_model::Ranged<uint8_t> dstBlkStride = 1, src0BlkStride = 1, src1BlkStride = 1, dstRepStride = 8, src0RepStride = 8, src1RepStride = 8;

    BinaryRepeatParams() = default;
    BinaryRepeatParams(kdsl_model::Ranged<uint8_t> dstBlk, kdsl_model::Ranged<uint8_t> src0Blk, kdsl_model::Ranged<uint8_t> src1Blk,
                       kdsl_model::Ranged<uint8_t> dstRep, kdsl_model::Ranged<uint8_t> src0Rep, kdsl_model::Ranged<uint8_t> src1Rep)
        : dstBlkStride(dstBlk), src0BlkStride(src0Blk), src1BlkStride(src1Blk), dstRepStride(dstRep), src0RepStride(src0Rep), src1RepStride(src1Rep)
    {
    }
};

struct UnaryRepeatParams {
    kdsl_model::Ranged<uint16_t> dstBlkStride, srcBlkStride;
    kdsl_model::Ranged<uint8_t> dstRepStride, srcRepStride;

    UnaryRepeatParams(kdsl_model::Ranged<uint16_t> dstBlk, kdsl_model::Ranged<uint16_t> srcBlk, kdsl_model::Ranged<uint8_t> dstRep, kdsl_model::Ranged<uint8_t> srcRep)
        : dstBlkStride(dstBlk), srcBlkStride(srcBlk), dstRepStride(dstRep), srcRepStride(srcRep)
    {
    }
};

struct CopyRepeatParams {
    kdsl_model::Ranged<uint16_t> dstStride, srcStride, dstRepeatSize, srcRepeatSize;

    CopyRepeatParams(kdsl_model::Ranged<uint16_t> dst, kdsl_model::Ranged<uint16_t> src, kdsl_model::Ranged<uint16_t> dstRep, kdsl_model::Ranged<uint16_t> srcRep)
        : dstStride(dst), srcStride(src), dstRepeatSize(dstRep), srcRepeatSize(srcRep)
    {
    }
};

enum class RoundMode { CAST_NONE, CAST_RINT };

}

namespace kdsl_model {

// The active lanes of a repeat.
struct LaneMask {
    uint64_t bits[2];

    static LaneMask Leading(uint64_t count, uint32_t lanes)
    {
        if (count < 1 || count > lanes)
            Fail("mask %llu is not in 1..%u", static_cast<unsigned long long>(count), lanes);
        LaneMask m{};
        for (uint64_t i = 0; i < count; ++i)
            m.bits[i / 64] |= 1ull << (i % 64);
        return m;
    }

    bool operator[](uint32_t i) const { return (bits[i / 64] >> (i % 64)) & 1; }
};

template <typename T> inline constexpr uint32_t BlockLanes = 32 / sizeof(T);
template <typename T> inline constexpr uint32_t RepeatLanes = 256 / sizeof(T);

template <typename T>
uint64_t LaneOffset(uint32_t repeat, uint32_t lane, uint32_t blkStride, uint32_t repStride)
{
    return uint64_t(repeat) * repStride * 32 + uint64_t(lane / BlockLanes<T>) * blkStride * 32 + lane % BlockLanes<T> * sizeof(T);
}

template <typename T>
void CheckVector(const AscendC::LocalTensor<T>& t)
{
    CheckMemory(t, core->ub);
    CheckAligned(t, 32);
}

// Which element types the arithmetic instructions accept: there is no bfloat16_t among them.
template <typename T> inline constexpr bool HasArithmetic = std::is_same_v<T, float> || std::is_same_v<T, half>;

template <typename T, typename F>
void BinaryLanes(const char* op, const AscendC::LocalTensor<T>& dst, const AscendC::LocalTensor<T>& a, const AscendC::LocalTensor<T>& b, LaneMask mask,
                 Ranged<uint8_t> repeats, const AscendC::BinaryRepeatParams& p, bool readsDst, F f)
{
    static_assert(HasArithmetic<T>, "vector arithmetic takes half and float");
    Issue(V, op);
    CheckVector(dst);
    CheckVector(a);
    CheckVector(b);
    uint32_t n = 0;
    for (uint32_t r = 0; r < repeats; ++r)
        for (uint32_t i = 0; i < RepeatLanes<T>; ++i) {
            if (!mask[i])
                continue;
            bool defined = true;
            float x = ToFloat(Get(a, LaneOffset<T>(r, i, p.src0BlkStride, p.src0RepStride), V, defined, n));
            float y = ToFloat(Get(b, LaneOffset<T>(r, i, p.src1BlkStride, p.src1RepStride), V, defined, n));
            uint64_t to = LaneOffset<T>(r, i, p.dstBlkStride, p.dstRepStride);
            float z = readsDst ? ToFloat(Get(dst, to, V, defined, n)) : 0;
            Put(dst, to, V, FromFloat<T>(f(x, y, z)), defined, n++);
        }
}

template <typename T, typename F>
void BinaryCount(const char* op, const AscendC::LocalTensor<T>& dst, const AscendC::LocalTensor<T>& a, const AscendC::LocalTensor<T>& b, int32_t count, bool readsDst, F f)
{
    static_assert(HasArithmetic<T>, "vector arithmetic takes half and float");
    Issue(V, op);
    CheckVector(dst);
    CheckVector(a);
    CheckVector(b);
    for (int32_t i = 0; i < count; ++i) {
        bool defined = true;
        uint64_t at = uint64_t(i) * sizeof(T);
        float x = ToFloat(Get(a, at, V, defined, i)), y = ToFloat(Get(b, at, V, defined, i)), z = readsDst ? ToFloat(Get(dst, at, V, defined, i)) : 0;
        Put(dst, at, V, FromFloat<T>(f(x, y, z)), defined, i);
    }
}

template <typename T, typename F>
void UnaryCount(const char* op, const AscendC::LocalTensor<T>& dst, const AscendC::LocalTensor<T>& src, int32_t count, F f)
{
    static_assert(HasArithmetic<T>, "vector arithmetic takes half and float");
    Issue(V, op);
    CheckVector(dst);
    CheckVector(src);
    for (int32_t i = 0; i < count; ++i) {
        bool defined = true;
        float x = ToFloat(Get(src, uint64_t(i) * sizeof(T), V, defined, i));
        Put(dst, uint64_t(i) * sizeof(T), V, FromFloat<T>(f(x)), defined, i);
    }
}

}

namespace AscendC {

#define KDSL_BINARY(Name, READS, EXPRESSION) \
    template <typename T> void Name(const LocalTensor<T>& dst, const LocalTensor<T>& a, const LocalTensor<T>& b, const int32_t& count) \
    { kdsl_model::BinaryCount(#Name, dst, a, b, count, READS, [](float x, float y, float z) { (void)z; return EXPRESSION; }); } \
    template <typename T> void Name(const LocalTensor<T>& dst, const LocalTensor<T>& a, const LocalTensor<T>& b, uint64_t mask, kdsl_model::Ranged<uint8_t> repeats, const BinaryRepeatParams& p) \
    { kdsl_model::BinaryLanes(#Name, dst, a, b, kdsl_model::LaneMask::Leading(mask, kdsl_model::RepeatLanes<T>), repeats, p, READS, [](float x, float y, float z) { (void)z; return EXPRESSION; }); }

KDSL_BINARY(Add, false, x + y)
KDSL_BINARY(Sub, false, x - y)
KDSL_BINARY(Mul, false, x * y)
KDSL_BINARY(Div, false, x / y)
KDSL_BINARY(Max, false, x > y ? x : y)
KDSL_BINARY(Min, false, x < y ? x : y)
KDSL_BINARY(MulAddDst, true, x * y + z)
#undef KDSL_BINARY

#define KDSL_UNARY(Name, EXPRESSION) \
    template <typename T> void Name(const LocalTensor<T>& dst, const LocalTensor<T>& src, const int32_t& count) \
    { kdsl_model::UnaryCount(#Name, dst, src, count, [](float x) { return EXPRESSION; }); }

KDSL_UNARY(Exp, std::exp(x))
KDSL_UNARY(Ln, std::log(x))
KDSL_UNARY(Abs, std::fabs(x))
KDSL_UNARY(Sqrt, std::sqrt(x))
#undef KDSL_UNARY

#define KDSL_SCALAR(Name, EXPRESSION) \
    template <typename T> void Name(const LocalTensor<T>& dst, const LocalTensor<T>& src, const T& scalar, const int32_t& count) \
    { float s = kdsl_model::ToFloat(scalar); kdsl_model::UnaryCount(#Name, dst, src, count, [s](float x) { return EXPRESSION; }); }

KDSL_SCALAR(Adds, x + s)
KDSL_SCALAR(Muls, x * s)
KDSL_SCALAR(Maxs, x > s ? x : s)
KDSL_SCALAR(Mins, x < s ? x : s)
#undef KDSL_SCALAR

template <typename T>
void Duplicate(const LocalTensor<T>& dst, const T& value, const int32_t& count)
{
    using namespace kdsl_model;
    Issue(V, "Duplicate");
    CheckVector(dst);
    for (int32_t i = 0; i < count; ++i)
        Put(dst, uint64_t(i) * sizeof(T), V, value, true);
}

template <typename T>
void Copy(const LocalTensor<T>& dst, const LocalTensor<T>& src, const uint64_t mask[], kdsl_model::Ranged<uint8_t> repeats, const CopyRepeatParams& p)
{
    using namespace kdsl_model;
    Issue(V, "Copy");
    CheckVector(dst);
    CheckVector(src);
    LaneMask lanes{{mask[0], sizeof(T) == 4 ? 0 : mask[1]}};
    uint32_t n = 0;
    for (uint32_t r = 0; r < repeats; ++r)
        for (uint32_t i = 0; i < RepeatLanes<T>; ++i)
            if (lanes[i]) {
                bool defined = true;
                T value = Get(src, LaneOffset<T>(r, i, p.srcStride, p.srcRepeatSize), V, defined, n);
                Put(dst, LaneOffset<T>(r, i, p.dstStride, p.dstRepeatSize), V, value, defined, n++);
            }
}

// The pairs and rounding modes that exist: storage to float without rounding, float to storage with it, ints to float with or without.
template <typename D, typename T>
inline constexpr bool CastExists = (std::is_same_v<D, float> && (std::is_same_v<T, half> || std::is_same_v<T, bfloat16_t> || std::is_same_v<T, int32_t>)) ||
                                   (std::is_same_v<T, float> && (std::is_same_v<D, half> || std::is_same_v<D, bfloat16_t>));

template <typename D, typename T>
void CheckCast(RoundMode mode)
{
    if (!std::is_same_v<T, int32_t> && (mode == RoundMode::CAST_NONE) != std::is_same_v<D, float>)
        kdsl_model::Fail("this rounding mode does not exist for this pair of types");
}

template <typename D, typename T>
void Cast(const LocalTensor<D>& dst, const LocalTensor<T>& src, const RoundMode& mode, const uint32_t count)
{
    static_assert(CastExists<D, T>, "no such Cast on A2");
    using namespace kdsl_model;
    Issue(V, "Cast");
    CheckCast<D, T>(mode);
    CheckVector(dst);
    CheckVector(src);
    for (uint32_t i = 0; i < count; ++i) {
        bool defined = true;
        float x = ToFloat(Get(src, uint64_t(i) * sizeof(T), V, defined, i));
        Put(dst, uint64_t(i) * sizeof(D), V, FromFloat<D>(x), defined, i);
    }
}

// The mask counts lanes of the wider type.
template <typename D, typename T>
void Cast(const LocalTensor<D>& dst, const LocalTensor<T>& src, const RoundMode& mode, const uint64_t mask, kdsl_model::Ranged<uint8_t> repeats, const UnaryRepeatParams& p)
{
    static_assert(CastExists<D, T>, "no such Cast on A2");
    using namespace kdsl_model;
    Issue(V, "Cast");
    CheckCast<D, T>(mode);
    CheckVector(dst);
    CheckVector(src);
    LaneMask lanes = LaneMask::Leading(mask, 64);
    uint32_t n = 0;
    for (uint32_t r = 0; r < repeats; ++r)
        for (uint32_t i = 0; i < 64; ++i)
            if (lanes[i]) {
                bool defined = true;
                float x = ToFloat(Get(src, LaneOffset<T>(r, i, p.srcBlkStride, p.srcRepStride), V, defined, n));
                Put(dst, LaneOffset<D>(r, i, p.dstBlkStride, p.dstRepStride), V, FromFloat<D>(x), defined, n++);
            }
}

}
