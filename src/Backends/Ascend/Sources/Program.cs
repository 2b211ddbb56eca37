using KernelDsl.Backends.Ascend;

if (args is not [var folder])
{
    Console.Error.WriteLine("usage: KernelDsl.Backends.Ascend.Sources <folder>: writes one AscendC file per kernel variant");
    return 2;
}

Directory.CreateDirectory(folder);
foreach (string stale in Directory.EnumerateFiles(folder, "*.cpp"))
    File.Delete(stale);
foreach (var variant in AscendKernels.Variants)
    File.WriteAllBytes(Path.Combine(folder, variant.Entry + (variant.Core == AscendCore.Cube ? ".cube" : ".vec") + ".cpp"), variant.Source);
return 0;
