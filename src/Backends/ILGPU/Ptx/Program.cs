namespace KernelDsl.Backends.Ilgpu.Ptx;

/// <summary>The build-time tool: <c>Ptx OUTPUT_FOLDER SM</c> writes a .ptx file per kernel variant and manifest.json, which last, so that its presence means success.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is not [var folder, ['s', 'm', '_', .. var digits]] || !int.TryParse(digits.TrimEnd('a'), out int architecture))
        {
            Console.Error.WriteLine("usage: Ptx OUTPUT_FOLDER SM, where SM is sm_80, sm_90, sm_90a or another NVIDIA architecture");
            return 2;
        }

        Directory.CreateDirectory(folder);
        try
        {
            foreach (var (entry, text) in PtxCompiler.CompileAll(architecture, args[1]))
                File.WriteAllText(Path.Combine(folder, entry.Function + ".ptx"), text);
        }
        catch (PtxException e)
        {
            Console.Error.WriteLine($"Ptx : error PTX001: {e.Message}");
            return 1;
        }
        File.WriteAllText(Path.Combine(folder, "manifest.json"), PtxCompiler.Manifest());
        return 0;
    }
}
