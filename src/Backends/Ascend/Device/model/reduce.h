// Reductions inside a repeat and the broadcast that undoes them.
#pragma once

namespace AscendC {

enum class ReduceOrder { ORDER_VALUE_INDEX, ORDER_INDEX_VALUE, ORDER_ONLY_VALUE, ORDER_ONLY_INDEX };

struct BrcbRepeatParams {
    kdsl_model::Ranged<uint16_t> dstBlkStride, dstRepStride;

    BrcbRepeatParams(kdsl_model::Ranged<uint16_t> dstBlk, kdsl_model::Ranged<uint16_t> dstRep) : dstBlkStride(dstBlk), dstRepStride(dstRep) {}
};

}

namespace kdsl_model {

// The hardware sums a repeat as a binary tree.
inline float TreeSum(std::vector<float> v)
{
    while (v.size() > 1) {
        for (size_t i = 0; i < v.size() / 2; ++i)
            v[i] = v[2 * i] + v[2 * i + 1];
        if (v.size() % 2)
            v[v.size() / 2] = v.back();
        v.resize((v.size() + 1) / 2);
    }
    return v.empty() ? 0 : v[0];
}

enum class Fold { Sum, Max, Min };

inline float FoldOf(Fold fold, const std::vector<float>& v)
{
    return fold == Fold::Sum ? TreeSum(v) : fold == Fold::Max ? *std::max_element(v.begin(), v.end()) : *std::min_element(v.begin(), v.end());
}

inline void WholeReduce(const char* op, Fold fold, const AscendC::LocalTensor<float>& dst, const AscendC::LocalTensor<float>& src, int32_t mask, int32_t repeats,
                        int32_t dstRepStride, int32_t srcBlkStride, int32_t srcRepStride)
{
    Issue(V, op);
    CheckMemory(dst, core->ub);
    CheckAligned(dst, 4);
    CheckVector(src);
    Ranged<uint8_t> repeatField = repeats, repField = srcRepStride;
    Ranged<uint16_t> dstField = dstRepStride, blkField = srcBlkStride;
    LaneMask lanes = LaneMask::Leading(uint64_t(mask), 64);
    for (uint32_t r = 0; r < repeatField; ++r) {
        std::vector<float> values;
        bool defined = true;
        for (uint32_t i = 0; i < 64; ++i)
            if (lanes[i])
                values.push_back(Get(src, LaneOffset<float>(r, i, blkField, repField), V, defined));
        Put(dst, uint64_t(r) * dstField * 4, V, FoldOf(fold, values), defined, ~0u);
    }
}

}

namespace AscendC {

template <typename T>
void WholeReduceSum(const LocalTensor<T>& dst, const LocalTensor<T>& src, const int32_t mask, const int32_t repeats, const int32_t dstRepStride, const int32_t srcBlkStride, const int32_t srcRepStride)
{
    kdsl_model::WholeReduce("WholeReduceSum", kdsl_model::Fold::Sum, dst, src, mask, repeats, dstRepStride, srcBlkStride, srcRepStride);
}

template <typename T>
void WholeReduceMax(const LocalTensor<T>& dst, const LocalTensor<T>& src, const int32_t mask, const int32_t repeats, const int32_t dstRepStride, const int32_t srcBlkStride, const int32_t srcRepStride, ReduceOrder order)
{
    if (order != ReduceOrder::ORDER_ONLY_VALUE)
        kdsl_model::Fail("WholeReduceMax: only ORDER_ONLY_VALUE is modelled");
    kdsl_model::WholeReduce("WholeReduceMax", kdsl_model::Fold::Max, dst, src, mask, repeats, dstRepStride, srcBlkStride, srcRepStride);
}

template <typename T>
void WholeReduceMin(const LocalTensor<T>& dst, const LocalTensor<T>& src, const int32_t mask, const int32_t repeats, const int32_t dstRepStride, const int32_t srcBlkStride, const int32_t srcRepStride, ReduceOrder order)
{
    if (order != ReduceOrder::ORDER_ONLY_VALUE)
        kdsl_model::Fail("WholeReduceMin: only ORDER_ONLY_VALUE is modelled");
    kdsl_model::WholeReduce("WholeReduceMin", kdsl_model::Fold::Min, dst, src, mask, repeats, dstRepStride, srcBlkStride, srcRepStride);
}

// One result per 32-byte block, eight per repeat. Takes (repeat, mask): the other order than WholeReduce.
inline void BlockReduceMax(const LocalTensor<float>& dst, const LocalTensor<float>& src, const int32_t repeats, const int32_t mask, const int32_t dstRepStride, const int32_t srcBlkStride, const int32_t srcRepStride)
{
    using namespace kdsl_model;
    Issue(V, "BlockReduceMax");
    CheckVector(dst);
    CheckVector(src);
    Ranged<uint8_t> repeatField = repeats, repField = srcRepStride;
    LaneMask lanes = LaneMask::Leading(uint64_t(mask), 64);
    for (uint32_t r = 0; r < repeatField; ++r)
        for (uint32_t b = 0; b < 8; ++b) {
            std::vector<float> values;
            bool defined = true;
            for (uint32_t i = b * 8; i < b * 8 + 8; ++i)
                if (lanes[i])
                    values.push_back(Get(src, LaneOffset<float>(r, i, uint32_t(srcBlkStride), repField), V, defined));
            if (!values.empty())
                Put(dst, (uint64_t(r) * uint32_t(dstRepStride) * 8 + b) * 4, V, FoldOf(Fold::Max, values), defined, ~0u);
        }
}

// Each of eight consecutive scalars fills one 32-byte block, per repeat.
template <typename T>
void Brcb(const LocalTensor<T>& dst, const LocalTensor<T>& src, kdsl_model::Ranged<uint8_t> repeats, const BrcbRepeatParams& p)
{
    static_assert(sizeof(T) == 4);
    using namespace kdsl_model;
    Issue(V, "Brcb");
    CheckVector(dst);
    CheckVector(src);
    for (uint32_t r = 0; r < repeats; ++r)
        for (uint32_t b = 0; b < 8; ++b) {
            bool defined = true;
            T value = Get(src, (uint64_t(r) * 8 + b) * 4, V, defined);
            for (uint32_t i = 0; i < 8; ++i)
                Put(dst, uint64_t(r) * p.dstRepStride * 32 + uint64_t(b) * p.dstBlkStride * 32 + i * 4, V, value, defined, ~0u);
        }
}

}
