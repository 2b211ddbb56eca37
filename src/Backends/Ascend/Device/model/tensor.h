// Storage types and the two kinds of tensors.
#pragma once

struct half {
    uint16_t bits;
};

struct bfloat16_t {
    uint16_t bits;
};

namespace AscendC {

enum class TPosition { GM, A1, A2, B1, B2, C1, C2, CO1, VECIN, VECOUT, VECCALC };
using QuePosition = TPosition;

}

namespace kdsl_model {

inline float BitsToFloat(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

inline uint32_t FloatToBits(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return bits;
}

inline float ToFloat(float v) { return v; }
inline float ToFloat(int32_t v) { return static_cast<float>(v); }
inline float ToFloat(bfloat16_t v) { return BitsToFloat(uint32_t(v.bits) << 16); }
inline float ToFloat(half v)
{
    uint32_t sign = uint32_t(v.bits & 0x8000) << 16, exponent = (v.bits >> 10) & 31, mantissa = v.bits & 1023;
    if (exponent == 0)
        return std::copysign(std::ldexp(float(mantissa), -24), BitsToFloat(sign | 0x3f800000));
    return BitsToFloat(sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) | (mantissa << 13));
}

// Round to nearest, ties to even.
template <typename T> T FromFloat(float f);
template <> inline float FromFloat<float>(float f) { return f; }
template <> inline bfloat16_t FromFloat<bfloat16_t>(float f)
{
    uint32_t bits = FloatToBits(f);
    if (std::isnan(f))
        return {uint16_t((bits >> 16) | 0x40)};
    return {uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}
template <> inline half FromFloat<half>(float f)
{
    uint16_t sign = std::signbit(f) ? 0x8000 : 0;
    float a = std::fabs(f);
    if (std::isnan(f))
        return {uint16_t(sign | 0x7e00)};
    if (a >= 65520.0f)
        return {uint16_t(sign | 0x7c00)};
    int exponent;
    std::frexp(a, &exponent);
    int unit = std::max(exponent - 11, -24);
    float rounded = std::ldexp(std::nearbyint(std::ldexp(a, -unit)), unit);
    if (rounded < 6.103515625e-05f)
        return {uint16_t(sign | uint16_t(std::ldexp(rounded, 24)))};
    std::frexp(rounded, &exponent);
    return {uint16_t(sign | ((exponent + 14) << 10) | (uint32_t(std::ldexp(rounded, 11 - exponent)) & 1023))};
}

inline Memory& MemoryOf(AscendC::TPosition position)
{
    using P = AscendC::TPosition;
    switch (position) {
        case P::A1: case P::B1: case P::C1: return core->l1;
        case P::A2: return core->l0a;
        case P::B2: return core->l0b;
        case P::CO1: return core->l0c;
        case P::C2: return core->bt;
        case P::VECIN: case P::VECOUT: case P::VECCALC: return core->ub;
        default: Fail("no memory at this position");
    }
}

}

namespace AscendC {

template <typename T>
class GlobalTensor {
public:
    __gm__ T* data = nullptr;

    void SetGlobalBuffer(__gm__ T* address) { data = address; }

    GlobalTensor operator[](uint64_t offset) const
    {
        GlobalTensor t;
        t.data = data + offset;
        return t;
    }

    T GetValue(uint64_t offset) const
    {
        kdsl_model::core->op = "GetValue";
        kdsl_model::GmAccess(data + offset, sizeof(T), kdsl_model::S, false);
        return data[offset];
    }
};

template <typename T>
class LocalTensor {
public:
    kdsl_model::Memory* memory = nullptr;
    uint32_t offset = 0, end = 0;   // bytes
    TPosition position = TPosition::VECCALC;
    int queue = -1, buffer = -1;

    LocalTensor operator[](uint32_t elements) const
    {
        LocalTensor t = *this;
        t.offset += elements * sizeof(T);
        if (t.offset > end)
            kdsl_model::Fail("offset %u lies outside the tensor", elements);
        return t;
    }

    template <typename U>
    LocalTensor<U> ReinterpretCast() const
    {
        LocalTensor<U> t;
        t.memory = memory; t.offset = offset; t.end = end; t.position = position; t.queue = queue; t.buffer = buffer;
        return t;
    }
};

}

namespace kdsl_model {

// Byte address of an element of an operand, inside the tensor.
template <typename T>
uint32_t AddressOf(const AscendC::LocalTensor<T>& t, uint64_t byteOffset, uint32_t bytes = sizeof(T))
{
    uint64_t address = t.offset + byteOffset;
    if (!t.memory || address + bytes > t.end)
        Fail("operand runs past its tensor by %lld bytes", t.memory ? static_cast<long long>(address + bytes - t.end) : 0LL);
    return static_cast<uint32_t>(address);
}

template <typename T>
void CheckAligned(const AscendC::LocalTensor<T>& t, uint32_t alignment)
{
    if (t.offset % alignment)
        Fail("operand at %s+%u is not aligned to %u bytes", t.memory->name, t.offset, alignment);
}

template <typename T>
void CheckMemory(const AscendC::LocalTensor<T>& t, Memory& memory)
{
    if (t.memory != &memory)
        Fail("operand lies in %s and must lie in %s", t.memory ? t.memory->name : "no memory", memory.name);
}

template <typename T>
T Get(const AscendC::LocalTensor<T>& t, uint64_t byteOffset, Pipe pipe, bool& defined, uint32_t lane = 0)
{
    uint32_t address = AddressOf(t, byteOffset);
    Read(*t.memory, pipe, address, sizeof(T), lane);
    defined = defined && IsDefined(*t.memory, address, sizeof(T));
    T value;
    memcpy(&value, &t.memory->bytes[address], sizeof(T));
    return value;
}

template <typename T>
void Put(const AscendC::LocalTensor<T>& t, uint64_t byteOffset, Pipe pipe, T value, bool defined, uint32_t lane = 0)
{
    uint32_t address = AddressOf(t, byteOffset);
    Write(*t.memory, pipe, address, sizeof(T), defined, lane);
    memcpy(&t.memory->bytes[address], &value, sizeof(T));
}

}
