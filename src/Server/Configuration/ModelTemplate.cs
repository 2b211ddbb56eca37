using Kdsl.Configuration.Files;
using KernelDsl.Runtime.Model;

namespace Kdsl.Configuration;

/// <summary>The text of a model folder's chat template, before it is parsed.</summary>
/// <param name="File">Where it is.</param>
/// <param name="Text">The template.</param>
sealed record ModelTemplate(string File, string Text)
{
    /// <summary>chat_template.jinja, or chat_template of tokenizer_config.json; null: there is none, or it cannot be read.</summary>
    public static ModelTemplate? Find(string folder)
    {
        const string Jinja = "chat_template.jinja", Config = "tokenizer_config.json";
        try
        {
            var files = ModelFiles.Open(folder);
            if (files.Exists(Jinja)) return new(files.PathOf(Jinja), System.Text.Encoding.UTF8.GetString(files.ReadAllBytes(Jinja, SettingsFile.MostBytes)));
            if (!files.Exists(Config)) return null;
            var template = JsonSettings.Read(files.PathOf(Config), files.ReadAllBytes(Config, SettingsFile.MostBytes)).Find("chat_template");
            return template is { Shape: Shape.Scalar } ? new(files.PathOf(Config), template.Text) : null;
        }
        catch (Exception e) when (e is ModelException or ConfigurationException)
        {
            return null;
        }
    }

    /// <summary>Whether answers begin with a thought.</summary>
    public bool Thinks => Text.Contains("<think>", StringComparison.Ordinal);
}
