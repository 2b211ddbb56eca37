using System.Text.Json;
using KernelDsl.Runtime.Model;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Checkpoint;

public sealed class SafeTensorsTests(ITestOutputHelper output)
{
    [Fact]
    public void Open_EveryGoodFile_HasTheRightValues()
    {
        if (Shared.Data("safetensors-good") is not { } folder)
        {
            output.WriteLine("skipped: safetensors-good is absent");
            return;
        }

        using var values = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "values.json")));
        int files = 0, checkedValues = 0;
        foreach (var path in Directory.EnumerateFiles(folder, "*.safetensors", SearchOption.AllDirectories))
        {
            using var file = SafeTensorsFile.Open(new FolderFiles(Path.GetDirectoryName(path)!), Path.GetFileName(path));
            files++;
            var name = Path.GetFileNameWithoutExtension(path);
            if (name.Length > 4 || !values.RootElement.TryGetProperty(name.ToUpperInvariant(), out var expected)) continue;

            var tensor = file.Tensors["w"];
            var actual = ElementReader.ToDoubles(file.Read(tensor, 0, (int)tensor.Bytes), tensor.DType);
            Assert.Equal(expected.GetArrayLength(), actual.Length);
            for (int i = 0; i < actual.Length; i++)
                AssertElement(ElementReader.Expected(expected[i]), actual[i], tensor.DType);
            checkedValues += actual.Length;
        }
        output.WriteLine($"{files} files, {checkedValues} values");
        Assert.True(files > 0 && checkedValues > 0);
    }

    [Fact]
    public void Open_TensorsOutOfHeaderOrder_AreReadByOffset()
    {
        if (Shared.Data("safetensors-good") is not { } folder) return;
        using var file = SafeTensorsFile.Open(new FolderFiles(folder), "offset_order_not_header_order.safetensors");
        double[] Values(string name) => ElementReader.ToDoubles(file.Read(file.Tensors[name], 0, 8), "I32");
        Assert.Equal([1, 2], Values("a"));
        Assert.Equal([3, 4], Values("z"));
    }

    [Fact]
    public void Open_OddOffsets_ReadUnaligned()
    {
        if (Shared.Data("safetensors-good") is not { } folder) return;
        using var file = SafeTensorsFile.Open(new FolderFiles(folder), "mixed.safetensors");
        double[] Values(string name) => ElementReader.ToDoubles(file.Read(file.Tensors[name], 0, (int)file.Tensors[name].Bytes), file.Tensors[name].DType);
        Assert.Equal([1, 2, 3, 4], Values("a.bf16"));
        Assert.Equal([1, 2, 3], Values("b.f32"));
        Assert.Equal([7, 8], Values("d.f16"));
    }

    [Fact]
    public void Open_EveryBadFile_IsRefusedByNameWithoutLargeAllocation()
    {
        if (Shared.Data("safetensors-bad") is not { } folder)
        {
            output.WriteLine("skipped: safetensors-bad is absent");
            return;
        }

        using var cases = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "cases.json")));
        var expected = cases.RootElement.EnumerateArray().ToDictionary(static c => c.GetProperty("file").GetString()!, static c => c.GetProperty("expected").GetString()!);
        var files = new FolderFiles(folder);
        int count = 0;
        foreach (var path in Directory.EnumerateFiles(folder, "*.safetensors"))
        {
            var name = Path.GetFileName(path);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var error = Assert.Throws<SafeTensorsException>(() => SafeTensorsFile.Open(files, name));
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.True(allocated < (1 << 20) + 16 * new FileInfo(path).Length, $"{name}: {allocated} bytes allocated");
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
            if (error.Tensor is { Length: > 0 and < 40 } tensor) Assert.Contains(tensor, error.Message, StringComparison.Ordinal);
            if (expected.TryGetValue(name, out var fault))
                Assert.True(Same(fault, error.Fault), $"{name}: expected {fault}, got {error.Fault}: {error.Message}");
            count++;
        }
        output.WriteLine($"{count} files refused");
        Assert.True(count > 0);
    }

    // The reference reader takes the last of two equal names, against the format's own text; here the name itself is the fault.
    private static bool Same(string expected, SafeTensorsFault actual) =>
        Enum.TryParse<SafeTensorsFault>(expected, out var fault) && fault == actual
        || actual == SafeTensorsFault.DuplicateName;

    private static void AssertElement(double expected, double actual, string dtype)
    {
        // The list holds the numbers before they were narrowed.
        double tolerance = dtype switch { "BF16" => 1.0 / 256, "F16" => 1.0 / 2048, "F32" => 1e-7, _ => 0 };
        if (double.IsNaN(expected)) Assert.True(double.IsNaN(actual));
        else if (double.IsInfinity(expected) || (dtype == "F16" && Math.Abs(expected) < 1e-4)) Assert.Equal(expected, actual, 7);
        else Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected), $"{dtype}: {actual} is not {expected}");
    }
}
