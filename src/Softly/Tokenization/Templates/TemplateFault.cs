using Softly.Tasks;

namespace Softly.Tokenization.Templates;

/// <summary>
/// What is wrong with a template or with its values. Thrown where it is noticed; the node being evaluated adds its line, and
/// <see cref="ChatTemplate"/> the file.
/// </summary>
internal sealed class TemplateFault(string message, int line = 0) : Exception(message)
{
    /// <summary>The line of the template from 1; 0 until it is known.</summary>
    public int Line { get; set; } = line;

    /// <summary>A name that is not known, with the nearest that is.</summary>
    public static TemplateFault Unknown(string kind, string name, IEnumerable<string> known, int line = 0)
    {
        var names = known.Order(StringComparer.Ordinal).ToArray();
        var near = NearestName.Of(name, names);
        var cure = near is null ? $"supported: {string.Join(", ", names)}" : $"the nearest that is: '{near}'";
        return new TemplateFault($"the {kind} '{name}' is not supported; {cure}", line);
    }
}
