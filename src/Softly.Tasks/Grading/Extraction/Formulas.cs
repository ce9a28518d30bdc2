namespace Softly.Tasks.Extraction;

/// <summary>A part of a text.</summary>
internal readonly record struct Span(int Start, int End)
{
    internal bool IsEmpty => End <= Start;

    internal string Of(string text) => text[Start..End];
}

/// <summary>
/// Finds formulas: <c>$…$</c>, <c>$$…$$</c>, <c>\(…\)</c>, <c>\[…\]</c> and the displayed environments. A dollar sign in front of
/// a number in prose is money, and no formula reaches over an empty line.
/// </summary>
internal static class Formulas
{
    private static readonly string[] Environments =
        ["equation", "equation*", "align", "align*", "gather", "gather*", "displaymath"];

    /// <summary>The formulas of a text in their order, one inside another left out.</summary>
    internal static List<(Span Whole, Span Inside)> All(string text, int from = 0)
    {
        var found = new List<(Span, Span)>();
        for (var i = from; i < text.Length;)
        {
            var next = text.AsSpan(i).IndexOfAny('$', '\\');
            if (next < 0) break;
            i += next;
            if (At(text, i) is { } formula)
            {
                found.Add(formula);
                i = formula.Whole.End;
            }
            else i += text[i] == '\\' && i + 1 < text.Length ? 2 : 1;
        }
        return found;
    }

    /// <summary>The formula that begins exactly here.</summary>
    internal static (Span Whole, Span Inside)? At(string text, int at)
    {
        var rest = text.AsSpan(at);
        if (rest.StartsWith("$$", StringComparison.Ordinal)) return Closed(text, at, 2, "$$");
        if (rest.StartsWith(@"\(", StringComparison.Ordinal)) return Closed(text, at, 2, @"\)");
        if (rest.StartsWith(@"\[", StringComparison.Ordinal)) return Closed(text, at, 2, @"\]");
        if (rest[0] == '$') return Closed(text, at, 1, "$") is { } formula && !IsMoney(text, formula.Inside) ? formula : null;
        if (!rest.StartsWith(@"\begin{", StringComparison.Ordinal)) return null;
        foreach (var name in Environments)
        {
            if (rest[7..].StartsWith(name + "}", StringComparison.Ordinal))
                return Closed(text, at, 8 + name.Length, $@"\end{{{name}}}");
        }
        return null;
    }

    private static (Span Whole, Span Inside)? Closed(string text, int at, int skip, string close)
    {
        const int longest = 8192;
        var start = at + skip;
        var reach = Math.Min(text.Length, start + longest);
        for (var i = start; i < reach; i++)
        {
            if (string.CompareOrdinal(text, i, close, 0, close.Length) == 0)
                return i > start ? (new Span(at, i + close.Length), new Span(start, i)) : null;
            if (text[i] == '\\') i++;
            else if (text[i] == '\n' && i + 1 < reach && text[i + 1] == '\n') return null;
        }
        return null;
    }

    /// <summary>Whether it starts with a number and goes on in prose: then the sign before it is a currency's.</summary>
    private static bool IsMoney(string text, Span inside)
    {
        var content = text.AsSpan(inside.Start, inside.End - inside.Start);
        return content.Length > 0 && char.IsAsciiDigit(content[0]) && HasWord(content);
    }

    /// <summary>Whether there are three letters in a row that are no command and in no <c>\text{}</c>.</summary>
    private static bool HasWord(ReadOnlySpan<char> content)
    {
        var run = 0;
        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] == '\\')
            {
                i++;
                while (i < content.Length && char.IsAsciiLetter(content[i])) i++;
                if (i < content.Length && content[i] == '{' && content[..i].EndsWith("text", StringComparison.Ordinal))
                    i += Math.Max(0, content[i..].IndexOf('}'));
                run = 0;
                continue;
            }
            run = char.IsAsciiLetterLower(content[i]) ? run + 1 : 0;
            if (run == 3) return true;
        }
        return false;
    }
}
