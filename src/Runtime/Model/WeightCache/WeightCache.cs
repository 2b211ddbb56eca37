namespace KernelDsl.Runtime.Model;

/// <summary>Where packed matrices are kept between runs, so that the next start maps them instead of packing.</summary>
/// <param name="Folder">Made where it is absent. Whoever can write to it can change what models answer.</param>
/// <param name="Report">Is told, in one line each, why a file was not used or not written, and what was written.</param>
public sealed record WeightCache(string Folder, Action<string> Report);
