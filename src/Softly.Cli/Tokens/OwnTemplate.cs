using Softly.Tokenization;

namespace Softly.Cli.Tokens;

/// <summary>
/// Which rows of a table of conversations are of a model's template: those whose template, <c>templates/NAME.jinja</c> beside the
/// table, has the same text. Where there is no such file, the name must be a folder on the way to the model.
/// </summary>
internal static class OwnTemplate
{
    /// <summary>Whether a template's name means the model's own.</summary>
    public static Func<string, bool> Of(string table, string model, ChatTemplate? template)
    {
        var folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(table))!, "templates");
        var segments = Path.GetFullPath(model).Split(Path.DirectorySeparatorChar);
        var known = new Dictionary<string, bool>();
        return name =>
        {
            if (known.TryGetValue(name, out var own)) return own;
            var file = Path.Combine(folder, Path.GetFileName(name) + ".jinja");
            return known[name] = File.Exists(file)
                ? template is not null && Plain(File.ReadAllText(file)) == Plain(template.Text)
                : segments.Contains(name);
        };
    }

    /// <summary>Files end with a line end that a configuration's string lacks.</summary>
    private static string Plain(string text) => text.Replace("\r\n", "\n").TrimEnd('\n');
}
