using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;

namespace Kdsl.Commands;

/// <summary>The text that a model is calibrated with, as its tokens.</summary>
static class CalibrationFile
{
    // No text of any language has more characters to a token on average, save one that is not worth reading.
    const int CharactersPerToken = 32;

    /// <summary>The first tokens of a UTF-8 file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The folder whose tokenizer reads it.</param>
    /// <param name="most">Most tokens.</param>
    /// <exception cref="UsageException">It cannot be read, or has too few tokens.</exception>
    /// <exception cref="ModelException">The model's folder cannot be read.</exception>
    /// <exception cref="TokenizerException">Its tokenizer cannot.</exception>
    public static IReadOnlyList<int> Read(string path, string model, int most)
    {
        string text = Read(path, most * CharactersPerToken);
        var ids = Tokenizer.Load(new FolderFiles(model)).Encode(text);
        if (ids.Count < CalibrationText.LeastTokens)
            throw new UsageException($"--calibrate is '{path}', which has {ids.Count} tokens; at least {CalibrationText.LeastTokens} are needed, and {most} would be read: give a longer text.");
        return ids.Count > most ? ids.GetRange(0, most) : ids;
    }

    static string Read(string path, int characters)
    {
        try
        {
            using var reader = new StreamReader(path);
            var text = new char[characters];
            return new(text, 0, reader.ReadBlock(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--calibrate is '{path}': {e.Message.TrimEnd('.')}; give a file of text.", e);
        }
    }
}
