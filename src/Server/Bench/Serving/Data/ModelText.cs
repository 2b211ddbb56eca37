using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;
using KernelDsl.Runtime.Text.Templates.Values;

namespace Kdsl.Bench.Serving.Data;

/// <summary>The tokenizer and the chat template at --ModelPath; weights need not be there.</summary>
/// <param name="Template">Null: the model has none.</param>
sealed record ModelText(Tokenizer Tokenizer, ChatTemplate? Template)
{
    /// <summary>Reads them of a folder or a GGUF file.</summary>
    /// <exception cref="ModelException">The files cannot be read.</exception>
    /// <exception cref="TokenizerException">The tokenizer's or the template's files are malformed.</exception>
    public static ModelText Load(string path)
    {
        var files = ModelFiles.Open(path);
        if (files.Gguf is null)
            return new(Tokenizer.Load(files), ChatTemplate.Load(files));
        using var checkpoint = ModelCheckpoint.Open(files);
        return new(GgufTokenizer.Load(checkpoint.Metadata!), GgufTokenizer.LoadTemplate(checkpoint.Metadata!));
    }

    /// <summary>The prompt of a question as a user's message; null: there is no template.</summary>
    public string? Render(string question) => Template?.Render([new DictValue { ["role"] = "user", ["content"] = question }]);
}
