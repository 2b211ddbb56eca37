// Data movement between global memory, the unified buffer and L1.
#pragma once

namespace AscendC {

struct DataCopyExtParams {
    kdsl_model::Ranged<uint16_t> blockCount;
    kdsl_model::Ranged<uint32_t> blockLen;    // bytes
    kdsl_model::Ranged<uint32_t> srcStride;   // gap: bytes in global memory, 32-byte blocks in UB
    kdsl_model::Ranged<uint32_t> dstStride;
    kdsl_model::Ranged<uint32_t> rsv;
};

template <typename T>
struct DataCopyPadExtParams {
    bool isPad = false;
    kdsl_model::Ranged<uint8_t> leftPadding, rightPadding;   // elements
    T paddingValue{};
};

struct DataCopyParams {
    kdsl_model::Ranged<uint16_t> blockCount, blockLen, srcStride, dstStride;
};

struct Nd2NzParams {
    kdsl_model::Ranged<uint16_t> ndNum, nValue, dValue, srcNdMatrixStride, srcDValue, dstNzC0Stride, dstNzNStride, dstNzMatrixStride;
};

inline void CheckBlocks(const DataCopyExtParams& p)
{
    if (p.blockCount < 1 || p.blockCount > 4095)
        kdsl_model::Fail("blockCount %u is not in 1..4095", unsigned(p.blockCount));
    if (p.blockLen < 1 || p.blockLen > 2097151)
        kdsl_model::Fail("blockLen %u is not in 1..2097151", unsigned(p.blockLen));
}

template <typename T>
void DataCopyPad(const LocalTensor<T>& dst, const GlobalTensor<T>& src, const DataCopyExtParams& p, const DataCopyPadExtParams<T>& pad)
{
    using namespace kdsl_model;
    Issue(MTE2, "DataCopyPad (GM to UB)");
    CheckMemory(dst, core->ub);
    CheckAligned(dst, 32);
    CheckBlocks(p);
    uint32_t length = p.blockLen, left = pad.leftPadding * sizeof(T), right = pad.rightPadding * sizeof(T);
    if (left > 32 || right > 32)
        Fail("padding of more than 32 bytes");
    uint32_t used = left + length + right, padded = (used + 31) / 32 * 32;
    for (uint32_t b = 0; b < p.blockCount; ++b) {
        auto* from = reinterpret_cast<const uint8_t*>(src.data) + uint64_t(b) * (length + p.srcStride);
        GmAccess(from, length, MTE2, false);
        uint32_t to = AddressOf(dst, uint64_t(b) * (padded + p.dstStride * 32), padded);
        Write(*dst.memory, MTE2, to, padded, false);
        for (uint32_t i = 0; i < padded; i += sizeof(T)) {
            bool data = i >= left && i < left + length, fill = !data && pad.isPad && i < used;
            memcpy(&dst.memory->bytes[to + i], data ? static_cast<const void*>(from + i - left) : fill ? static_cast<const void*>(&pad.paddingValue) : from, sizeof(T));
            for (uint32_t c = (to + i) / 2; c < (to + i + sizeof(T)) / 2; ++c)
                dst.memory->cells[c].defined = data || fill;
        }
    }
}

template <typename T>
void DataCopyPad(const GlobalTensor<T>& dst, const LocalTensor<T>& src, const DataCopyExtParams& p)
{
    using namespace kdsl_model;
    Issue(MTE3, "DataCopyPad (UB to GM)");
    CheckMemory(src, core->ub);
    CheckAligned(src, 32);
    CheckBlocks(p);
    uint32_t length = p.blockLen, padded = (length + 31) / 32 * 32;
    for (uint32_t b = 0; b < p.blockCount; ++b) {
        auto* to = reinterpret_cast<uint8_t*>(dst.data) + uint64_t(b) * (length + p.dstStride);
        GmAccess(to, length, MTE3, true);
        uint32_t from = AddressOf(src, uint64_t(b) * (padded + p.srcStride * 32), length);
        Read(*src.memory, MTE3, from, length);
        if (!IsDefined(*src.memory, from, length))
            Fail("uninitialised data reaches global memory (row %u)", b);
        memcpy(to, &src.memory->bytes[from], length);
    }
}

// UB to UB on the vector pipe.
template <typename T>
void DataCopy(const LocalTensor<T>& dst, const LocalTensor<T>& src, uint32_t count)
{
    using namespace kdsl_model;
    Issue(V, "DataCopy (UB to UB)");
    CheckMemory(dst, core->ub);
    CheckMemory(src, core->ub);
    CheckAligned(dst, 32);
    CheckAligned(src, 32);
    if (count * sizeof(T) % 32)
        Fail("%u elements are no multiple of 32 bytes and would be rounded down", count);
    for (uint32_t i = 0; i < count; ++i) {
        bool defined = true;
        T value = Get(src, i * sizeof(T), V, defined, i);
        Put(dst, i * sizeof(T), V, value, defined, i);
    }
}

// Row-major global memory to the fractal layout of L1: element (r, c) lands at ((c / C0) * dstNzC0Stride + r * dstNzNStride) * C0 + c % C0.
// Columns are zero-padded to C0, rows are not padded.
template <typename T>
void DataCopy(const LocalTensor<T>& dst, const GlobalTensor<T>& src, const Nd2NzParams& p)
{
    using namespace kdsl_model;
    Issue(MTE2, "DataCopy (Nd2Nz)");
    CheckMemory(dst, core->l1);
    CheckAligned(dst, 32);
    constexpr uint32_t C0 = 32 / sizeof(T);
    if (p.ndNum != 1)
        Fail("ndNum %u is not modelled", unsigned(p.ndNum));
    if (p.nValue < 1 || p.nValue > 16384 || p.dValue < 1 || p.srcDValue < p.dValue || p.dstNzNStride < 1)
        Fail("nValue %u, dValue %u, srcDValue %u", unsigned(p.nValue), unsigned(p.dValue), unsigned(p.srcDValue));
    for (uint32_t r = 0; r < p.nValue; ++r)
        for (uint32_t c = 0; c < p.dValue; c += C0) {
            uint32_t live = std::min<uint32_t>(C0, p.dValue - c);
            auto* from = src.data + uint64_t(r) * p.srcDValue + c;
            GmAccess(from, live * sizeof(T), MTE2, false);
            uint32_t to = AddressOf(dst, ((uint64_t(c / C0) * p.dstNzC0Stride + uint64_t(r) * p.dstNzNStride) * C0) * sizeof(T), 32);
            Write(*dst.memory, MTE2, to, 32, true);
            memset(&dst.memory->bytes[to], 0, 32);
            memcpy(&dst.memory->bytes[to], from, live * sizeof(T));
        }
}

}
