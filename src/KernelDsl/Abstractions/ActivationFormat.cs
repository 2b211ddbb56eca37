namespace KernelDsl;

/// <summary>What rows become where they are multiplied by a weight of integers. Weights of floats take rows as they are.</summary>
public enum ActivationFormat
{
    /// <summary>Integers in blocks of 32 with a scale each, made for each row as it comes: W8A8 and W4A8. Products of integers are fast.</summary>
    Int8,

    /// <summary>Left as they are; the weight's numbers are made floats instead: W8A16 and W4A16. Slower, with nothing rounded.</summary>
    BFloat16,
}
