namespace KernelDsl.Runtime.Model;

/// <summary>Element types of tensors that weights can be loaded from, numbered as in the file.</summary>
public enum GgufType
{
    /// <summary>IEEE 754, four bytes.</summary>
    F32 = 0,

    /// <summary>IEEE 754, two bytes.</summary>
    F16 = 1,

    /// <summary>32 integers of 4 bits around 8, one scale.</summary>
    Q4_0 = 2,

    /// <summary>32 integers of 4 bits, one scale and one offset.</summary>
    Q4_1 = 3,

    /// <summary>32 integers of 5 bits around 16, one scale.</summary>
    Q5_0 = 6,

    /// <summary>32 integers of 5 bits, one scale and one offset.</summary>
    Q5_1 = 7,

    /// <summary>32 signed bytes, one scale.</summary>
    Q8_0 = 8,

    /// <summary>256 integers of 4 bits; every 32 have a scale and a minimum of 6 bits.</summary>
    Q4_K = 12,

    /// <summary>256 integers of 5 bits; every 32 have a scale and a minimum of 6 bits.</summary>
    Q5_K = 13,

    /// <summary>256 integers of 6 bits around 32; every 16 have a scale of 8 bits.</summary>
    Q6_K = 14,

    /// <summary>The upper half of an F32.</summary>
    BF16 = 30,
}
