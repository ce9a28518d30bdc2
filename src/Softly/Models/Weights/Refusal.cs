namespace Softly.Models.Weights;

/// <summary>How the readers of this folder refuse: the file, then the tensor or key, then what was expected.</summary>
internal static class Refusal
{
    /// <summary>An error about a file.</summary>
    public static InvalidDataException Of(string path, string what) => new($"{path}: {what}");

    /// <summary>One error for many problems, each on a line of its own; long lists are cut and say so.</summary>
    public static InvalidDataException Of(string path, string summary, IReadOnlyList<string> problems)
    {
        const int Shown = 40;
        if (problems.Count == 1) return Of(path, $"{summary}: {problems[0]}");
        var lines = problems.Take(Shown).Select(problem => "\n  " + problem);
        var more = problems.Count > Shown ? $"\n  and {problems.Count - Shown} more" : "";
        return Of(path, $"{summary}:{string.Concat(lines)}{more}");
    }

    /// <summary>Text from a file, safe to put into a message: short, without control characters.</summary>
    public static string Quote(string text)
    {
        var shown = text.Length > 80 ? text[..80] + "…" : text;
        return $"'{string.Concat(shown.Select(c => char.IsControl(c) ? '�' : c))}'";
    }

    /// <summary>
    /// The product of a shape times the bytes per element (or per block), or null where 64 bits do not hold it.
    /// </summary>
    public static long? Bytes(IReadOnlyList<long> shape, StoredType type)
    {
        try
        {
            var elements = 1L;
            foreach (var size in shape) elements = checked(elements * size);
            return checked(elements / type.BlockSize() * type.BlockBytes());
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
