using System.Text.Json;
using Softly.Tokenization;

namespace Softly.Cli.Tokens;

/// <summary>
/// A template from a file of its own. Its special tokens are those of templates.json beside it, else the model's.
/// </summary>
internal static class TemplateFile
{
    /// <exception cref="UserError">The file is not there, or templates.json is of another form.</exception>
    /// <exception cref="ChatTemplateException">The template is broken.</exception>
    public static ChatTemplate Read(string path, Tokenizer? tokenizer)
    {
        if (!File.Exists(path)) throw new UserError($"{path}: there is no such template");
        var specials = Listed(path) ?? tokenizer?.Template?.Specials ?? Named(tokenizer);
        return ChatTemplate.Parse(File.ReadAllText(path), specials, path);
    }

    private static Dictionary<string, string>? Listed(string path)
    {
        var list = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "templates.json");
        if (!File.Exists(list)) return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(list));
            return document.RootElement.TryGetProperty(Path.GetFileNameWithoutExtension(path), out var entry)
                ? entry.EnumerateObject()
                    .Where(p => p.Name.EndsWith("_token", StringComparison.Ordinal) && p.Value.ValueKind == JsonValueKind.String)
                    .ToDictionary(p => p.Name, p => p.Value.GetString()!)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UserError($"{list}: expected an object of templates by name ({e.Message})");
        }
    }

    private static Dictionary<string, string> Named(Tokenizer? tokenizer)
    {
        var specials = new Dictionary<string, string>();
        if (tokenizer?.BeginToken is { } begin) specials["bos_token"] = tokenizer.TokenText(begin);
        if (tokenizer?.EndTokens is [var end, ..]) specials["eos_token"] = tokenizer.TokenText(end);
        if (tokenizer?.PadToken is { } pad) specials["pad_token"] = tokenizer.TokenText(pad);
        return specials;
    }
}
