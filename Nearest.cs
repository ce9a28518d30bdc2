namespace Softly.Tokenization.Templates;

/// <summary>Says what is meant by a name that is not known.</summary>
internal static class Nearest
{
    /// <summary>An error's text with the nearest known name.</summary>
    public static string Unknown(string kind, string name, IEnumerable<string> known)
    {
        var nearest = known.OrderBy(k => EditDistance.Between(k, name)).ThenBy(k => k, StringComparer.Ordinal).First();
        return $"the {kind} '{name}' is not supported; the nearest that is: '{nearest}'";
    }
}
